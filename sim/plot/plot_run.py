#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what a run left in its folder: spikes, V and I, weights as they learn (docs/run.md).

    plot_run.py FOLDER FILE.png

`spikemesh run --plot FILE.png` calls it; the ending may be any that matplotlib writes (png, svg, pdf).
"""
import csv
import json
import os
import pathlib
import sys

import matplotlib  # type: ignore[import-not-found]
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg  # type: ignore[import-not-found]
from matplotlib.figure import Figure  # type: ignore[import-not-found]
from matplotlib.ticker import MaxNLocator  # type: ignore[import-not-found]

WIDTH, TRACE_HEIGHT = 10, 1.9  # inches
RASTER_HEIGHTS = 1.2, 4.0      # of a population: least, most; 40 neurons an inch between
MOST_LINES = 8                 # neurons of a trace that are drawn
MOST_BORDERS = 40              # samples whose begin is marked
STYLE = {"svg.fonttype": "none"}  # text stays text
COLOURS = matplotlib.rcParams["axes.prop_cycle"].by_key()["color"]


class Run:
    """A folder that `spikemesh run` wrote."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.config, self.stats = self.json("config.json"), self.json("stats.json")
        self.steps, self.samples = self.config["steps"], self.config["samples"]
        recorded = self.folder / "record.json"
        self.traces = self.json("record.json")["traces"] if recorded.exists() else []

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def spikes(self):
        """By population: places in time, neurons."""
        found = {}
        with open(self.folder / "spikes.csv", newline="", encoding="utf-8") as file:
            rows = csv.reader(file)
            next(rows)
            for sample, step, population, neuron in rows:
                times, neurons = found.setdefault(population, ([], []))
                times.append(int(sample) * self.steps + int(step))
                neurons.append(int(neuron))
        return found

    def values(self, trace):
        """Rows of all samples, one after another: places in time, values [row, column]."""
        values = np.load(self.folder / trace["file"])
        rows = trace["first_step"] + max(1, trace["every_steps"]) * np.arange(values.shape[1])
        times = (np.arange(len(values))[:, None] * self.steps + rows).ravel()
        return times, values.reshape(len(times), -1)


def legend(axis, columns):
    """Above the axis, on the right: what stands on the left is the title."""
    axis.legend(ncol=columns, fontsize=8, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=0.1,
                frameon=False, handlelength=1.2, columnspacing=1.2)


def draw_raster(axis, population, spikes, colour, height):
    times, neurons = spikes.get(population["population"], ([], []))
    whole = population["neurons"] == population["of"]
    first, last = (0, population["of"] - 1) if whole or not neurons else (min(neurons), max(neurons))
    size = 72 * height / (last - first + 1)  # points a neuron
    if size > 1.5 and len(times) < 50_000:
        axis.plot(times, neurons, "|", markersize=max(3, min(0.8 * size, 9)), color=colour, markeredgewidth=1)
    else:
        room = 72 * (WIDTH * height / max(1, len(times))) ** 0.5  # points a spike, each way
        axis.plot(times, neurons, ".", markersize=max(0.8, min(room, 4)), color=colour, markeredgewidth=0)
    axis.set_ylim(first - 0.5, last + 0.5)
    axis.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_ylabel("neuron")
    what = "all neurons" if whole else f"{population['neurons']} of {population['of']} neurons recorded"
    axis.set_title(f"spikes of {population['population']}: {len(times)} ({what})", loc="left", fontsize=10)


def draw_state(axis, run, trace):
    """V or I of the first few neurons, in the author's unit where the population has one."""
    times, values = run.values(trace)
    scale = trace.get("v_scale", 0)  # one number, or one for each neuron
    each = np.broadcast_to(scale or 1, len(trace["neurons"]))
    shown = trace["neurons"][:MOST_LINES]
    rows = trace["shape"][1]
    if len(times) > rows > 1:  # no line from the end of a sample to the begin of the next
        ends = np.arange(rows, len(times), rows)
        times, values = np.insert(times.astype(float), ends, np.nan), np.insert(values.astype(float), ends, np.nan, axis=0)
    for column, neuron in enumerate(shown):
        axis.plot(times, values[:, column] / each[column], linewidth=1, marker="." if len(times) < 60 or rows == 1 else None,
                  label=f"{trace['population']}[{neuron}]" if column == 0 else f"[{neuron}]")
    quantity = trace["quantity"].upper()
    axis.set_ylabel(f"{quantity} (raw)" if not scale else "V - rest (unit of v)" if quantity == "V" else "I (unit of v)")
    more = f", {len(shown)} of {len(trace['neurons'])} recorded neurons" if len(shown) < len(trace["neurons"]) else ""
    every = trace["every_steps"]
    when = "at the end of each sample" if every == 0 else f"every {every} steps" if every > 1 else "every step"
    axis.set_title(f"{quantity} of {trace['population']}, {when}{more}", loc="left", fontsize=10)
    legend(axis, MOST_LINES)


def draw_weights(axis, run, trace):
    """The learning curve: mean and spread of weights, and how far they are from where they began."""
    times, values = run.values(trace)
    begin = np.load(run.folder / trace["begin"])
    times, values = np.insert(times + 1, 0, 0), np.insert(values, 0, begin, axis=0)
    low, high = np.percentile(values, [10, 90], axis=1)
    marker = "." if len(times) < 60 else None
    axis.fill_between(times, low, high, alpha=0.2, label="10 to 90 % of synapses")
    axis.plot(times, values.mean(axis=1), marker=marker, label="mean weight")
    axis.plot(times, np.abs(values - begin).mean(axis=1), color=COLOURS[1], marker=marker, label="mean |change| since the start")
    axis.set_ylabel("weight (raw)")
    axis.set_title(f"learning: {values.shape[1]} weights from {trace['from']} to {trace['population']}", loc="left", fontsize=10)
    legend(axis, 3)


def label_time(axes, run):
    if 1 < run.samples <= MOST_BORDERS:
        for axis in axes:
            for sample in range(1, run.samples):
                axis.axvline(sample * run.steps - 0.5, color="0.8", linewidth=0.8, zorder=0)
    samples = f"; {run.samples} samples of {run.steps} steps, one after another" if run.samples > 1 else ""
    axes[-1].set_xlabel(f"step (of {run.config['dt_ms']:g} ms){samples}")
    axes[-1].set_xlim(-0.5, run.steps * run.samples + 0.5)


def draw(folder, target):
    """Raises ValueError where there is nothing to draw, OSError where the file cannot be written."""
    run = Run(folder)
    spikes = run.spikes()
    rasters = run.stats["recorded"]
    if not rasters and not run.traces:
        raise ValueError(f"{folder}: nothing was recorded, so there is nothing to draw; give a population record, or run with --record")
    least, most = RASTER_HEIGHTS
    heights = [min(most if spikes.get(population["population"]) else least, max(least, population["of"] / 40))
               for population in rasters] + [TRACE_HEIGHT] * len(run.traces)
    figure = Figure(layout="constrained", figsize=(WIDTH, sum(heights) + 0.35 * len(heights) + 0.9))
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    for number, (axis, population) in enumerate(zip(axes, rasters)):
        draw_raster(axis, population, spikes, COLOURS[number % len(COLOURS)], heights[number])
    for axis, trace in zip(axes[len(rasters):], run.traces):
        (draw_weights if trace["quantity"] == "weight" else draw_state)(axis, run, trace)
    label_time(axes, run)
    network = pathlib.Path(run.config["network"]).name
    figure.suptitle(f"{network} on {run.config['executor']}", fontsize=12)
    figure.align_ylabels(axes)
    save(figure, pathlib.Path(target))


def save(figure, target):
    """The file is whole, or what it was."""
    part = target.with_name(f".{os.getpid()}.part{target.suffix}")
    try:
        with matplotlib.rc_context(STYLE):
            figure.savefig(part, dpi=100, metadata={"Software": None} if target.suffix == ".png" else None)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def main(folder, target):
    try:
        draw(folder, target)
    except ValueError as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{target}: {error.strerror or error}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
