#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stores patterns in a spiking content-addressable memory, recalls them from their fragments, forgets one.

    cam.py [--executor model|rtl|...] [--fragments N] [--plot cam.png]

Every spike of every neuron and every weight is compared with what they have to be; a difference ends this with 1.
"""
import itertools
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import memory  # noqa: E402
import on_chip  # noqa: E402  beside this folder

SHOWN = 5
MOST_STEPS = 60000  # of a run, which begins with clear traces: after 65,536 steps an old one would read as a new one
ORTHOGONAL = tuple(frozenset(range(10 * cue, 10 * cue + 10)) for cue in range(memory.CUES))
AGAIN = frozenset({10, 11, 12, 13, 14, 50, 51, 52, 53, 54})  # five bits of pattern 1, five that no pattern has
OVERLAPPING = tuple(map(frozenset, (
    range(0, 10),
    range(5, 15),                     # shares 5 bits with the first
    range(6, 16),                     # 9 with the second, 4 with the first
    (0, 1, 2, *range(14, 18), 30, 31, 32),  # 3 with the first, 1 with the second, 2 with the third
    range(40, 50))))                  # none with any


def fragments(pattern, count=None, seed=1):
    """All fragments of at least 2 bits, by size; or `count` of them, drawn at random."""
    every = [frozenset(bits) for size in range(2, memory.PATTERN + 1)
             for bits in itertools.combinations(sorted(pattern), size)]
    if count is None or count >= len(every):
        return every
    chosen = np.random.default_rng(seed).choice(len(every), size=count, replace=False)
    return [every[i] for i in sorted(chosen)]


class Cam:
    """A memory on a chip: what it is asked to do, one run after the other, and what it has to hold then."""

    def __init__(self, chip):
        self._chip, self._network, self._stored = chip, memory.network(), {}

    def perform(self, what, operations, learning=True):
        """Performs operations, (name of a method of Session, arguments ...), in runs of about MOST_STEPS at most, and
        compares every spike and every weight with what it has to be. Returns what the operations returned."""
        session, answers = memory.Session(self._stored), []
        for operation, *arguments in operations:
            answers.append(getattr(session, operation)(*arguments))
            if session.steps > MOST_STEPS:
                self._run(what, session, learning)
                session = memory.Session(self._stored)
        if session.steps:
            self._run(what, session, learning)
        return answers

    def recorded(self):
        """Spikes of the last run and the network after it."""
        return self._fired, self._network

    def _run(self, what, session, learning):
        self._fired, learned = self._chip.run(self._network, session.inputs, session.steps, learning)
        got = {(step, population, neuron) for population, spikes in self._fired.items()
               for step, neuron in spikes.tolist()}
        self._compare(what, got, set(session.wanted), learned, session.weights())
        self._network, self._stored = learned, session.stored

    def _compare(self, what, got, wanted, learned, weights):
        wrong = sorted(got ^ wanted)
        for step, population, neuron in wrong[:SHOWN]:
            did = "fired" if (step, population, neuron) in got else "did not fire"
            print(f"{what}: step {step}, {population} {neuron}: {did}")
        held = (on_chip.weights(learned, "cue", "content", "store"), on_chip.weights(learned, "content", "match", "match"))
        differ = sum(np.count_nonzero(h != w.ravel()) for h, w in zip(held, weights))
        if wrong or differ:
            sys.exit(f"cam.py: {what} on {self._chip.executor}: {len(wrong)} of {len(got | wanted)} spikes and "
                     f"{differ} of {sum(w.size for w in weights)} weights are not what they have to be")


def recalls(patterns, count):
    return [("recall", fragment) for pattern in patterns for fragment in fragments(pattern, count)]


def tell(what, answers):
    print(f"{what}: {len(answers)} fragments: {answers.count(1)} brought back one whole pattern, "
          f"{sum(n > 1 for n in answers)} all patterns that contain them, {answers.count(0)} nothing")


def orthogonal(chip, count):
    """Five patterns without a common bit: learned, recalled, one replaced, recalled; learning is on all along."""
    parts = {"": [("learn", cue, pattern) for cue, pattern in enumerate(ORTHOGONAL)],
             "orthogonal": recalls(ORTHOGONAL, count),
             "replace": [("learn", 1, AGAIN)],
             "replaced": recalls(ORTHOGONAL[1:2], count),
             "the new one and the others": recalls((ORTHOGONAL[0], AGAIN, *ORTHOGONAL[2:]), count),
             "single bits": [("recall", frozenset({bit})) for bit in range(memory.BITS)],
             "cues": [("recall_cue", cue) for cue in range(memory.CUES)]}
    answers = iter(Cam(chip).perform("orthogonal", [operation for part in parts.values() for operation in part]))
    for what, part in parts.items():
        of_part = [next(answers) for _ in part]
        if part[0][0] == "recall":
            tell(what, of_part)


def overlapping(chip, count):
    """Patterns with common bits: learned, then recalled with learning off."""
    cam = Cam(chip)
    cam.perform("overlapping_learn", [("learn", cue, pattern) for cue, pattern in enumerate(OVERLAPPING)])
    tell("overlapping", cam.perform("overlapping", recalls(OVERLAPPING, count), False))


def main():
    parser = on_chip.arguments(__doc__)
    parser.add_argument("--fragments", type=on_chip.positive, help="of each pattern, drawn at random (default: all 1013)")
    parser.add_argument("--plot", type=pathlib.Path, help="PNG to be drawn")
    options = parser.parse_args()
    chip = on_chip.Chip(options)
    orthogonal(chip, options.fragments)
    overlapping(chip, options.fragments)
    print(f"every spike and every weight is right on {chip.executor}"
          + (f" ({chip.cycles} cycles)" if chip.cycles else ""))
    if options.plot:
        import plot
        plot.draw(chip, options.plot)


if __name__ == "__main__":
    main()
