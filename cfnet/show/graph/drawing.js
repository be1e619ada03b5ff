// Drawings of opened spaces and of an app's neighbours, like those that svg.py makes.

function shape(name, attributes, ...children) {
  const made = document.createElementNS(start.svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

function shortened(text, longest = 26) {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

function nameOf(node) {
  if (node < 0) return shortened(data.groups[-1 - node].name, 30);
  const { name, guid, known } = data.apps[node];
  return !known && guid.length > 30 ? `${guid.slice(0, 13)}…` : shortened(name, 30);
}

// An opened space or org, as page.py packs its positions.

function drawn({ nodes, size, width, boxes, lanes, edges, labels }) {
  const svg = blank(size, edges.length > 150);
  for (const [kind, title, ...box] of lanes) svg.append(shape("g", { class: kind }, rectangle(...box), words(title, box[0] + 10, box[1] + 18)));
  const places = inPairs(boxes);
  const lefts = [...new Set(places.map(([x]) => x))].sort((one, other) => one - other);
  for (const [number, [source, destination, ...heights]] of edges.entries()) {
    const path = pathOf(lefts, width, size[0], places[source][0], places[destination][0], heights);
    svg.append(edgeOf(number, path, labels[number]));
  }
  for (const [number, [x, y]] of places.entries()) svg.append(boxOf(number, nodes[number], nameOf(nodes[number]), [x, y, width, 30]));
  return svg;
}

function blank([width, height], busy) {
  const kind = busy ? "graph busy" : "graph";
  const svg = shape("svg", { id: "graph", class: kind, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Who may call whom" });
  svg.append(start.svg.querySelector("defs").cloneNode(true));
  return svg;
}

function rectangle(x, y, width, height) {
  return shape("rect", { x, y, width, height, rx: 7 });
}

function words(text, x, y) {
  return shape("text", { x, y }, text);
}

function boxOf(number, node, name, [x, y, width, height]) {
  const title = node < 0 ? `${data.groups[-1 - node].name}: ${plural(appsOf(node).length, "app")}` : `${data.apps[node].path} (${data.apps[node].guid})`;
  const known = node < 0 || data.apps[node].known;
  const attributes = { class: `app${known ? "" : " unknown"}${node < 0 ? " group" : ""}`, "data-node": number };
  return shape("g", attributes, shape("title", {}, title), rectangle(x, y, width, height), words(name, x + width / 2, y + height / 2 + 4.5));
}

function edgeOf(number, d, label) {
  const edge = shape("g", { class: label ? "edge" : "edge crowded", "data-edge": number }, shape("title", {}), shape("path", { d }));
  edge.append(rectangle(0, 0, 0, 16), words("", 0, 0));
  if (label) [edge.dataset.x, edge.dataset.y] = label;
  return edge;
}

// Edges cross the tracks of a column, which are close together, at one height: routes.py finds it.

function pathOf(lefts, width, end, from, to, heights) {
  const column = [0];
  for (let at = 1; at < lefts.length; at += 1) column.push(column[at - 1] + (lefts[at] - lefts[at - 1] - width > 40));
  const first = lefts.indexOf(from);
  const last = lefts.indexOf(to);
  if (first === last) {
    const room = (lefts[first + 1] ?? end) - from - width;
    return loop(from + width, heights[0], heights[1], room);
  }
  const step = first < last ? 1 : -1;
  const near = step > 0 ? 0 : width;
  const far = width - near;
  let path = `M${from + far} ${heights[0]}`;
  let x = from + far;
  let y = heights[0];
  let next = 1;
  for (let at = first + step; ; at += step) {
    const enters = lefts[at] + near;
    const middle = (x + enters) / 2;
    path += `C${middle} ${y} ${middle} ${heights[next]} ${enters} ${heights[next]}`;
    y = heights[next];
    next += 1;
    if (at === last) return path;
    while (at + step !== last && column[at + step] === column[at]) at += step;
    x = lefts[at] + far;
    path += `H${x}`;
  }
}

function loop(x, top, bottom, room) {
  const side = x + Math.min(34 + Math.abs(top - bottom) / 8, room - 8);
  return `M${x} ${top}C${side} ${top} ${side} ${bottom} ${x} ${bottom}`;
}

// The label, tooltip and colour of an edge, for the policies that are shown.

function relabel(edge, text, title, kind) {
  edge.classList.remove("added", "removed", "kept", "mixed");
  edge.classList.add(kind);
  const [told, path, , label] = edge.children;
  told.textContent = title;
  path.setAttribute("marker-end", `url(#tip-${kind})`);
  if (label.textContent === text) return;
  label.textContent = text;
  const { x, y } = edge.dataset.x ? edge.dataset : { x: label.getAttribute("x"), y: label.getAttribute("y") - 4 };
  moveLabel(edge, +x, +y);
}

function roomOf(edge) {
  return 6.6 * edge.lastElementChild.textContent.length + 8;
}

function moveLabel(edge, x, y) {
  const [, , box, label] = edge.children;
  const room = roomOf(edge);
  for (const [key, value] of Object.entries({ x: x - room / 2, y: y - 8, width: room })) box.setAttribute(key, value);
  label.setAttribute("x", x);
  label.setAttribute("y", y + 4);
}

// Labels without a place of their own are shown for the edges of the chosen app: where they cover no box and no label.

function placeLabels(scene) {
  const lit = scene.edges.filter((edge) => edge.classList.contains("lit"));
  const unplaced = (edge) => scene.svg.classList.contains("busy") || scene.crowded.has(edge);
  const boxes = [...scene.boxes.values()].map((box) => extent(box));
  const taken = [...boxes, ...lit.filter((edge) => !unplaced(edge)).map((edge) => extent(edge))];
  for (const edge of lit.filter(unplaced)) {
    const place = placesOf(edge).find((box) => !taken.some((other) => meet(box, other)));
    edge.classList.toggle("crowded", !place);
    if (!place) continue;
    taken.push(place);
    moveLabel(edge, place[0] + place[2] / 2, place[1] + 8);
  }
}

function extent(group) {
  const { x, y, width, height } = group.querySelector("rect");
  return [x, y, width, height].map((length) => length.baseVal.value);
}

function placesOf(edge) {
  const path = edge.children[1];
  const length = path.getTotalLength();
  const room = roomOf(edge);
  const points = [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9].map((along) => path.getPointAtLength(length * along));
  return [0, -9, 9, -17, 17].flatMap((beside) => points.map(({ x, y }) => [x - room / 2, y - 8 + beside, room, 16]));
}

function meet([x, y, width, height], [left, top, wide, high]) {
  return x < left + wide && left < x + width && y < top + high && top < y + height;
}

// The label under the mouse is above everything else.

function raise(edge) {
  if (edge === scene.svg.lastElementChild) return;
  if (scene.svg.classList.contains("busy") || scene.crowded.has(edge)) {
    const [x, y, width] = placesOf(edge)[0];
    if (!edge.classList.contains("lit")) moveLabel(edge, x + width / 2, y + 8);
  }
  scene.svg.append(edge);
}

// An app between those that may call it and those that it may call.

function around(app) {
  const sides = [["source", "destination"], ["destination", "source"]].map(([end, other]) => {
    const found = data.policies.filter((policy) => policy[other] === app && passes(policy)).map((policy) => policy[end]);
    return [...new Set(found)].sort((one, other) => data.apps[one].path.localeCompare(data.apps[other].path));
  });
  const nodes = [app, ...sides[0], ...sides[1]];
  const names = nodes.map((node) => shortened(data.apps[node].path, 44));
  const width = 28 + 7.4 * Math.max(...names.map((name) => name.length));
  const height = 52 * Math.max(1, ...sides.map((side) => side.length));
  const top = (side) => 24 + (height - 52 * side.length) / 2;
  const columns = sides.map((_, at) => 24 + (sides[0].length ? at * 2 : 1 + at) * (width + 220));
  const x = sides[0].length ? columns[0] + width + 220 : 24;
  const middle = 24 + height / 2 - 11;
  const boxes = [[x, middle - 15], ...sides.flatMap((side, at) => side.map((_, row) => [at ? x + width + 220 : columns[0], top(side) + 52 * row]))];
  const right = Math.max(...boxes.map(([left]) => left)) + width + 24;
  const svg = blank([right, height + 48], false);
  const pairs = nodes.slice(1).map((_, at) => (at < sides[0].length ? [at + 1, 0] : [0, at + 1]));
  for (const [number, pair] of pairs.entries()) {
    const [[x0, y0], [x1, y1]] = pair.map((node) => boxes[node]);
    const bend = (x0 + width + x1) / 2;
    const fan = (side, at) => (side.length > 1 ? (at / (side.length - 1) - 0.5) * 20 : 0);
    const inward = pair[1] === 0;
    const from = y0 + 15 + (inward ? 0 : fan(sides[1], number - sides[0].length));
    const to = y1 + 15 + (inward ? fan(sides[0], number) : 0);
    const label = inward ? [x0 + width + 70, from] : [x1 - 80, to];
    svg.append(edgeOf(number, `M${x0 + width} ${from}C${bend} ${from} ${bend} ${to} ${x1} ${to}`, label));
  }
  for (const [number, box] of boxes.entries()) svg.append(boxOf(number, nodes[number], names[number], [...box, width, 30]));
  const policies = pairs.map((pair) => data.policies.filter(({ source, destination }) => source === nodes[pair[0]] && destination === nodes[pair[1]]));
  return { ...finished({ nodes, pairs, policies, svg }), around: app };
}
