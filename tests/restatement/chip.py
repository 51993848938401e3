# SPDX-License-Identifier: Apache-2.0
"""What the chip computes, said a second time in numpy from docs/arithmetic.md and docs/network.md alone.

No tiles, no packets, no memories: neurons, synapses and a ring of accumulators. Learning is not stated.
"""
import numpy as np

STATE_MIN, STATE_MAX = -(1 << 23), (1 << 23) - 1
ADAPT_MAX = (1 << 40) - 1


def decay(x, k, decay_bits):
    """trunc_toward_zero(x * k / 2^decay_bits); x: int64 of at most 41 bits, k: 0..2^decay_bits."""
    product = x * k
    return np.where(product < 0, -(-product >> decay_bits), product >> decay_bits)


def wrap24(x):
    return ((x + (1 << 23)) & ((1 << 24) - 1)) - (1 << 23)


class Neurons:
    """Parameters and state of n neurons. Parameters: int64 arrays of shape (n,), named as in a network file's
    `raw` object."""

    PARAMETERS = ("theta", "v_reset", "subtract", "bias", "decay_i", "decay_v", "gain", "refractory", "adapt_step",
                  "decay_adapt")

    def __init__(self, parameters, decay_bits):
        self.p = parameters
        self.decay_bits = decay_bits
        self.n = len(parameters["theta"])
        self.v = np.zeros(self.n, np.int64)
        self.i = np.zeros(self.n, np.int64)
        self.left = np.zeros(self.n, np.int64)
        self.adapt = np.zeros(self.n, np.int64)
        self.seen = {}

    def _clip(self, x, low, high, used, what):
        clipped = np.clip(x, low, high)
        self._saw(what, used & (clipped != x))
        return clipped

    def _saw(self, what, where):
        self.seen[what] = self.seen.get(what, 0) + int(np.count_nonzero(where))

    def update(self, acc, due):
        """One Update; acc: shape (n,). Returns which neurons fired."""
        p, all_of = self.p, np.ones(self.n, bool)
        adapt = decay(self.adapt, p["decay_adapt"], self.decay_bits) if due else self.adapt
        self._saw("adaptive threshold fell", adapt != self.adapt)
        current = decay(self.i, p["decay_i"], self.decay_bits) + (acc << p["gain"]) + p["bias"]
        current = self._clip(current, STATE_MIN, STATE_MAX, all_of, "I clipped")
        held = self.left > 0
        v0 = decay(self.v, p["decay_v"], self.decay_bits) + current
        v0 = self._clip(v0, STATE_MIN, STATE_MAX, ~held, "V clipped")
        fired = ~held & (v0 > p["theta"] + (adapt >> 16))
        by_subtraction = fired & (p["subtract"] == 1)
        reduced = self._clip(v0 - p["theta"], STATE_MIN, STATE_MAX, by_subtraction, "V - theta clipped")
        raised = self._clip(adapt + p["adapt_step"], 0, ADAPT_MAX, fired, "adaptive threshold clipped")
        self._saw("neuron held by refractoriness", held)
        self._saw("reset by subtraction", by_subtraction)
        self._saw("reset to v_reset", fired & ~by_subtraction)
        self._saw("adaptive threshold rose", fired & (raised > adapt))
        self._saw("adaptive threshold held a spike back", ~held & ~fired & (v0 > p["theta"]))
        self.v = np.where(held, self.v, np.where(by_subtraction, reduced, np.where(fired, p["v_reset"], v0)))
        self.left = np.where(held, self.left - 1, np.where(fired, p["refractory"], 0))
        self.adapt = np.where(fired, raised, adapt)
        self.i = current
        return fired

    def clear(self, adaptation):
        self.v[:], self.i[:], self.left[:] = 0, 0, 0
        if adaptation:
            self.adapt[:] = 0


class Network:
    """Neurons, and synapses as columns pre, post, weight, delay (int64). A pre below `inputs` is an input, others are
    neurons pre - inputs. `adapt_period` p: adaptive thresholds decay in steps that are multiples of 2^p."""

    def __init__(self, neurons, inputs, pre, post, weight, delay, adapt_period, delay_max):
        self.neurons, self.inputs = neurons, inputs
        self.pre, self.post, self.weight, self.delay = pre, post, weight, delay
        self.period = 1 << adapt_period
        self.slots = delay_max + 1
        self.acc = np.zeros((self.slots, neurons.n), np.int64)
        self.step = 0
        self.synapse_events = 0

    def run(self, hits):
        """One step; hits: spikes of each input in it, shape (inputs,). Returns which neurons fired."""
        slot = self.step % self.slots
        fired = self.neurons.update(self.acc[slot].copy(), self.step % self.period == 0)
        self.acc[slot] = 0
        packets = np.concatenate([hits, fired.astype(np.int64)])[self.pre]
        np.add.at(self.acc, ((self.step + self.delay) % self.slots, self.post), packets * self.weight)
        self.acc = wrap24(self.acc)
        self.synapse_events += int(packets.sum())
        self.step += 1
        return fired

    def clear(self, adaptation):
        self.neurons.clear(adaptation)
        self.acc[:] = 0
