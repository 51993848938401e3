#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what a run left in its folder: spikes, V and I, weights as they learn (docs/run.md).

    plot_run.py FOLDER FILE.png

`spikemesh run --plot FILE.png` calls it; the ending may be any that matplotlib writes (png, svg, pdf). It draws with the plots of the
Python package (host/python/spikemesh/plot, which lies beside this file where it is installed), and reads the folder without the package.
"""
import csv
import json
import pathlib
import sys
import types

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).absolute().parent))  # also where this file is a link
import plot  # noqa: E402

EVENT = np.dtype([("sample", np.uint32), ("step", np.int64), ("neuron", np.uint32)])
SCALES = {"v": "v_scale", "i": "i_scale", "weight": "weight_scale"}


class Run(dict):
    """A folder that `spikemesh run` wrote, with what the plots want of spikemesh.Spikes: population -> events."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.config, stats = self.json("config.json"), self.json("stats.json")
        self.steps, self.samples, self.dt_ms, self.first_step = self.config["steps"], self.config["samples"], self.config["dt_ms"], 0
        self.sizes = {each["population"]: each["of"] for each in stats["recorded"]}
        self.recorded = {each["population"]: np.asarray(each.get("indices", range(each["of"]))) for each in stats["recorded"]}
        found = {name: [] for name in self.recorded}
        with open(self.folder / "spikes.csv", newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found[row["population"]].append((int(row["sample"]), int(row["step"]), int(row["neuron"])))
        super().__init__({name: np.array(rows, EVENT) for name, rows in found.items()})
        recorded = self.folder / "record.json"
        self.traces = {each["probe"]: self.trace(each) for each in self.json("record.json")["traces"]} if recorded.exists() else {}

    def json(self, name):
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def trace(self, entry):
        """What the plots want of spikemesh.Trace."""
        values = np.load(self.folder / entry["file"])
        scale = entry.get(SCALES[entry["quantity"]])
        each = {key: np.broadcast_to(entry[key], values.shape[2]) for key in ("v_rest", "v_threshold") if key in entry}

        def in_units(raw):
            return raw / (np.asarray(scale) if scale is not None else 1) + each.get("v_rest", 0)

        begin = np.load(self.folder / entry["begin"]) if "begin" in entry else None
        steps = entry["first_step"] + max(1, entry["every_steps"]) * np.arange(values.shape[1])
        return types.SimpleNamespace(
            quantity=entry["quantity"], population=entry["population"], from_=entry.get("from"), values=values, in_units=in_units(values),
            begin_in_units=None if begin is None else in_units(begin), neurons=np.asarray(entry.get("neurons", [])), steps=steps,
            times_ms=(steps + 1) * self.dt_ms, dt_ms=self.dt_ms, v_threshold=each.get("v_threshold"), has_units=scale is not None)


def draw(folder, target):
    """Raises ValueError where there is nothing to draw, OSError where the file cannot be written."""
    run = Run(folder)
    network = pathlib.Path(run.config["network"]).name
    try:
        plot.save(run, target, f"{network} on {run.config['executor']}")
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None


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
