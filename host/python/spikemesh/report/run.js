// SPDX-License-Identifier: Apache-2.0
// The page of a run. DATA: page.py says what it holds.
"use strict";

const {mesh_w: W, mesh_h: H, ports: PORTS, classes: CLASSES, windows: WINDOWS, heat: HEAT} = DATA;
const TILES = W * H, CELLS = HEAT.first_step.length;
const tileName = (tile) => `tile (${tile % W},${Math.floor(tile / W)})`;
const stepsOf = (first, steps) => steps === 1 ? `step ${first}` : `steps ${first} to ${first + steps - 1}`;

// ---- which steps the maps show: all, or those of one place of the slider
const state = {all: true, at: 0};
const rows = () => state.all ? [...Array(CELLS).keys()] : [state.at];
/** Sum (or the most) of HEAT[name][window][tile * width + column] over what is shown. */
function shownOf(name, width, tile, column, most = false) {
  const values = rows().map((row) => HEAT[name][row][tile * width + column]);
  return most ? Math.max(...values) : sum(values);
}
const shownCycles = () => sum(rows().map((row) => HEAT.cycles[row]));

// ---- maps: one mark a tile, link or buffer
const DIRECTIONS = {north: [0, -1, 180], east: [1, 0, 270], south: [0, 1, 0], west: [-1, 0, 90]};

function tileMarks() {
  return [...Array(TILES).keys()].map((tile) => ({x: tile % W, y: Math.floor(tile / W), tile, port: -1}));
}
function portMarks() {
  const marks = [];
  for (let tile = 0; tile < TILES; ++tile) {
    const x = tile % W, y = Math.floor(tile / W);
    marks.push({x, y, tile, port: 0, rotation: 0, style: "circle"});
    for (const [name, [dx, dy, rotation]] of Object.entries(DIRECTIONS)) {
      const inside = x + dx >= 0 && x + dx < W && y + dy >= 0 && y + dy < H;
      if (inside || (tile === 0 && name === "west")) marks.push({x: x + 0.32 * dx, y: y + 0.32 * dy, tile, port: PORTS.indexOf(name), rotation, style: "triangle"});
    }
  }
  return marks;
}

/** A map of the mesh; value(mark) colours it, text(mark, value) is the tip. */
function map(id, marks, size, value, text, limit) {
  const radius = (context) => {
    const area = context.chart.chartArea;
    return area ? size * Math.min((area.right - area.left) / (W + 1.2), (area.bottom - area.top) / (H + 0.4)) : 4;
  };
  let values = [];
  const chart = draw(id, {type: "scatter", data: {datasets: [{data: marks, pointStyle: marks.map((m) => m.style || "rect"), radius, hoverRadius: radius,
    rotation: marks.map((m) => m.rotation || 0), backgroundColor: [], borderColor: "#1d273333", borderWidth: 1}]},
    options: {scales: {x: axis("x", {min: -1.1, max: W - 0.4, ticks: {stepSize: 1, callback: (v) => Number.isInteger(v) && v >= 0 ? v : ""}, grid: {display: false}}),
      y: axis("y", {min: -0.7, max: H - 0.3, reverse: true, ticks: {stepSize: 1, callback: (v) => Number.isInteger(v) && v >= 0 ? v : ""}, grid: {display: false}})}}},
    (_, index) => text(marks[index], values[index]));
  const scale = byId(id + "-scale");
  return () => {
    values = marks.map(value);
    const most = limit ? limit() : Math.max(...values, 0);
    chart.data.datasets[0].backgroundColor = values.map((v) => v > 0 ? heat(v / (most || 1)) : "#e8ecef");
    chart.update();
    scale.replaceChildren("0", document.createElement("i"), shown(most));
    scale.children[0].style.background = `linear-gradient(90deg, ${VIRIDIS.join(",")})`;
  };
}

const way = (mark) => mark.port === 0 ? `${tileName(mark.tile)}, from its core`
  : mark.tile === 0 && PORTS[mark.port] === "west" ? "from the host" : `${tileName(mark.tile)}, from the ${PORTS[mark.port]}`;
const updaters = [];
updaters.push(map("links", portMarks(), 0.13, (m) => shownOf("links", PORTS.length, m.tile, m.port),
  (m, v) => [way(m), `${shown(v)} spikes`, `${(100 * v / (shownCycles() || 1)).toFixed(2)} % of the cycles`]));
updaters.push(map("load", tileMarks(), 0.55, (m) => loadOf(m.tile),
  (m, v) => [tileName(m.tile), `${byId("load-of").selectedOptions[0].text}: ${(100 * v).toFixed(2)} % of the cycles`,
    ...CLASSES.map((name, k) => `${name}: ${shown(shownOf("cores", CLASSES.length, m.tile, k))} cycles`)], () => 1));
const buffers = portMarks().concat(tileMarks().map((m) => ({...m, x: m.x + 0.17, y: m.y + 0.17, port: PORTS.length, style: "rect", rotation: 0})));
updaters.push(map("buffers", buffers, 0.13, (m) => shownOf("buffers", PORTS.length + 1, m.tile, m.port, true),
  (m, v) => [m.port === PORTS.length ? `${tileName(m.tile)}, buffer of its core` : `buffer of ${way(m)}`,
    `at most ${v} of ${m.port === PORTS.length ? DATA.core_depth : DATA.router_depth} flits`], () => Math.max(DATA.router_depth, DATA.core_depth)));

function loadOf(tile) {
  const which = byId("load-of").value;
  const kinds = which === "busy" ? CLASSES.map((_, k) => k).slice(0, -1) : [CLASSES.indexOf(which)];
  return sum(kinds.map((k) => shownOf("cores", CLASSES.length, tile, k))) / (shownCycles() || 1);
}
byId("load-of").addEventListener("change", () => updaters[1]());

// ---- where each core's time goes
const timeChart = draw("time", {type: "bar", data: {labels: [...Array(TILES).keys()].map((t) => `${t % W},${Math.floor(t / W)}`),
  datasets: CLASSES.map((name, k) => ({label: name, data: [], backgroundColor: COLOURS[k], barPercentage: 1, categoryPercentage: 0.9}))},
  options: {indexAxis: "y", scales: {x: axis("% of the cycles of the steps", {stacked: true, max: 100}), y: {stacked: true, title: {display: true, text: "tile"}}}}},
  (k, tile) => [tileName(tile), `${CLASSES[k]}: ${shown(shownOf("cores", CLASSES.length, tile, k))} cycles, ${timeChart.data.datasets[k].data[tile].toFixed(2)} %`]);
updaters.push(() => {
  timeChart.data.datasets.forEach((set, k) => {
    set.data = [...Array(TILES).keys()].map((tile) => 100 * shownOf("cores", CLASSES.length, tile, k) / (shownCycles() || 1));
  });
  timeChart.update();
});

// ---- over time
const middles = WINDOWS.first_step.map((first, i) => first + (WINDOWS.steps[i] - 1) / 2);
const series = (label, values, colour) => ({label, data: values.map((y, i) => ({x: middles[i], y})), borderColor: colour, backgroundColor: colour, borderWidth: 1, pointRadius: values.length > 300 ? 0 : 2, pointHitRadius: 6});
const single = WINDOWS.steps.every((steps) => steps === 1);
const mean = WINDOWS.cycles.map((cycles, i) => cycles / WINDOWS.steps[i]);
draw("steps", {type: "line", data: {datasets: single ? [series("cycles", mean, COLOURS[0])]
  : [series("longest", WINDOWS.longest, COLOURS[1]), series("mean", mean, COLOURS[0]), series("shortest", WINDOWS.shortest, COLOURS[2])]},
  options: {interaction: {mode: "nearest", axis: "x", intersect: false}, scales: {x: axis("step", {type: "linear"}), y: axis("cycles of a step", {beginAtZero: true})}}},
  (_, i) => [stepsOf(WINDOWS.first_step[i], WINDOWS.steps[i]), `${shown(mean[i])} cycles${single ? "" : " on average"}`,
    ...(single ? [] : [`${shown(WINDOWS.shortest[i])} to ${shown(WINDOWS.longest[i])}`]), ...(WINDOWS.critical[i] < 0 ? [] : [`critical core: ${tileName(WINDOWS.critical[i])}`])],
  (_, i) => select(Math.min(CELLS - 1, Math.floor(i / HEAT.together))));
const known = WINDOWS.critical.map((tile, i) => ({x: middles[i], y: tile, i})).filter((point) => point.y >= 0);
draw("critical", {type: "scatter", data: {datasets: [{data: known, backgroundColor: COLOURS[1], radius: 2.5}]},
  options: {scales: {x: axis("step"), y: axis("tile", {min: -0.5, max: TILES - 0.5, ticks: {callback: (v) => Number.isInteger(v) ? `${v % W},${Math.floor(v / W)}` : ""}})}}},
  (_, k) => [stepsOf(WINDOWS.first_step[known[k].i], WINDOWS.steps[known[k].i]), `critical core: ${tileName(known[k].y)}`],
  (_, k) => select(Math.min(CELLS - 1, Math.floor(known[k].i / HEAT.together))));

// ---- distributions
histogram("lengths", DATA.step_cycles, "cycles of a step", "steps", "cycles");
histogram("latency", DATA.latency_cycles, "cycles from emission to integration", "packets", "cycles");

// ---- deviation from an ideal period
const LENGTHS = DATA.step_cycles, STEPS = sum(LENGTHS.map((row) => row[1]));
function deviation(period) {
  const late = LENGTHS.filter(([cycles]) => cycles > period);
  return {steps: sum(late.map((row) => row[1])), cycles: sum(late.map(([cycles, count]) => (cycles - period) * count))};
}
const periods = bins(LENGTHS).map((bar) => bar.to);
draw("deviation", {type: "line", data: {datasets: [
  {label: "steps that are stretched (%)", data: periods.map((x) => ({x, y: 100 * deviation(x).steps / STEPS})), borderColor: COLOURS[1], backgroundColor: COLOURS[1], pointRadius: 1.5},
  {label: "time that they add (%)", data: periods.map((x) => ({x, y: 100 * deviation(x).cycles / (x * STEPS)})), borderColor: COLOURS[0], backgroundColor: COLOURS[0], pointRadius: 1.5}]},
  options: {interaction: {mode: "nearest", axis: "x", intersect: false}, scales: {x: axis("period in cycles", {type: "linear"}), y: axis("%", {beginAtZero: true})}}},
  (_, i) => { const d = deviation(periods[i]); return [`period ${periods[i]} cycles`, `${shown(d.steps)} of ${shown(STEPS)} steps are stretched`, `by ${shown(d.cycles)} cycles together`]; });
function realTime() {
  const period = Math.floor(byId("clock").value * 1e3 * DATA.dt_ms), d = deviation(period);
  byId("real-time").textContent = !(period > 0) ? "the clock has to be above 0 MHz" : d.steps
    ? `${shown(d.steps)} of ${shown(STEPS)} steps take longer than ${DATA.dt_ms} ms (${shown(period)} cycles), by ${shown(d.cycles)} cycles together`
    : `every step ends within ${DATA.dt_ms} ms (${shown(period)} cycles); the longest takes ${(100 * LENGTHS[LENGTHS.length - 1][0] / period).toPrecision(3)} % of it`;
}
byId("clock").addEventListener("input", realTime);

// ---- energy, if the report was made with coefficients
if (DATA.energy) {
  const units = DATA.energy.units, values = DATA.energy.windows;
  draw("energy", {type: "bar", data: {labels: middles.map(shown), datasets: units.map((unit, k) => ({label: unit.replaceAll("_", " "), data: values[k], backgroundColor: COLOURS[k], barPercentage: 1, categoryPercentage: 1}))},
    options: {interaction: {mode: "index", intersect: false}, scales: {x: axis("step", {stacked: true, ticks: {maxTicksLimit: 10}}), y: axis("nJ a step (modelled)", {stacked: true})}}},
    (_, i) => [stepsOf(WINDOWS.first_step[i], WINDOWS.steps[i]), ...units.map((unit, k) => `${unit.replaceAll("_", " ")}: ${shown(values[k][i])} nJ a step`)]);
}

// ---- the slider
function select(at) {
  state.all = at < 0;
  if (at >= 0) byId("at").value = state.at = at;
  byId("all").checked = state.all;
  byId("shown").textContent = state.all ? `all ${shown(STEPS)} steps` : stepsOf(HEAT.first_step[state.at], HEAT.steps[state.at]);
  updaters.forEach((update) => update());
}
byId("at").max = CELLS - 1;
byId("at").addEventListener("input", () => select(Number(byId("at").value)));
byId("all").addEventListener("change", () => select(byId("all").checked ? -1 : state.at));
select(-1);
realTime();
document.body.dataset.ready = "run";
