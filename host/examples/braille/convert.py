#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the published braille network (NIR, HDF5) and one reading into a network file and input spikes.

    convert.py FOLDER        writes network.json, its arrays and inputs.csv there

The original computes, each step of dt, with the sum x of all that arrives and its bias:

    i = (1 - dt/tau_syn) i + w_in dt/tau_syn x        v = (1 - dt/tau_mem) v + r dt/tau_mem i

The chip has no factor at x or i, so both go into the weights, with the threshold at 2^12. A neuron whose
largest weight then leaves 16 bits takes its weights halved and its accumulator doubled (gain 1).
A bias is a synapse from a neuron that fires in every step: as the chip's own bias it would already act in
step 0, one step before the first input can.
"""
import argparse
import csv
import pathlib
import sys

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import braille
import spiking

DT = 1e-4
DECAY_BITS = 12
THETA = 2**12
WEIGHT_MAX = 2**15 - 1


class Layer:
    """A CubaLIF node: its neurons in integers, and what turns a weight into one."""

    def __init__(self, node):
        if node["type"][()] != b"CubaLIF" or np.any(node["v_leak"][()] != 0):
            raise SystemExit(f"{node.name}: a CubaLIF node with v_leak 0 is needed")
        self.decay_i = np.round((1 - DT / node["tau_syn"][()]) * 2**DECAY_BITS).astype(int)
        self.decay_v = np.round((1 - DT / node["tau_mem"][()]) * 2**DECAY_BITS).astype(int)
        self.scale = (node["w_in"][()] * DT / node["tau_syn"][()] * node["r"][()] * DT / node["tau_mem"][()]
                      * THETA / node["v_threshold"][()])
        self.gain = np.zeros(len(self.scale), dtype=int)

    def fit(self, arriving):
        """Chooses each neuron's gain; `arriving` are float weights and biases, [source, neuron]."""
        largest = np.abs(np.concatenate(arriving) * self.scale).max(axis=0)
        while np.any(over := np.round(largest / 2**self.gain) > WEIGHT_MAX):
            self.gain += over

    def integers(self, weights):
        return np.round(weights * self.scale / 2**self.gain).astype(int)

    def population(self):
        return spiking.Population(len(self.scale), record=True, theta=THETA, gain=self.gain, decay_i=self.decay_i,
                                  decay_v=self.decay_v)


def affine(node):
    """Weights as [source, target], and the bias as those of one more source."""
    return node["weight"][()].astype(float).T, node["bias"][()].astype(float)[None, :]


def convert(file):
    nodes = file["node/nodes"]
    first, first_bias = affine(nodes["fc1"])
    again, again_bias = affine(nodes["lif1.w_rec"])
    second, second_bias = affine(nodes["fc2"])
    hidden, output = Layer(nodes["lif1.lif"]), Layer(nodes["lif2"])
    hidden.fit((first, again, first_bias + again_bias))
    output.fit((second, second_bias))

    net = spiking.Network(DT * 1e3, DECAY_BITS)
    net.populations["sensor"] = spiking.Population(len(first), input=True)
    net.populations["one"] = spiking.Population(1, bias=1)
    net.populations["hidden"] = hidden.population()
    net.populations["letter"] = output.population()
    net.connect("sensor", "hidden", hidden.integers(first))
    net.connect("hidden", "hidden", hidden.integers(again))
    net.connect("one", "hidden", hidden.integers(first_bias + again_bias), braille.HIDDEN_SHIFT)
    net.connect("hidden", "letter", output.integers(second))
    net.connect("one", "letter", output.integers(second_bias), braille.OUTPUT_SHIFT)
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    try:
        with h5py.File(braille.data("braille_bias_zero.nir"), "r") as file:
            net = convert(file)
        reading = braille.reading()
    except FileNotFoundError as error:
        raise SystemExit(f"convert.py: {error}") from error
    folder.mkdir(parents=True, exist_ok=True)
    net.write(folder / "network.json")
    with open(folder / "inputs.csv", "w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("sample", "step", "population", "neuron"))
        rows.writerows((0, step, "sensor", channel) for step, channel in np.argwhere(reading))
    print(f"{folder}: {net.synapses()} synapses, {reading.sum()} input spikes; "
          f"run {braille.STEPS + braille.OUTPUT_SHIFT} steps")


if __name__ == "__main__":
    main()
