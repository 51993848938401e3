# SPDX-License-Identifier: Apache-2.0
"""Runs network files with the program `spikemesh` and reads back what the chip learned.

Examples that learn describe a network as a dictionary in the form of docs/network.md, with arrays as they are,
and run it again and again: what one run saves, the next one loads.
"""
import argparse
import collections
import csv
import json
import os
import pathlib
import subprocess

import numpy as np

TOP = pathlib.Path(__file__).resolve().parents[2]


def arguments(doc, out):
    """A parser with the options that say where an example runs; `out` is its folder below build/."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=TOP / "build/bin/spikemesh", help="default: that of build/")
    parser.add_argument("--executor", default="model", choices=("reference", "model", "rtl", "lockstep"))
    parser.add_argument("--config", default="default", help="build of the chip (default: default)")
    parser.add_argument("--out", type=pathlib.Path, default=TOP / "build" / out, help="folder for what the runs write")
    return parser


def positive(text):
    """Type of an option that is a count."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}, but at least 1 is needed")
    return int(text)


class Chip:
    """The program and what it is asked to run networks on."""

    def __init__(self, options, executor=None):
        self.executor = executor or options.executor
        self._program, self._config = pathlib.Path(options.program), options.config
        if not self._program.is_file():
            raise SystemExit(f"{self._program}: no such file; ./bootstrap build makes the program, or say with --program "
                             "where it is")
        self._out = options.out / self.executor
        self.cycles = 0

    def run(self, name, network, inputs, steps, *options):
        """Runs `network` (a dictionary, or the file that an earlier run saved) for `steps` steps from power-on.

        inputs: rows (step, population, neuron), in any order. Files go to the folder `name`. Returns the recorded spikes
        {population: [n, 2] of step, neuron} and the path of the network as it is after the run.
        """
        out = self._out / name
        out.mkdir(parents=True, exist_ok=True)
        if isinstance(network, dict):
            network = write(network, out / "network.json")
        with open(out / "inputs.csv", "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("step", "population", "neuron"))
            rows.writerows(inputs)
        command = [self._program, "run", network, "--input", out / "inputs.csv", "--steps", steps, "--clear", "none",
                   "--executor", self.executor, "--config", self._config, "--out", out,
                   "--save-network", out / "learned.json", *options]
        ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=False,
                             env={**os.environ, "SYSTEMC_DISABLE_COPYRIGHT_MESSAGE": "1"})
        if ran.returncode != 0:
            raise SystemExit(f"{' '.join(str(word) for word in command)}\nended with {ran.returncode}")
        self.cycles += json.loads((out / "stats.json").read_text(encoding="utf-8"))["cycles"]
        return read_spikes(out / "spikes.csv"), out / "learned.json"


def write(network, path):
    """Writes a network file; arrays stand in it as lists."""
    path.write_text(json.dumps(network, default=lambda array: array.tolist()) + "\n", encoding="utf-8")
    return path


def read_spikes(path):
    """{population: [n, 2] of step, neuron}, in the order of the file; of one that did not fire [0, 2]."""
    spikes = {}
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            spikes.setdefault(row["population"], []).append((int(row["step"]), int(row["neuron"])))
    silent = np.zeros((0, 2), int)
    return collections.defaultdict(lambda: silent, {name: np.array(rows) for name, rows in spikes.items()})


def array(path, value):
    """A list of a network file, or what it names beside the file."""
    return np.load(path.parent / value["npy"]) if isinstance(value, dict) else np.array(value, dtype=float)


def weights(path, source, target, rule):
    """Weights of the projection with that rule in a network file, in the order of its synapses."""
    for projection in json.loads(path.read_text(encoding="utf-8"))["projections"]:
        if (projection["from"], projection["to"], projection.get("rule")) == (source, target, rule):
            return array(path, projection["weight"])
    raise SystemExit(f"{path}: no projection from {source} to {target} with the rule {rule}")
