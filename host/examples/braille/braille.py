#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a published network of braille letters and compares its hidden layer, bit by bit, with what was published."""
import argparse
import pathlib
import sys

import numpy as np

import spikemesh as sm

DATA = pathlib.Path(__file__).resolve().parent / "data"
HIDDEN = "lif1.lif"  # the node of the graph whose activity was published
LABEL = 1  # of the reading


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("executor", nargs="?", default="reference", choices=("reference", "model", "rtl", "lockstep"))
    parser.add_argument("--config", default="default", help="build of the chip (default: %(default)s)")
    arguments = parser.parse_args()
    reading = np.load(DATA / "braille_sample0_input.npy")
    published = np.load(DATA / "braille_bias_zero.snntorch_activity.npy")

    imported = sm.from_nir(DATA / "braille_bias_zero.nir", dt=1e-4)
    imported.network.record(HIDDEN)
    steps = len(reading)
    spikes = sm.run(imported.network, imported.encode(reading), steps + imported.shift, executor=arguments.executor,
                    config=arguments.config)

    first = imported.shifts[HIDDEN]  # the chip is later by one step a layer
    hidden = spikes.dense(HIDDEN)[0, first:first + steps]
    wrong = np.count_nonzero(hidden != published)
    letters = imported.decode(spikes)["output"][0].sum(axis=0)
    print(f"{wrong} of {published.size} hidden spike bits differ on {arguments.executor} ({hidden.sum()} spikes, published "
          f"{published.sum():.0f}); output spikes {letters.tolist()}, label {LABEL}")
    if wrong or np.argmax(letters) != LABEL:
        sys.exit("braille.py: this is not the published result")


if __name__ == "__main__":
    main()
