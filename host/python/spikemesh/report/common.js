// SPDX-License-Identifier: Apache-2.0
// What the pages share: colours, numbers, the tip under the pointer, charts with the same manners.
"use strict";

const COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#9AA5B1"];  // Okabe and Ito
const VIRIDIS = ["#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725"];

const byId = (id) => document.getElementById(id);
const sum = (values) => values.reduce((a, b) => a + b, 0);

/** A colour for a share in 0..1. */
function heat(share) {
  const place = Math.min(Math.max(share || 0, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const part = (hex, k) => parseInt(hex.slice(1 + 2 * k, 3 + 2 * k), 16);
  const mix = [0, 1, 2].map((k) => Math.round(part(VIRIDIS[low], k) + (place - low) * (part(VIRIDIS[low + 1], k) - part(VIRIDIS[low], k))));
  return `rgb(${mix.join(",")})`;
}

/** A number for people: whole ones below 100,000 as they are, others with 3 digits and an SI letter. */
function shown(value) {
  if (value === null || value === undefined || value === "") return "-";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e5) return String(value);
  for (const [size, letter] of [[1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"]])
    if (Math.abs(value) >= size) return Number((value / size).toPrecision(3)) + " " + letter;
  return String(Number(value.toPrecision(3)));
}

function showTip(lines, x, y) {
  const tip = byId("tip");
  tip.hidden = !lines;
  if (!lines) return;
  tip.textContent = lines.join("\n");
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 8)) + "px";
  tip.style.top = Math.max(4, y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18) + "px";
}

/** Charts of the page by the id of their canvas. */
const CHARTS = {};
Chart.defaults.animation = false;
Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
Chart.defaults.color = "#5b6875";
Chart.defaults.maintainAspectRatio = false;
Chart.defaults.elements.point.hitRadius = 6;

/** Of marks in the same place, the one of the first dataset. */
const topmost = (found) => found.reduce((a, b) => b.datasetIndex < a.datasetIndex ? b : a);

/** A chart in the canvas `id`. tip(dataset, index) gives the lines under the pointer, pick(dataset, index) takes a click. */
function draw(id, config, tip, pick) {
  const options = config.options = config.options || {};
  options.interaction = options.interaction || {mode: "nearest", intersect: true};
  options.plugins = options.plugins || {};
  options.plugins.legend = options.plugins.legend || {display: config.data.datasets.length > 1, labels: {boxWidth: 12}};
  options.plugins.tooltip = {enabled: false, external: ({chart, tooltip}) => {
    const point = tooltip.opacity > 0 && tooltip.dataPoints && tooltip.dataPoints.length && topmost(tooltip.dataPoints);
    const box = chart.canvas.getBoundingClientRect();
    showTip(point && tip(point.datasetIndex, point.dataIndex), box.left + tooltip.caretX, box.top + tooltip.caretY);
  }};
  if (pick) options.onClick = (event, found) => { if (found.length) pick(topmost(found).datasetIndex, topmost(found).index); };
  return CHARTS[id] = new Chart(byId(id), config);
}

const axis = (text, more = {}) => Object.assign({title: {display: true, text}, ticks: {callback: (value) => shown(value)}}, more);

/** Rows of a table body; cells are text. */
function fillRows(body, rows, classOf = () => "") {
  body.replaceChildren(...rows.map((cells, index) => {
    const row = document.createElement("tr");
    row.className = classOf(index);
    for (const cell of cells) row.insertCell().textContent = cell;
    return row;
  }));
}
