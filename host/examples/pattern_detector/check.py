#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless detectors of one pattern never err, those of several do as theory says, and executors agree.

Reference and model run one detector of each kind; the RTL of the build `tiny` two small ones, equal to the reference
in every spike, weight and threshold.
"""
import copy
import sys

import numpy as np

import pattern_detector
from pattern_detector import detector, on_chip

SHARED = (0, 2, 6, 12)  # for none of these the drive is near 0
GOOD, BLIND = 0.95, 0.5


def works(number, shared):
    """Whether the drive of a pattern is above 0: weights go with the share of the patterns that have the bit."""
    own = pattern_detector.BITS - shared
    return shared + own * (2 / number - 1) > 0.5


def kinds(options, executor):
    chip = on_chip.Chip(options, executor)
    _, _, perfect = pattern_detector.single(chip, 1)
    if not perfect.all():
        yield f"{executor}: {np.sum(~perfect)} detectors of one pattern gave a wrong answer"
    for (number, shared), scores in pattern_detector.several(chip, 1, shares=SHARED).items():
        score = scores.mean()
        right = score == 1 if number == 1 else score >= GOOD if works(number, shared) else score == BLIND
        if not right:
            yield f"{executor}: {number} patterns that share {shared} bits: accuracy {score}"


def small(options, executor):
    """Two detectors that fit the smallest chip."""
    tiny = copy.copy(options)
    tiny.config = "tiny"
    random = np.random.default_rng(pattern_detector.SEED)
    trials = [pattern_detector.single_trial(random, size, 24) for size in (6, 12)]
    return trials, detector.run(on_chip.Chip(tiny, executor), trials)


def same(options):
    trials, wanted = small(options, "reference")
    _, got = small(options, "rtl")
    for name in ("settling", "weights", "thresholds", "answers"):
        if not np.array_equal(getattr(got, name), getattr(wanted, name)):
            yield f"rtl and reference: {name} differ: {getattr(got, name)} and {getattr(wanted, name)}"
    if not np.array_equal(got.answers.T, [trial.wanted for trial in trials]):
        yield "rtl: a detector of one pattern gave a wrong answer"


def main():
    options = on_chip.arguments(__doc__).parse_args()
    wrong = [*kinds(options, "reference"), *kinds(options, "model"), *same(options)]
    if wrong:
        sys.exit("\n".join(wrong))
    print("detectors of one pattern never err; the RTL of two gives every spike, weight and threshold of the reference")


if __name__ == "__main__":
    main()
