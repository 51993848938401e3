#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The worked vectors of docs/arithmetic.md are what the restatement computes.

    page.py ARITHMETIC_PAGE
"""
import pathlib
import re
import sys

import numpy as np

from chip import Neurons

PARAMETER = {"a": "decay_i", "b": "decay_v", "k": "decay_adapt", "r": "refractory"}


def values(cell):
    found = re.fullmatch(r"`(.*)`", cell.strip())
    return {name: int(value) for name, value in (word.split("=") for word in found[1].split())} if found else {}


def rows(page):
    table = page.split("| edge | given | becomes |\n")[1].split("\n\n")[0].splitlines()[1:]
    for line in table:
        edge, given, becomes = line.strip("| ").split(" | ")
        yield edge, values(given), values(becomes)


def restated(given):
    take = dict(given)
    parameters = dict.fromkeys(Neurons.PARAMETERS, 0)
    state = {name: take.pop(name, 0) for name in ("V", "I", "left", "adapt")}
    acc, due, bits = take.pop("acc", 0), take.pop("due", 0), take.pop("DecayBits", 12)
    for name, value in take.items():
        parameters[PARAMETER.get(name, name)] = value
    if set(parameters) != set(Neurons.PARAMETERS):
        sys.exit(f"{given}: a name that means nothing")
    neuron = Neurons({name: np.array([value]) for name, value in parameters.items()}, bits)
    neuron.v[0], neuron.i[0], neuron.left[0], neuron.adapt[0] = state.values()
    neuron.seen = {}
    spike = neuron.update(np.array([acc]), due)
    clipped = any(count for what, count in neuron.seen.items() if what.endswith("clipped"))
    all_of = {"V": neuron.v[0], "I": neuron.i[0], "left": neuron.left[0], "adapt": neuron.adapt[0],
              "spike": spike[0], "saturated": clipped}
    return {name: int(value) for name, value in all_of.items() if value}


def main():
    count = 0
    for edge, given, becomes in rows(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")):
        if restated(given) != becomes:
            sys.exit(f"{edge}: {restated(given)}, but the page says {becomes}")
        count += 1
    print(f"{count} vectors hold")
    sys.exit(count < 26)


if __name__ == "__main__":
    main()
