#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains on the first images with several executors and compares spikes, weights and adaptive thresholds.

    slice.py supervised|unsupervised EXECUTOR EXECUTOR... [--images 50] [--config ecp5]

Ends with 1 where one bit differs from the first executor.
"""
import argparse
import sys

import numpy as np

import learn
import network as net
from learn import on_chip
from network import coding

SEED = 1


def trained(mode, executor, arguments):
    """What one epoch gives: rows of spikes, weights, adaptive thresholds."""
    train_x, train_y, _, _ = coding.split()
    learner = learn.Learner(on_chip.Chip(arguments, executor), mode == "supervised", SEED, epochs=1)
    spikes = learner.epoch(0, train_x[:arguments.images], train_y[:arguments.images])
    thresholds = np.asarray(net.population(learner.network, "exc")["adapt"])
    return {"spikes": spikes, "weights": net.weights(learner.network), "adaptive thresholds": thresholds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=("unsupervised", "supervised"))
    parser.add_argument("executors", nargs="+")
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--config", default="ecp5", help="build of the chip (default ecp5)")
    arguments = parser.parse_args()
    first, *others = arguments.executors
    want, drawn = trained(arguments.mode, first, arguments), net.weights(net.build(SEED))
    changed = int(np.sum(want["weights"] != drawn))
    if not changed or not len(want["spikes"]) or not others:
        sys.exit(f"slice.py: {changed} weights changed, {len(want['spikes'])} spikes, {len(others)} executors beside "
                 f"{first}: nothing was compared; give more images or executors")
    for executor in others:
        have = trained(arguments.mode, executor, arguments)
        differ = [name for name, values in want.items() if not np.array_equal(values, have[name])]
        if differ:
            sys.exit(f"slice.py: {first} and {executor} differ in {', '.join(differ)}")
    print(f"{arguments.images} images: {len(want['spikes'])} spikes, {changed} changed weights of {drawn.size} and "
          f"{net.EXC} adaptive thresholds are the same in {', '.join(arguments.executors)}")


if __name__ == "__main__":
    main()
