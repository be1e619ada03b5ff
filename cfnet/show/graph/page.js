"use strict";
// Names are only used as text (textContent), never as markup.

const data = unpacked(JSON.parse(document.getElementById("data").textContent));
const byId = (id) => document.getElementById(id);
const search = byId("search");
const filters = { space: byId("space"), protocol: byId("protocol"), change: byId("change") };
const picture = byId("picture");
const buttons = [];
const viewOfSpace = new Map(data.groups.flatMap(({ spaces, view }) => (spaces.length === 1 && view !== null ? [[spaces[0], view]] : [])));
let chosen = null;

// The data, as page.py packs it.

function unpacked(packed) {
  const spaces = packed.spaces.map(([name, ...apps]) => ({ name, apps }));
  const apps = packed.apps.map(([guid, name, space, ...marks]) => {
    const path = name ? `${spaces[space].name}/${name}` : guid;
    return { guid, name: name || guid, known: Boolean(name), path, space, text: `${path} ${guid}`.toLowerCase(), marks: inPairs(marks) };
  });
  const policies = packed.policies.map(([edge, kind, ports, ...found]) => {
    const protocol = packed.protocols[Math.floor(kind / packed.changes.length)];
    const change = packed.changes[kind % packed.changes.length];
    const label = `${{ added: "+", removed: "-", kept: "" }[change]}${protocol} ${ports}`;
    const [source, destination] = packed.edges.slice(2 * edge, 2 * edge + 2);
    return { source, destination, protocol, ports, change, label, rules: inPairs(found) };
  });
  return { ...packed, spaces, apps, policies };
}

function inPairs(flat) {
  return flat.flatMap((each, at) => (at % 2 ? [] : [[each, flat[at + 1]]]));
}

function ruleText(number) {
  const [template, ...values] = data.texts[number];
  const [first, ...parts] = data.templates[template];
  return first + parts.map((part, at) => data.values[values[at]] + part).join("");
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function plural(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

function count(number, all, one, many) {
  return number === all ? plural(all, one, many) : `${number.toLocaleString("en")} of ${plural(all, one, many)}`;
}

// The list of apps, with a heading for each space.

for (const [index, space] of data.spaces.entries()) {
  const heading = element("h3");
  if (viewOfSpace.has(index)) {
    heading.append(element("button", space.name, { type: "button", tabindex: "-1", title: `Open ${space.name}` }));
    heading.firstChild.addEventListener("click", () => open(viewOfSpace.get(index)));
  } else heading.textContent = space.name;
  const group = element("div", undefined, { role: "group", "aria-label": space.name });
  for (const app of space.apps) {
    const button = element("button", data.apps[app].name, { type: "button", tabindex: "-1", title: data.apps[app].path });
    button.dataset.app = app;
    button.addEventListener("click", () => choose(app));
    group.append(button);
    buttons.push(button);
  }
  byId("apps").append(heading, group);
  filters.space.append(element("option", space.name, { value: index }));
}

const visibleButtons = () => buttons.filter((button) => !button.hidden);

function enterable(button) {
  for (const each of buttons) each.tabIndex = each === button ? 0 : -1;
}

byId("apps").addEventListener("keydown", (event) => {
  const there = visibleButtons();
  const at = there.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: there.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (to < 0) return search.focus();
  const next = there[Math.min(to, there.length - 1)];
  enterable(next);
  next.focus();
});

search.addEventListener("keydown", (event) => {
  const first = visibleButtons()[0];
  if (event.key === "ArrowDown" && first) {
    event.preventDefault();
    enterable(first);
    first.focus();
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (first) choose(+first.dataset.app);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.select();
    search.focus();
  } else if (event.key === "Escape") {
    search.value = "";
    for (const filter of Object.values(filters)) filter.value = "";
    restart();
  }
});

// A scene is what the picture shows: nodes (an app's number, or -1 - a group's) and edges with their policies.
// The start is in the page; opened spaces and the neighbours of an app are drawn when they are needed.

const start = sceneOf(data.start.nodes, inPairs(data.start.edges), byId("graph"));
let scene = start;

function appsOf(node) {
  return node < 0 ? data.groups[-1 - node].spaces.flatMap((space) => data.spaces[space].apps) : [node];
}

function sceneOf(nodes, pairs, svg) {
  const at = new Map(nodes.flatMap((node, index) => appsOf(node).map((app) => [app, index])));
  const number = new Map(pairs.map(([source, destination], index) => [`${source} ${destination}`, index]));
  const policies = pairs.map(() => []);
  for (const policy of data.policies) {
    const edge = number.get(`${at.get(policy.source)} ${at.get(policy.destination)}`);
    if (edge !== undefined) policies[edge].push(policy);
  }
  return finished({ nodes, pairs, policies, svg });
}

function finished(made) {
  return {
    ...made,
    apps: made.nodes.map(appsOf),
    boxes: new Map([...made.svg.querySelectorAll("[data-node]")].map((each) => [+each.dataset.node, each])),
    edges: [...made.svg.querySelectorAll("[data-edge]")],
    crowded: new Set(made.svg.querySelectorAll(".crowded")),
  };
}

function enter(next) {
  scene.svg.replaceWith(next.svg);
  scene = next;
  byId("back").hidden = scene === start;
  zoom(Math.max(0.6, Math.min(1, picture.clientWidth / natural().width)));
  picture.scrollTo(0, 0);
  refresh();
}

function sceneOfView(view) {
  if (view === null) return start;
  const packed = data.views[view];
  const pairs = packed.edges.map(([source, destination]) => [source, destination]);
  packed.scene ??= sceneOf(packed.nodes, pairs, drawn(packed));
  return packed.scene;
}

function open(view) {
  enter(sceneOfView(view));
}

function restart() {
  byId("near").checked = false;
  chosen = null;
  open(null);
  choose(null);
}

function openGroup({ name, view, spaces }) {
  if (view !== null) return open(view);
  if (spaces.length === 1) filters.space.value = spaces[0];
  byId("details").replaceChildren(element("h2", name), element("p", "It has too many policies to draw at once. Choose an app."));
  refresh();
}

// Search and filters select policies and apps; choosing an app fades everything unrelated.

function passes(policy) {
  return (
    (!filters.protocol.value || policy.protocol === filters.protocol.value) &&
    (!filters.change.value || policy.change === filters.change.value)
  );
}

function selected() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const space = filters.space.value === "" ? null : +filters.space.value;
  const inSpace = (app) => space === null || data.apps[app].space === space;
  const named = data.apps.map((app) => words.every((word) => app.text.includes(word)));
  const labelled = (policy) => words.length > 0 && words.every((word) => policy.label.includes(word));
  const ends = ({ source, destination }) => [source, destination];
  const policies = data.policies.filter(
    (policy) => passes(policy) && ends(policy).some((app) => inSpace(app) && (named[app] || labelled(policy))),
  );
  const narrowed = filters.protocol.value || filters.change.value;
  const used = new Set(policies.flatMap(ends));
  const found = new Set(policies.filter(labelled).flatMap(ends));
  const apps = named.map((is, app) => inSpace(app) && ((is && (!narrowed || used.has(app))) || found.has(app)));
  return { apps, policies: new Set(policies) };
}

function refresh() {
  const { apps, policies } = selected();
  for (const button of buttons) button.hidden = !apps[+button.dataset.app];
  for (const group of document.querySelectorAll("#apps > div")) {
    group.hidden = group.previousSibling.hidden = ![...group.children].some((button) => !button.hidden);
  }
  const near = new Set(chosen === null ? [] : [chosen]);
  for (const policy of data.policies.filter(passes)) {
    if (policy.source === chosen) near.add(policy.destination);
    if (policy.destination === chosen) near.add(policy.source);
  }
  // A group also stands out if it is at an end of a policy that is shown.
  const touched = new Set(scene.pairs.flatMap((pair, edge) => (scene.policies[edge].some((each) => policies.has(each)) ? pair : [])));
  const lit = (index) => scene.apps[index].some((app) => apps[app]) || (scene.nodes[index] < 0 && touched.has(index));
  for (const [index, box] of scene.boxes) {
    box.classList.toggle("chosen", scene.nodes[index] === chosen);
    box.classList.toggle("faded", !(chosen === null ? lit(index) : scene.apps[index].some((app) => near.has(app))));
  }
  for (const edge of scene.edges) paint(edge, policies);
  placeLabels(scene);
  const shown = apps.filter(Boolean).length;
  const counted = [count(shown, apps.length, "app"), count(policies.size, data.policies.length, "policy", "policies")];
  byId("count").textContent = counted.join(", ");
  const there = visibleButtons();
  if (!there.some((button) => button.tabIndex === 0)) enterable(there[0]);
}

function paint(edge, policies) {
  const number = +edge.dataset.edge;
  const touching = scene.policies[number].filter(({ source, destination }) => chosen === source || chosen === destination);
  const shown = (chosen === null ? scene.policies[number] : touching).filter((each) => (chosen === null ? policies.has(each) : passes(each)));
  const fallback = shown.length ? shown : scene.policies[number].filter(passes);
  edge.classList.toggle("gone", !fallback.length);
  edge.classList.toggle("faded", !shown.length);
  edge.classList.toggle("lit", chosen !== null && shown.length > 0);
  edge.classList.toggle("crowded", scene.crowded.has(edge));
  if (!fallback.length) return;
  const label = labelOf(number, fallback);
  const [source, destination] = scene.pairs[number].map((node) => pathOfNode(scene.nodes[node]));
  const changes = new Set(fallback.map(({ change }) => change));
  relabel(edge, shortened(label), `${source} to ${destination}: ${label}`, changes.size > 1 ? "mixed" : [...changes][0]);
}

function pathOfNode(node) {
  return node < 0 ? data.groups[-1 - node].name : data.apps[node].path;
}

function labelOf(number, policies) {
  if (scene.pairs[number].every((node) => scene.nodes[node] >= 0)) return policies.map((policy) => policy.label).join(", ");
  const signs = [["", "kept"], ["+", "added"], ["-", "removed"]];
  const numbers = signs.map(([sign, change]) => [sign, policies.filter((policy) => policy.change === change).length]);
  const words = numbers.filter(([, many]) => many).map(([sign, many]) => sign + many.toLocaleString("en"));
  return `${words.join(", ")} ${policies.length === 1 ? "policy" : "policies"}`;
}

// The details of the chosen app: the apps that it may call, those that may call it, and the rules for each policy.

function choose(app) {
  chosen = app;
  for (const button of buttons) button.setAttribute("aria-current", +button.dataset.app === app);
  const details = byId("details");
  if (app === null) {
    details.replaceChildren(byId("welcome").content.cloneNode(true));
    history.replaceState(null, "", location.pathname + location.search);
    if (scene.around !== undefined) enter(sceneOfView(viewOfSpace.get(data.apps[scene.around].space) ?? null));
  } else {
    details.replaceChildren(...told(app));
    history.replaceState(null, "", `#${encodeURIComponent(data.apps[app].guid)}`);
    const button = buttons.find((each) => +each.dataset.app === app);
    if (!button.hidden) {
      enterable(button);
      button.scrollIntoView({ block: "nearest" });
    }
    showApp(app);
  }
  details.scrollTop = 0;
  refresh();
}

// Show an app where it is; if it is not drawn, open its space, or draw it with its neighbours.

function showApp(app) {
  const next = sceneFor(app);
  if (next !== scene) enter(next);
  scrollTo(scene.boxes.get(scene.nodes.indexOf(app)));
}

function sceneFor(app) {
  if (byId("near").checked) return around(app);
  if (scene.around === undefined && scene.nodes.includes(app)) return scene;
  const view = viewOfSpace.get(data.apps[app].space) ?? null;
  const next = sceneOfView(view);
  return next.nodes.includes(app) ? next : around(app);
}

function scrollTo(shape) {
  const frame = picture.getBoundingClientRect();
  const box = shape.getBoundingClientRect();
  if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) {
    picture.scrollBy(box.left - frame.left - frame.width / 2, box.top - frame.top - frame.height / 2);
  }
}

function filterPolicies() {
  if (chosen !== null) byId("details").replaceChildren(...told(chosen));
  if (scene.around === undefined) refresh();
  else enter(around(scene.around));
}

// Choosing a space scrolls it into view, or opens it.

function chooseSpace() {
  const space = filters.space.value === "" ? null : +filters.space.value;
  if (space === null || viewOfSpace.has(space)) open(space === null ? null : viewOfSpace.get(space));
  else refresh();
  if (space === null) return;
  const first = scene.apps.findIndex((apps) => apps.some((app) => data.apps[app].space === space));
  if (first >= 0) scrollTo(scene.boxes.get(first));
}

function told(app) {
  const { name, space, guid, marks } = data.apps[app];
  const [calls, called] = ["source", "destination"].map((end) => data.policies.filter((policy) => policy[end] === app));
  const spaceName = data.spaces[space].name;
  const parts = [element("h2", name), element("p", spaceName, { class: "quiet" }), element("p")];
  parts[2].append(element("code", guid, { class: "quiet" }));
  if (marks.length) parts.push(rules(marks, "for its mark"));
  parts.push(element("h3", `May call ${countPeers(calls, "destination")}`), peers(calls.filter(passes), "destination"));
  parts.push(element("h3", `May be called by ${countPeers(called, "source")}`), peers(called.filter(passes), "source"));
  return parts;
}

function countPeers(policies, end) {
  const number = (some) => new Set(some.map((policy) => policy[end])).size;
  return count(number(policies.filter(passes)), number(policies), "app");
}

function peers(policies, end) {
  const list = element("ul");
  const items = new Map();
  for (const policy of policies) {
    const peer = policy[end];
    if (!items.has(peer)) {
      const button = element("button", data.apps[peer].path, { type: "button" });
      button.addEventListener("click", () => {
        choose(peer);
        byId("details").focus();
      });
      items.set(peer, element("li"));
      items.get(peer).append(button);
      list.append(items.get(peer));
    }
    const words = { added: ", to be added", removed: ", to be removed", kept: "" }[policy.change];
    items.get(peer).append(element("p", `${policy.protocol} ${policy.ports}${words}`, { class: `ports ${policy.change}` }));
    if (policy.rules.length) items.get(peer).append(rules(policy.rules, "for this policy"));
  }
  return list;
}

function rules(found, which) {
  const cells = new Map();
  for (const [cell, text] of found) cells.set(cell, [...(cells.get(cell) ?? []), ruleText(text)]);
  const folded = element("details");
  const on = `on ${plural(cells.size, "cell")}`;
  folded.append(element("summary", `${plural(found.length, "rule")} ${which}, ${on}`));
  for (const [cell, lines] of cells) {
    folded.append(element("p", data.cells[cell], { class: "quiet" }), element("pre", lines.join("\n")));
  }
  return folded;
}

// The picture: click to choose or to open, buttons to zoom; labels are above everything else while the mouse is there.

picture.addEventListener("click", (event) => {
  const box = event.target.closest("[data-node]");
  const node = box ? scene.nodes[+box.dataset.node] : null;
  if (node !== null && node < 0) openGroup(data.groups[-1 - node]);
  else choose(node);
});

picture.addEventListener("mouseover", (event) => {
  const edge = event.target.closest("[data-edge]");
  if (edge) raise(edge);
});

const natural = () => scene.svg.viewBox.baseVal;
const fitting = () => Math.min(picture.clientWidth / natural().width, picture.clientHeight / natural().height);
let scale = 1;

function zoom(to) {
  scale = Math.min(Math.max(to, Math.min(0.1, fitting())), 4);
  scene.svg.style.width = `${natural().width * scale}px`;
  scene.svg.style.height = `${natural().height * scale}px`;
}

byId("in").addEventListener("click", () => zoom(scale * 1.25));
byId("out").addEventListener("click", () => zoom(scale / 1.25));
byId("fit").addEventListener("click", () => {
  scene.svg.style.width = scene.svg.style.height = "0";
  zoom(fitting());
});
byId("back").addEventListener("click", restart);
byId("near").addEventListener("change", () => {
  if (chosen !== null) showApp(chosen);
  refresh();
});

search.addEventListener("input", refresh);
for (const filter of [filters.protocol, filters.change]) filter.addEventListener("change", filterPolicies);
filters.space.addEventListener("change", chooseSpace);
byId("filters").addEventListener("submit", (event) => event.preventDefault());

const asked = decodeURIComponent(location.hash.slice(1));
const found = data.apps.findIndex((app) => app.guid === asked);
enter(start);
choose(found < 0 ? null : found);
