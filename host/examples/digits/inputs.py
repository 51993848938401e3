#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes test images as input spikes, and their labels beside them.

    inputs.py [--first 0] [--count 594] [--set test|train] inputs.csv labels.csv

inputs.csv has the columns sample,step,population,neuron; labels.csv has sample,label.
"""
import argparse
import csv

import numpy as np

import coding


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("inputs")
    parser.add_argument("labels")
    parser.add_argument("--first", type=int, default=0, help="first image of the set (default 0)")
    parser.add_argument("--count", type=int, help="how many images (default: all that follow)")
    parser.add_argument("--set", choices=("test", "train"), default="test")
    arguments = parser.parse_args()
    train_x, train_y, test_x, test_y = coding.split()
    images, labels = (test_x, test_y) if arguments.set == "test" else (train_x, train_y)
    last = len(images) if arguments.count is None else arguments.first + arguments.count
    if not 0 <= arguments.first < last <= len(images):
        parser.error(f"images {arguments.first}..{last - 1} asked for, but the {arguments.set} set has "
                     f"0..{len(images) - 1}: change --first or --count")
    spikes = coding.spikes(images[arguments.first:last])
    with open(arguments.inputs, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("sample", "step", "population", "neuron"))
        rows.writerows((sample, step, "pixel", neuron) for sample, step, neuron in np.argwhere(spikes))
    with open(arguments.labels, "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("sample", "label"))
        rows.writerows(enumerate(labels[arguments.first:last]))
    print(f"{last - arguments.first} images, {spikes.sum()} spikes; run {coding.STEPS} steps a sample")


if __name__ == "__main__":
    main()
