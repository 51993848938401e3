#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Says what a chip must answer: runs a network file and input spikes through spiking.py, without a chip.

    expect.py network.json inputs.csv --steps 26 spikes.csv

Every sample starts from rest and takes --steps steps. spikes.csv holds the spikes of recorded populations,
sample,step,population,neuron, ordered by sample, step, population and neuron: a run's spikes, sorted alike,
must be the same bytes. Reads networks as spiking.py writes them: raw integers, dense or one_to_one.
"""
import argparse
import csv

import numpy as np

import spiking


def read_inputs(path, net, steps):
    """{population: [samples, steps, neurons]}"""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        spikes = []
        for row in rows:
            try:
                spike = (row["population"], int(row.get("sample", 0)), int(row["step"]), int(row["neuron"]),
                         int(row.get("count", 1)))
                size = net.populations[spike[0]].size
                inside = spike[1] >= 0 and 0 <= spike[2] < steps and 0 <= spike[3] < size
            except (KeyError, ValueError, TypeError):
                inside = False
            if not inside:
                raise SystemExit(f"{path}: line {rows.line_num}: {dict(row)} is no spike of an input of this network "
                                 f"before step {steps}")
            spikes.append(spike)
    if not spikes:
        raise SystemExit(f"{path}: no spikes; there is nothing to expect of silence")
    samples = 1 + max(spike[1] for spike in spikes)
    inputs = {name: np.zeros((samples, steps, p.size), dtype=np.int64) for name, p in net.populations.items() if p.input}
    for name, sample, step, neuron, count in spikes:
        inputs[name][sample, step, neuron] += count
    return inputs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network")
    parser.add_argument("inputs")
    parser.add_argument("spikes")
    parser.add_argument("--steps", type=int, required=True, help="steps of a sample")
    arguments = parser.parse_args()
    net = spiking.Network.read(arguments.network)
    fired = net.run(read_inputs(arguments.inputs, net, arguments.steps), arguments.steps)
    spikes = [(sample, step, name, neuron) for name, spikes in fired.items() if net.populations[name].record
              for sample, step, neuron in np.argwhere(spikes)]
    with open(arguments.spikes, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("sample", "step", "population", "neuron"))
        rows.writerows(sorted(spikes))
    print(f"{arguments.spikes}: {len(spikes)} spikes")


if __name__ == "__main__":
    main()
