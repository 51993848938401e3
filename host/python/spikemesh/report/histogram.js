// SPDX-License-Identifier: Apache-2.0
// Distributions, as the pages of runs draw them.
"use strict";

/** Bars of a histogram [[value, count], ...], in at most 60 bins. */
function bins(rows) {
  if (!rows.length) return [];
  const low = rows[0][0], width = Math.max(1, Math.ceil((rows[rows.length - 1][0] - low + 1) / 60));
  const out = [];
  for (const [value, count] of rows) {
    const at = Math.floor((value - low) / width);
    while (out.length <= at) out.push({from: low + out.length * width, to: low + (out.length + 1) * width - 1, count: 0});
    out[at].count += count;
  }
  return out;
}
/** A chart of them: `what` is counted, values have the unit `unit`. */
function histogram(id, rows, label, what, unit) {
  const bars = bins(rows);
  draw(id, {type: "bar", data: {labels: bars.map((b) => b.from), datasets: [{data: bars.map((b) => b.count), backgroundColor: COLOURS[0], barPercentage: 1, categoryPercentage: 0.95}]},
    options: {interaction: {mode: "index", intersect: false}, scales: {x: axis(label, {ticks: {maxTicksLimit: 10}}), y: axis(what, {type: "logarithmic", min: 0.5})}}},
    (_, i) => [bars[i].from === bars[i].to ? `${bars[i].from} ${unit}` : `${bars[i].from} to ${bars[i].to} ${unit}`, `${shown(bars[i].count)} ${what}`]);
}
