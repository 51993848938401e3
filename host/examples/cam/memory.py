# SPDX-License-Identifier: Apache-2.0
"""A content-addressable memory of spiking neurons after CA3 of the hippocampus: its network and its operations.

                   +------------- inhibits, delay 3 ------------+
                   |                                            v
    cue_in --1--> cue ==store, 2==> content ==match, 1==> match <--1-- learn_in
                   ^                   ^                    |
                   |                   +--1-- content_in    |
                   +------------------ 3 -------------------+

Double lines learn, by STDP on pairs of spikes. A learned bit excites its `match` neuron, one that is not learned
inhibits it as much as the rest of a pattern can excite: `match` fires if all of at least two bits are its own.
"""
import dataclasses

import numpy as np

CUES, BITS = 5, 56    # one-hot addresses, bits of content: 66 neurons
PATTERN = 10          # bits that are set in a pattern
STORED = 100          # weight cue -> content of a bit that is set
MATCH, MISS = 1, -9   # weight content -> match of a bit that is set, and that is not
# Steps from the start of a recall: when its fragment, match, cue and pattern fire, and when all is quiet
FRAGMENT, MATCHED, CUED, PATTERN_OUT, RECALL_STEPS = 1, 2, 5, 7, 14
TAUGHT, LEARN_STEPS = 8, 30  # of a learn operation: when its pattern fires; all of it, with the rest after it


def network():
    """docs/network.md. Currents and membranes last one step: neurons detect coincidences."""
    def neurons(name, size, theta, refractory=0):
        return {"name": name, "size": size, "record": True, "raw": {"theta": theta, "refractory": refractory}}

    def joined(source, target, connect, weight, delay, **more):
        return {"from": source, "to": target, "connect": connect, "weight": weight, "delay": delay, **more}
    return {
        "spikemesh_network": 1, "dt_ms": 1,
        "populations": [
            *({"name": name, "size": size, "input": {}}
              for name, size in (("cue_in", CUES), ("learn_in", CUES), ("content_in", BITS))),
            neurons("cue", CUES, STORED // 2),
            neurons("content", BITS, STORED // 2, refractory=4),  # deaf when the cue of a learn operation fires again
            neurons("match", CUES, MATCH)],  # fires above that
        "rules": [
            {"name": "store", "tau_pre_ms": 1, "tau_post_ms": 1, "a_plus": 2200, "a_minus": -800,
             "w_min": 0, "w_max": STORED},
            {"name": "match", "tau_pre_ms": 0.5, "tau_post_ms": 0.5, "a_plus": 80, "a_minus": -80,
             "w_min": MISS, "w_max": MATCH}],
        "projections": [
            joined("cue_in", "cue", "one_to_one", STORED, 1),
            joined("content_in", "content", "one_to_one", STORED, 1),
            joined("learn_in", "match", "one_to_one", STORED, 1),
            joined("cue", "content", "all_to_all", 0, 2, rule="store"),
            joined("content", "match", "all_to_all", MISS, 1, rule="match"),
            joined("match", "cue", "one_to_one", STORED, 3),
            joined("cue", "match", "all_to_all", -STORED, 3)]}


@dataclasses.dataclass
class Session:
    """Operations one after the other: the input spikes that ask for them, and the spikes that have to come.

    `stored` is what the memory holds, {cue: pattern}; patterns and fragments are frozensets of bits.
    """

    stored: dict
    inputs: list = dataclasses.field(default_factory=list)
    wanted: list = dataclasses.field(default_factory=list)
    steps: int = 0

    def __post_init__(self):
        self.stored = dict(self.stored)

    def learn(self, cue, pattern):
        """Writes the pattern under the cue; what the cue held is recalled once more, depressed and so forgotten."""
        at, old = self.steps, self.stored.get(cue, frozenset())
        self._send(at, "cue_in", [cue])
        self._expect(at + 1, "cue", [cue])
        self._send(at + 1, "learn_in", [cue])
        self._expect(at + 2, "match", [cue])
        self._expect(at + 3, "content", old)
        self._expect(at + 5, "cue", [cue])
        self._send(at + 7, "content_in", pattern)
        self._expect(at + TAUGHT, "content", pattern)
        self._send(at + 8, "learn_in", [cue])
        self._expect(at + 9, "match", [cue])
        self._expect(at + 12, "cue", [cue])
        self._expect(at + 14, "content", pattern)
        self.stored[cue] = frozenset(pattern)
        self.steps += LEARN_STEPS

    def recall(self, fragment):
        """Shows some bits: every cue whose pattern has them all answers, and the patterns of these cues come back.
        Returns how many cues."""
        at, cues = self.steps, self.answers(fragment)
        self._send(at, "content_in", fragment)
        self._expect(at + FRAGMENT, "content", fragment)
        self._expect(at + MATCHED, "match", cues)
        self._expect(at + CUED, "cue", cues)
        self._expect(at + PATTERN_OUT, "content", frozenset().union(*(self.stored[cue] for cue in cues)))
        self.steps += RECALL_STEPS
        return len(cues)

    def recall_cue(self, cue):
        at = self.steps
        self._send(at, "cue_in", [cue])
        self._expect(at + 1, "cue", [cue])
        self._expect(at + 3, "content", self.stored.get(cue, frozenset()))
        self.steps += RECALL_STEPS

    def answers(self, fragment):
        """Cues of which the stored pattern contains the fragment; one bit alone is no fragment."""
        return [cue for cue, pattern in sorted(self.stored.items()) if len(fragment) >= 2 and fragment <= pattern]

    def weights(self):
        """What the plastic weights have to be: [cue, bit] of store and [bit, cue] of match."""
        has = np.array([[bit in self.stored.get(cue, ()) for bit in range(BITS)] for cue in range(CUES)])
        return np.where(has, STORED, 0), np.where(has.T, MATCH, MISS)

    def _send(self, step, population, neurons):
        self.inputs += [(step, population, neuron) for neuron in sorted(neurons)]

    def _expect(self, step, population, neurons):
        self.wanted += [(step, population, neuron) for neuron in neurons]
