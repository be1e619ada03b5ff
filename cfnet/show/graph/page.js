"use strict";
// Names are only used as text (textContent), never as markup.

const data = unpacked(JSON.parse(document.getElementById("data").textContent));
const byId = (id) => document.getElementById(id);
const search = byId("search");
const filters = { space: byId("space"), protocol: byId("protocol"), change: byId("change") };
const nodes = new Map([...document.querySelectorAll("#graph [data-app]")].map((each) => [+each.dataset.app, each]));
const edges = [...document.querySelectorAll("#graph [data-edge]")];
const buttons = [];
let chosen = null;

// The data, as page.py packs it.

function unpacked(packed) {
  const policies = packed.policies.map(([source, destination, edge, protocol, ports, change, ...found]) => {
    return { source, destination, edge, protocol, ports, change, rules: inPairs(found) };
  });
  const apps = packed.apps.map((app) => ({ ...app, marks: inPairs(app.marks) }));
  return { ...packed, apps, policies, edges: inPairs(packed.edges) };
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

// The list of apps, with a heading for each space.

for (const space of data.spaces) {
  const heading = element("h3", space.name);
  const group = element("div", undefined, { role: "group", "aria-label": space.name });
  for (const app of space.apps) {
    const button = element("button", data.apps[app].name, { type: "button", tabindex: "-1", title: data.apps[app].path });
    button.dataset.app = app;
    button.addEventListener("click", () => choose(app));
    group.append(button);
    buttons.push(button);
  }
  byId("apps").append(heading, group);
  filters.space.append(element("option", space.name, { value: space.name }));
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
    choose(null);
  }
});

// Search and filters select apps, filters select policies, and choosing an app fades everything unrelated.

function passes(policy) {
  return (
    (!filters.protocol.value || policy.protocol === filters.protocol.value) &&
    (!filters.change.value || policy.change === filters.change.value)
  );
}

function refresh() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const policies = data.policies.filter(passes);
  const narrowed = filters.protocol.value || filters.change.value;
  const used = new Set(policies.flatMap((policy) => [policy.source, policy.destination]));
  const matches = data.apps.map((app, index) => {
    const text = `${app.path} ${app.guid}`.toLowerCase();
    return (
      words.every((word) => text.includes(word)) &&
      (!filters.space.value || app.space === filters.space.value) &&
      (!narrowed || used.has(index))
    );
  });
  for (const button of buttons) button.hidden = !matches[+button.dataset.app];
  for (const group of document.querySelectorAll("#apps > div")) {
    group.hidden = group.previousSibling.hidden = ![...group.children].some((button) => !button.hidden);
  }
  const near = new Set(chosen === null ? [] : [chosen]);
  for (const policy of policies) {
    if (policy.source === chosen) near.add(policy.destination);
    if (policy.destination === chosen) near.add(policy.source);
  }
  const lit = (app) => (chosen === null ? matches[app] : near.has(app));
  for (const [app, node] of nodes) {
    node.classList.toggle("chosen", app === chosen);
    node.classList.toggle("faded", !lit(app));
  }
  const shown = new Set(policies.map((policy) => policy.edge));
  for (const edge of edges) {
    const [source, destination] = data.edges[+edge.dataset.edge];
    const touches = chosen === source || chosen === destination;
    edge.classList.toggle("gone", !shown.has(+edge.dataset.edge));
    edge.classList.toggle("lit", touches);
    edge.classList.toggle("faded", chosen === null ? !(matches[source] || matches[destination]) : !touches);
  }
  const count = matches.filter(Boolean).length;
  byId("count").textContent = `${plural(count, "app")}, ${plural(policies.length, "policy", "policies")}`;
  const there = visibleButtons();
  if (!there.some((button) => button.tabIndex === 0)) enterable(there[0]);
}

// The details of the chosen app: the apps that it may call, those that may call it, and the rules for each policy.

function choose(app) {
  chosen = app;
  for (const button of buttons) button.setAttribute("aria-current", +button.dataset.app === app);
  const details = byId("details");
  if (app === null) {
    details.replaceChildren(byId("welcome").content.cloneNode(true));
    history.replaceState(null, "", location.pathname + location.search);
  } else {
    details.replaceChildren(...told(app));
    history.replaceState(null, "", `#${encodeURIComponent(data.apps[app].guid)}`);
    const button = buttons.find((each) => +each.dataset.app === app);
    if (!button.hidden) {
      enterable(button);
      button.scrollIntoView({ block: "nearest" });
    }
    show(app);
  }
  details.scrollTop = 0;
  refresh();
}

function show(app) {
  const frame = byId("picture").getBoundingClientRect();
  const box = nodes.get(app).getBoundingClientRect();
  if (box.left < frame.left || box.right > frame.right || box.top < frame.top || box.bottom > frame.bottom) {
    byId("picture").scrollBy(box.left - frame.left - frame.width / 2, box.top - frame.top - frame.height / 2);
  }
}

function told(app) {
  const { name, space, guid, marks } = data.apps[app];
  const calls = data.policies.filter((policy) => policy.source === app);
  const called = data.policies.filter((policy) => policy.destination === app);
  const parts = [element("h2", name), element("p", space, { class: "quiet" }), element("p")];
  parts[2].append(element("code", guid, { class: "quiet" }));
  if (marks.length) parts.push(rules(marks, "for its mark"));
  parts.push(element("h3", `May call ${plural(new Set(calls.map((each) => each.destination)).size, "app")}`));
  parts.push(peers(calls, "destination"));
  parts.push(element("h3", `May be called by ${plural(new Set(called.map((each) => each.source)).size, "app")}`));
  parts.push(peers(called, "source"));
  return parts;
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

// The picture: click to choose, buttons to zoom.

byId("graph").addEventListener("click", (event) => {
  const node = event.target.closest("[data-app]");
  choose(node ? +node.dataset.app : null);
});

const natural = byId("graph").viewBox.baseVal;
let scale = 1;

function zoom(to) {
  scale = Math.min(Math.max(to, 0.1), 4);
  byId("graph").style.width = `${natural.width * scale}px`;
  byId("graph").style.height = `${natural.height * scale}px`;
}

byId("in").addEventListener("click", () => zoom(scale * 1.25));
byId("out").addEventListener("click", () => zoom(scale / 1.25));
byId("fit").addEventListener("click", () => {
  const { clientWidth, clientHeight } = byId("picture");
  zoom(Math.min(clientWidth / natural.width, clientHeight / natural.height));
});

search.addEventListener("input", refresh);
for (const filter of Object.values(filters)) filter.addEventListener("change", refresh);
byId("filters").addEventListener("submit", (event) => event.preventDefault());

const asked = decodeURIComponent(location.hash.slice(1));
const found = data.apps.findIndex((app) => app.guid === asked);
zoom(Math.min(1, byId("picture").clientWidth / natural.width));
if (scale < 0.6) zoom(0.6);
choose(found < 0 ? null : found);
