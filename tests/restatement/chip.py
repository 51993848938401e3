# SPDX-License-Identifier: Apache-2.0
"""What the chip computes, said a second time in numpy from docs/arithmetic.md and docs/network.md alone.

and, for learning, from docs/blocks/learn.md. No tiles, no packets, no memories: neurons, synapses and a ring of accumulators.
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


class Rule:
    """A learning rule in integers, from the values of a network file for weights of scale 1 (docs/network.md)."""

    def __init__(self, values, pre_unit, post_unit):
        self.soft = values["bounds"] == "soft"
        self.a_plus = self.amplitude(values["a_plus"], self.soft, pre_unit)
        self.a_minus = self.amplitude(values["a_minus"], self.soft, post_unit)
        self.w_min, self.w_max = values["w_min"], values["w_max"]
        self.pre_unit, self.post_unit = pre_unit, post_unit
        self.x_target = self.nearest(values["x_target"] * pre_unit)
        self.pre_max = self.nearest(values["pre_max"] * pre_unit)
        self.post_max = self.nearest(values["post_max"] * post_unit)
        self.pre_table = self.table(values["tau_pre_ms"])
        self.post_table = self.table(values["tau_post_ms"])

    @staticmethod
    def nearest(x):
        return int(np.floor(abs(x) + 0.5) * np.sign(x))

    @classmethod
    def amplitude(cls, a, soft, unit):
        return cls.nearest(a * (1 << (32 if soft else 16)) / unit)

    @staticmethod
    def table(tau):
        return np.floor(65536 * np.exp(-np.arange(128) / tau) + 0.5).astype(np.int64)

    def changed(self, w, a, x):
        """New weights, and where they were clipped to w_min and to w_max."""
        g = a * x
        ahead = np.where(g > 0, self.w_max - w, w - self.w_min)
        d = np.maximum(ahead, 0) if self.soft else 1 << 16
        total = w + ((g * d + (1 << 31)) >> 32)
        return np.clip(total, self.w_min, self.w_max), total < self.w_min, total > self.w_max


def unit_of(rules, key):
    """The smallest unit of a trace with which every amplitude fits."""
    for unit in (4096, 8192, 16384, 32768):
        if all(abs(Rule.amplitude(r[key], r["bounds"] == "soft", unit)) <= 32767 for r in rules):
            return unit
    raise ValueError(f"{key} does not fit")


class Traces:
    def __init__(self, n):
        self.value, self.stamp = np.zeros(n, np.int64), np.zeros(n, np.int64)

    def read(self, now, table):
        age = (now - self.stamp) % (1 << 16)
        return np.where(age < 128, self.value * table[np.minimum(age, 127)] >> 16, 0)

    def bump(self, where, now, table, unit, most):
        new = np.minimum(self.read(now, table) + unit, most)
        clipped = where & (self.read(now, table) + unit > most)
        self.value[where], self.stamp[where] = new[where], now
        return int(clipped.sum())


class Network:
    """Neurons, and synapses as columns pre, post, weight, delay (int64). A pre below `inputs` is an input, others are
    neurons pre - inputs. `adapt_period` p: adaptive thresholds decay in steps that are multiples of 2^p. `rules`, and
    `rule` of each synapse (-1: static); learning is on."""

    def __init__(self, neurons, inputs, pre, post, weight, delay, adapt_period, delay_max, rules=(), rule=None):
        self.neurons, self.inputs = neurons, inputs
        self.pre, self.post, self.weight, self.delay = pre, post, weight, delay
        self.period = 1 << adapt_period
        self.slots = delay_max + 1
        self.acc = np.zeros((self.slots, neurons.n), np.int64)
        self.step = 0
        self.synapse_events = 0
        self.rules = rules
        self.rule = np.full(len(pre), -1) if rule is None else rule
        self.weight = self.weight.copy()
        self.pre_traces = [Traces(inputs + neurons.n) for _ in rules]
        self.post_traces = Traces(neurons.n)
        self.plastic = np.isin(np.arange(neurons.n), post[self.rule >= 0])
        self.updates = self.clips_min = self.clips_max = 0

    def _change(self, here, rule, a, x):
        """Changes the weights of the synapses `here`; x: trace of each."""
        seen = self.neurons.seen
        before = self.weight[here]
        self.weight[here], low, high = rule.changed(before, a, x)
        self.updates += len(before)
        self.clips_min += int(low.sum())
        self.clips_max += int(high.sum())
        rose, fell = self.weight[here] > before, self.weight[here] < before
        which = "potentiation" if a is rule.a_plus else "depression"
        for what, count in ((f"{which} upwards", rose.sum()), (f"{which} downwards", fell.sum()),
                            ("soft bounds", (rose | fell).sum() * rule.soft),
                            ("weight clipped to w_min", low.sum()), ("weight clipped to w_max", high.sum())):
            seen[what] = seen.get(what, 0) + int(count)

    def _integrate(self, packets, now):
        """Packets on axons, one after another where one has several: delivered as read, then depressed."""
        for hit in range(1, int(packets.max(initial=0)) + 1):
            arrives = packets >= hit
            at = arrives[self.pre]
            np.add.at(self.acc, ((self.step + self.delay[at]) % self.slots, self.post[at]), self.weight[at])
            for number, rule in enumerate(self.rules):
                here = np.flatnonzero(at & (self.rule == number))
                self._change(here, rule, rule.a_minus, self.post_traces.read(now, rule.post_table)[self.post[here]])
                clipped = self.pre_traces[number].bump(arrives, now, rule.pre_table, rule.pre_unit, rule.pre_max)
                self.neurons.seen["trace at its maximum"] = self.neurons.seen.get("trace at its maximum", 0) + clipped

    def _learn(self, fired, packets, now):
        for number, rule in enumerate(self.rules):
            here = np.flatnonzero(fired[self.post] & (self.rule == number))
            x = self.pre_traces[number].read(now, rule.pre_table)[self.pre[here]]
            self._change(here, rule, rule.a_plus, x - rule.x_target)
            both = int((packets[self.pre[here]] > 0).sum())
            self.neurons.seen["pre and post in one step"] = self.neurons.seen.get("pre and post in one step", 0) + both
        if self.rules:
            rule = self.rules[0]
            self.post_traces.bump(fired & self.plastic, now, rule.post_table, rule.post_unit, rule.post_max)

    def run(self, hits):
        """One step; hits: spikes of each input in it, shape (inputs,). Returns which neurons fired."""
        slot = self.step % self.slots
        fired = self.neurons.update(self.acc[slot].copy(), self.step % self.period == 0)
        self.acc[slot] = 0
        packets, now = np.concatenate([hits, fired.astype(np.int64)]), self.step % (1 << 16)
        self._integrate(packets, now)
        self.acc = wrap24(self.acc)
        self.synapse_events += int(packets[self.pre].sum())
        self._learn(fired, packets, now)
        self.step += 1
        return fired

    def clear(self, adaptation):
        self.neurons.clear(adaptation)
        self.acc[:] = 0
        for traces in (*self.pre_traces, self.post_traces):
            traces.value[:] = 0
