#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless the STDP windows of the chip are within one weight unit of their formulas, and the same everywhere.

Every difference from -50 to 50 steps on reference and model, eight of them on the RTL of the build `tiny`.
"""
import copy
import sys

import numpy as np

import stdp_window
from stdp_window import RULES, on_chip

SHOWN = 10
FEW = (-50, -20, -1, 0), (1, 2, 20, 50)  # the build has 16 neurons: four differences at a time


def far_off(changes, differences):
    """Lines about changes that are above one weight unit from their formula."""
    for rule in RULES:
        for difference, change, wanted in zip(differences, changes[rule], rule.formula(differences)):
            if not abs(change - wanted) <= 1:
                yield f"{rule.name}, {difference} steps: changed by {change:g}, the formula says {wanted:.2f}"


def main():
    options = on_chip.arguments(__doc__).parse_args()
    tiny = copy.copy(options)
    tiny.config = "tiny"
    every = list(range(-stdp_window.WIDEST, stdp_window.WIDEST + 1))
    runs = [("reference", options, every), ("model", options, every), *(("rtl", tiny, list(few)) for few in FEW)]
    first, wrong = None, []
    for executor, where, differences in runs:
        changes = stdp_window.measure(on_chip.Chip(where, executor), differences)
        wrong += [f"{executor}: {line}" for line in far_off(changes, differences)]
        first = first or changes
        for rule in RULES:
            same = first[rule][[every.index(d) for d in differences]]
            if not np.array_equal(changes[rule], same):
                wrong.append(f"{executor}: {rule.name}: {changes[rule]}, but the reference says {same}")
    if wrong:
        sys.exit("\n".join([*wrong[:SHOWN], f"check.py: {len(wrong)} weight changes are wrong"]))
    print(f"{len(RULES)} windows: {len(every)} differences on reference and model, {sum(map(len, FEW))} on RTL, "
          "equal, and within one weight unit of the formula")


if __name__ == "__main__":
    main()
