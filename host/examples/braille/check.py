#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares a run's hidden spikes with the published ones, bit by bit.

    check.py spikes.csv      of a run of what convert.py wrote

Ends with 1 when any of the 256 x 38 bits differs, or when the most active output neuron is not the
reading's label.
"""
import argparse
import csv
import sys

import numpy as np

import braille

SHOWN = 10
SIZES = {"hidden": 38, "letter": 7}
STEPS = braille.STEPS + braille.OUTPUT_SHIFT


def read(path):
    """{population: [STEPS, neurons]} of a run's spikes."""
    fired = {name: np.zeros((STEPS, size), dtype=int) for name, size in SIZES.items()}
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        for row in rows:
            try:
                fired[row["population"]][int(row["step"]), int(row["neuron"])] += 1
            except (KeyError, ValueError, IndexError, TypeError):
                raise SystemExit(f"{path}: line {rows.line_num}: {dict(row)} is no spike of this network; run what "
                                 f"convert.py wrote for {STEPS} steps") from None
    return fired


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spikes")
    path = parser.parse_args().spikes
    try:
        wanted = braille.activity()
        fired = read(path)
    except FileNotFoundError as error:
        raise SystemExit(f"check.py: {error}") from error
    got = fired["hidden"][braille.HIDDEN_SHIFT:braille.HIDDEN_SHIFT + braille.STEPS]
    wrong = np.argwhere(got != wanted)
    for step, neuron in wrong[:SHOWN]:
        print(f"step {step} (of the run: {step + braille.HIDDEN_SHIFT}), neuron {neuron}: "
              f"{got[step, neuron]} spikes, published {wanted[step, neuron]}")
    letters = fired["letter"].sum(axis=0)
    print(f"{len(wrong)} of {wanted.size} hidden spike bits differ ({got.sum()} spikes, published {wanted.sum()}); "
          f"output spikes {letters.tolist()}, label {braille.LABEL}")
    if len(wrong) or np.argmax(letters) != braille.LABEL:
        sys.exit("check.py: not the published result")


if __name__ == "__main__":
    main()
