#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores a run: compares the most active output neuron of each image with its label.

    score.py [--at-least 95] spikes.csv labels.csv

Prints the share of right answers and who was taken for whom. Ends with 1 below --at-least per cent.
An image without any output spike has no answer, which is wrong.
"""
import argparse
import csv
import sys

import numpy as np

import coding

OUTPUT = "digit"


def read(path, columns):
    """Rows of the named columns; says which file and line is broken."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = [c for c in columns if c not in (rows.fieldnames or ())]
        if missing:
            raise SystemExit(f"{path}: line 1: no column {', '.join(missing)}; the columns {', '.join(columns)} are needed")
        return [(rows.line_num, row) for row in rows]


def number(path, line, row, column, limit):
    try:
        value = int(row[column])
    except (TypeError, ValueError):
        value = -1
    if not 0 <= value < limit:
        raise SystemExit(f"{path}: line {line}: {column} is {row[column]!r}, a number from 0 to {limit - 1} is needed")
    return value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spikes")
    parser.add_argument("labels")
    parser.add_argument("--at-least", type=float, default=0, help="per cent that must be right")
    arguments = parser.parse_args()
    rows = read(arguments.labels, ("sample", "label"))
    if not rows:
        raise SystemExit(f"{arguments.labels}: no labels; write them with inputs.py")
    labels = np.zeros(len(rows), dtype=int)
    for line, row in rows:
        labels[number(arguments.labels, line, row, "sample", len(rows))] = number(arguments.labels, line, row, "label",
                                                                                  coding.CLASSES)
    counts = np.zeros((len(rows), coding.CLASSES), dtype=int)
    for line, row in read(arguments.spikes, ("sample", "population", "neuron")):
        if row["population"] == OUTPUT:
            counts[number(arguments.spikes, line, row, "sample", len(rows)),
                   number(arguments.spikes, line, row, "neuron", coding.CLASSES)] += 1
    answers = np.where(counts.any(axis=1), coding.label(counts), -1)
    print("label | answered 0 to 9, and not at all")
    for label in range(coding.CLASSES):
        taken = answers[labels == label]
        table = [np.sum(taken == answer) for answer in (*range(coding.CLASSES), -1)]
        print(f"{label:5d} | " + " ".join(f"{n:4d}" if n else "   ." for n in table))
    right = int(np.sum(answers == labels))
    percent = 100 * right / len(labels)
    print(f"{right} of {len(labels)} images right: {percent:.2f} %; {counts.sum() / len(labels):.1f} output spikes an image")
    if percent < arguments.at_least:
        sys.exit(f"score.py: {percent:.2f} % are fewer than the {arguments.at_least:g} % asked for")


if __name__ == "__main__":
    main()
