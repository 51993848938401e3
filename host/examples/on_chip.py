# SPDX-License-Identifier: Apache-2.0
"""What the examples that learn share: networks as dictionaries, run on a machine of the package spikemesh.

They describe a network in the form of docs/network.md, with arrays as they are, and run it again and again: what one
run gives back, with what the chip learned, the next one takes.
"""
import argparse
import json
import pathlib
import sys
import tempfile

import numpy as np

TOP = pathlib.Path(__file__).resolve().parents[2]
try:
    import spikemesh as sm
except ImportError:  # not installed: as it was built in this tree
    sys.path.insert(0, str(TOP / "build/python"))
    import spikemesh as sm


def arguments(doc):
    """A parser with the options that say where an example runs."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", default="model", choices=("reference", "model", "rtl", "lockstep"))
    parser.add_argument("--config", default="default", help="build of the chip (default: default)")
    return parser


def positive(text):
    """Type of an option that is a count."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}, but at least 1 is needed")
    return int(text)


class Chip:
    """A machine that is given one network after the other."""

    def __init__(self, options, executor=None):
        self.executor = executor or options.executor
        self._machine = sm.Machine(self.executor, options.config)
        self.cycles = 0

    def run(self, network, inputs, steps, learning=None):
        """Runs `network` for `steps` steps from power-on. inputs: rows (step, population, neuron), in any order.

        Returns the recorded spikes {population: [n, 2] of step, neuron} and the network as it is after the run."""
        rows = {}
        for step, population, neuron in inputs:
            rows.setdefault(population, []).append((step, neuron))
        spikes = self._run(network, {name: sm.events(*np.array(each).T) for name, each in rows.items()}, learning,
                           lambda drive: self._machine.run(drive, steps))
        return {name: np.stack([spikes[name]["step"], spikes[name]["neuron"]], axis=1) for name in spikes}, self._learned()

    def run_samples(self, network, inputs, steps, learning):
        """The same for arrays [samples, steps, size] by population; each sample starts from V = 0, with the adaptive
        thresholds that it finds. Returns sm.Spikes."""
        spikes = self._run(network, inputs, learning,
                           lambda drive: self._machine.run_samples(drive, steps, clear="membrane"))
        return spikes, self._learned()

    def _run(self, network, inputs, learning, run):
        self._machine.load(sm.parse_network(json.dumps(network, default=lambda array: array.tolist())))
        if learning is not None:
            self._machine.learning = learning
        before = self._machine.stats()["cycles"]
        spikes = run(inputs)
        self.cycles += self._machine.stats()["cycles"] - before
        return spikes

    def _learned(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "learned.json"
            self._machine.learned().save(path, inline_limit=sys.maxsize)
            return json.loads(path.read_text(encoding="utf-8"))


def weights(network, source, target, rule):
    """Weights of the projection with that rule, in the order of its synapses."""
    return np.array(next(p["weight"] for p in network["projections"]
                         if (p["from"], p["to"], p.get("rule")) == (source, target, rule)), float)
