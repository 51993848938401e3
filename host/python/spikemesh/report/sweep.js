// SPDX-License-Identifier: Apache-2.0
// The page of a sweep. DATA: sweep.py says what it holds.
"use strict";

const COUNT = DATA.ids.length, ALL = [...Array(COUNT).keys()];
const column = (name) => DATA.values[name];
const state = {picked: -1, sort: null, down: false, points: [], front: new Set()};

const chosen = (axisName) => ({name: byId(axisName).value, sign: byId(axisName + "-goal").value === "small" ? 1 : -1});
/** Points with a value in both columns, feasible if that is asked for. */
function candidates(x, y) {
  const only = byId("feasible").checked;
  return ALL.filter((i) => DATA.status[i] === "ok" && (!only || DATA.feasible[i] !== 0) && Number.isFinite(column(x.name)[i]) && Number.isFinite(column(y.name)[i]));
}
/** Points that no other beats: at least as good in both columns and better in one. In the order of x. */
function paretoFront(points, x, y) {
  const cost = (axisOf, i) => axisOf.sign * column(axisOf.name)[i];
  const sorted = [...points].sort((a, b) => cost(x, a) - cost(x, b) || cost(y, a) - cost(y, b));
  const front = [];
  let best = Infinity, at = null;
  for (const i of sorted) {
    const same = at !== null && cost(x, i) === cost(x, at) && cost(y, i) === cost(y, at);
    if (cost(y, i) < best || same) { front.push(i); at = i; best = cost(y, i); }
  }
  return front;
}

/** What is special about a point, in lines: its configuration, and what the axes show. */
function describe(i) {
  const names = new Set([...DATA.parameters, chosen("x").name, chosen("y").name]);
  return [`point ${DATA.ids[i]}${DATA.status[i] === "ok" ? "" : `: ${DATA.status[i]}, ${DATA.reason[i]}`}`, ...[...names].map((name) => `${name}: ${shown(column(name)[i])}`)];
}
function pick(i) {
  state.picked = i;
  const rerun = document.createElement("code");
  rerun.textContent = DATA.command[i];
  byId("picked").replaceChildren(`Picked ${describe(i).join(", ")}. Run it again with `, rerun);
  update();
}

// ---- the front
const marks = {data: [], backgroundColor: [], radius: [], hoverRadius: 6, order: 1, label: "points"};
const line = {data: [], type: "line", borderColor: COLOURS[1], borderWidth: 1.5, pointRadius: 0, pointHitRadius: 0, stepped: false, order: 2, label: "front"};
draw("pareto", {type: "scatter", data: {datasets: [marks, line]}, options: {plugins: {legend: {display: false}}, scales: {x: axis(""), y: axis("")}}},
  (set, k) => set === 0 && describe(state.points[k]), (set, k) => { if (set === 0) pick(state.points[k]); });

function drawFront(x, y) {
  const place = (i) => ({x: column(x.name)[i], y: column(y.name)[i]});
  const front = paretoFront(state.points, x, y);
  state.front = new Set(front);
  marks.data = state.points.map(place);
  marks.backgroundColor = state.points.map((i) => i === state.picked ? COLOURS[2] : state.front.has(i) ? COLOURS[1] : COLOURS[0] + "88");
  marks.radius = state.points.map((i) => i === state.picked ? 7 : state.front.has(i) ? 4.5 : 3);
  line.data = front.map(place);
  const chart = CHARTS.pareto;
  chart.options.scales.x.title.text = x.name;
  chart.options.scales.y.title.text = y.name;
  chart.update();
  byId("shown").textContent = `${state.points.length} of ${COUNT} points, ${front.length} on the front`;
}

// ---- parallel coordinates
const AXES = DATA.numeric.slice(0, 24);
const RANGES = AXES.map((name) => { const values = column(name).filter(Number.isFinite); return [Math.min(...values), Math.max(...values)]; });
draw("parallel", {type: "line", data: {labels: AXES, datasets: []}, options: {plugins: {legend: {display: false}}, scales: {x: {ticks: {autoSkip: false}}, y: {display: false, min: -0.03, max: 1.03}}}},
  (set) => describe(CHARTS.parallel.data.datasets[set].point), (set) => pick(CHARTS.parallel.data.datasets[set].point));

function drawParallel() {
  const rank = (i) => i === state.picked ? 2 : state.front.has(i) ? 1 : 0;
  const look = [{borderColor: COLOURS[0] + "30", borderWidth: 1, pointRadius: 0}, {borderColor: COLOURS[1], borderWidth: 1.5, pointRadius: 2}, {borderColor: COLOURS[2], borderWidth: 3, pointRadius: 3}];
  CHARTS.parallel.data.datasets = [...state.points].sort((a, b) => rank(b) - rank(a)).map((i) => ({point: i, order: -rank(i), backgroundColor: look[rank(i)].borderColor, ...look[rank(i)],
    data: AXES.map((name, k) => { const v = column(name)[i], [low, high] = RANGES[k]; return Number.isFinite(v) ? (high > low ? (v - low) / (high - low) : 0.5) : null; })}));
  CHARTS.parallel.update();
}

// ---- the table
const table = byId("points"), COLUMNS = ["id", "status", ...DATA.varying];
const cell = (name, i) => name === "id" ? DATA.ids[i] : name === "status" ? DATA.status[i] : column(name)[i];
for (const name of COLUMNS) {
  const head = document.createElement("th");
  head.textContent = head.dataset.column = name;
  head.addEventListener("click", () => { state.down = state.sort === name && !state.down; state.sort = name; fillTable(); });
  table.tHead.rows[0].append(head);
}
function fillTable() {
  const order = [...ALL];
  if (state.sort !== null) {
    const up = state.down ? -1 : 1;  // what is not known comes last either way
    const compare = (a, b) => a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -up : up;
    order.sort((a, b) => compare(cell(state.sort, a), cell(state.sort, b)));
  }
  fillRows(table.tBodies[0], order.map((i) => COLUMNS.map((name) => name === "id" ? String(DATA.ids[i]) : shown(cell(name, i)))),
    (k) => [order[k] === state.picked ? "picked" : "", state.front.has(order[k]) ? "front" : ""].join(" ").trim());
  [...table.tBodies[0].rows].forEach((row, k) => row.addEventListener("click", () => pick(order[k])));
}

function update() {
  const x = chosen("x"), y = chosen("y");
  state.points = candidates(x, y);
  drawFront(x, y);
  drawParallel();
  fillTable();
}
for (const id of ["x", "y", "x-goal", "y-goal", "feasible"]) byId(id).addEventListener("change", update);
update();
document.body.dataset.ready = "sweep";
