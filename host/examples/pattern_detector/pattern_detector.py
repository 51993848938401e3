#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Teaches detectors of spatial patterns on the chip and tests them: one pattern a detector, then several.

    pattern_detector.py [--executor model|rtl|...] [--trials 5] [--plot pattern_detector.png]

Ends with 1 if a detector of one pattern gave a wrong answer.
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import detector  # noqa: E402
import on_chip  # noqa: E402  beside this folder

SEED = 1
INPUTS = 64
SIZES = (8, 12, 16, 20, 24)          # bits of a pattern, where a detector learns one
BITS = 16                            # of a pattern, where its number varies
NUMBERS = (1, 2, 3, 4)               # of patterns of a detector
SHARED = (0, 2, 4, 6, 8, 10, 12, 14)  # bits that all patterns of a detector have in common
ALTERED = 8                          # most bits of a pattern that are moved to other places


def bits(places, inputs):
    pattern = np.zeros(inputs, int)
    pattern[list(places)] = 1
    return pattern


def single_trial(random, size, inputs=INPUTS):
    """One pattern; wanted only itself: not with one to four bits flipped, nor patterns drawn at random."""
    def drawn(count):
        return bits(random.choice(inputs, count, replace=False), inputs)
    pattern = drawn(size)
    tests = [pattern] * 40 + [pattern ^ bits([i], inputs) for i in range(inputs)]
    tests += [pattern ^ drawn(2 + n % 3) for n in range(300)] + [drawn(size) for _ in range(300)]
    tests = np.array(tests)[random.permutation(len(tests))]
    return detector.Trial(pattern[np.newaxis], tests, (tests == pattern).all(axis=1))


def moved(random, pattern, count):
    """The pattern with `count` of its bits moved to places where it has none."""
    result = pattern.copy()
    result[random.choice(np.flatnonzero(pattern), count, replace=False)] = 0
    result[random.choice(np.flatnonzero(pattern == 0), count, replace=False)] = 1
    return result


def several_trial(random, number, shared, inputs=INPUTS):
    """`number` patterns with `shared` bits in common and no others; wanted are these, none with moved bits."""
    places, own = random.permutation(inputs), BITS - shared
    patterns = np.array([bits([*places[:shared], *places[shared + own * k:shared + own * (k + 1)]], inputs)
                         for k in range(number)])
    tests = [pattern for pattern in patterns for _ in range(240 // number)]
    tests += [moved(random, patterns[n % number], 1 + n % ALTERED) for n in range(240)]
    tests = np.array(tests)[random.permutation(len(tests))]
    return detector.Trial(patterns, tests, (tests[:, np.newaxis] == patterns).all(axis=2).any(axis=1))


def accuracy(trial, answers):
    """Mean of the share of its patterns that the detector answered and of the others that it did not."""
    return (np.mean(answers[trial.wanted]) + np.mean(~answers[~trial.wanted])) / 2


def single(chip, count, sizes=SIZES):
    """Detectors of one pattern: `count` for each size. Returns trials, result, and which gave no wrong answer."""
    random = np.random.default_rng(SEED)
    trials = [single_trial(random, size) for size in sizes for _ in range(count)]
    result = detector.run(chip, trials)
    right = np.array([np.sum(result.answers[:, k] == trial.wanted) for k, trial in enumerate(trials)])
    tests = len(trials[0].tests)
    print(f"one pattern a detector: {len(trials)} detectors, patterns of {sizes[0]} to {sizes[-1]} bits: "
          f"{right.sum()} of {tests * len(trials)} answers right ({100 * right.sum() / tests / len(trials):g} %)")
    return trials, result, right == tests


def several(chip, count, numbers=NUMBERS, shares=SHARED):
    """{(patterns of a detector, bits that they share): accuracies of `count` detectors}"""
    table = {}
    for number in numbers:  # a run each: a step has room for 1024 input spikes
        random = np.random.default_rng(SEED)
        trials = [several_trial(random, number, shared) for shared in shares for _ in range(count)]
        result = detector.run(chip, trials)
        scores = [accuracy(trial, result.answers[:, k]) for k, trial in enumerate(trials)]
        table.update(zip(((number, shared) for shared in shares), np.reshape(scores, (-1, count))))
    print("accuracy (%), bits of 16 shared:" + "".join(f"{shared:7}" for shared in shares))
    for number in numbers:
        print(f"  {number} patterns a detector:        "
              + "".join(f"{100 * table[number, shared].mean():7.1f}" for shared in shares))
    return table


def main():
    parser = on_chip.arguments(__doc__)
    parser.add_argument("--trials", type=on_chip.positive, default=5, help="detectors of each kind (default 5)")
    parser.add_argument("--plot", type=pathlib.Path, help="PNG to be drawn")
    options = parser.parse_args()
    chip = on_chip.Chip(options)
    trials, result, perfect = single(chip, options.trials)
    table = several(chip, options.trials)
    if options.plot:
        import plot
        plot.draw(options.plot, options.executor, trials, result, table)
    if not perfect.all():
        sys.exit(f"pattern_detector.py: {np.sum(~perfect)} detectors of one pattern gave a wrong answer")


if __name__ == "__main__":
    main()
