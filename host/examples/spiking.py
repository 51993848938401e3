# SPDX-License-Identifier: Apache-2.0
"""A spiking network and the integer arithmetic of docs/arithmetic.md in numpy, many samples at once.

Written apart from the model and the RTL, for trainers and checks that must know beforehand what the
chip will answer. Nothing here learns, and nothing here knows of tiles: neither changes a spike of
these networks.
"""
import dataclasses
import json
import pathlib

import numpy as np

STATE_MAX = 2**23 - 1
STATE_MIN = -(2**23)
ADAPT_MAX = 2**40 - 1
RAW = ("theta", "v_reset", "subtract", "bias", "decay_i", "decay_v", "gain", "refractory", "adapt_step", "decay_adapt")


@dataclasses.dataclass
class Population:
    """Neurons of one kind: parameters as the chip holds them, one value or one a neuron.

    An input population has no neurons on the chip: it names where input spikes enter.
    """

    size: int
    input: bool = False
    record: bool = False
    theta: object = 0
    v_reset: object = 0
    subtract: object = 0
    gain: object = 0
    bias: object = 0
    decay_i: object = 0
    decay_v: object = 0
    refractory: object = 0
    adapt_step: object = 0
    decay_adapt: object = 0


@dataclasses.dataclass
class Projection:
    """Synapses from `source` to `target`: [source size, target size] weights; a weight of 0 is no synapse."""

    source: str
    target: str
    weights: np.ndarray
    delays: np.ndarray

    def __post_init__(self):
        self.weights = np.asarray(self.weights, dtype=np.int64)
        self.delays = np.broadcast_to(np.asarray(self.delays, dtype=np.int64), self.weights.shape)
        if np.any((self.delays < 1) | (self.delays > 15)):
            raise ValueError(f"{self.source} -> {self.target}: a delay is not in 1..15 steps")
        if np.any((self.weights < -(2**15)) | (self.weights >= 2**15)):
            raise ValueError(f"{self.source} -> {self.target}: a weight does not fit 16 bits, signed")


def decay(x, k, bits):
    """trunc_toward_zero(x * k / 2^bits)"""
    product = x * k
    return (product + np.where(product < 0, (1 << bits) - 1, 0)) >> bits


class Neurons:
    """The state of one population in `samples` separate runs."""

    def __init__(self, population, samples, decay_bits):
        self.p = population
        self.bits = decay_bits
        shape = (samples, population.size)
        self.v, self.i, self.adapt, self.refractory = (np.zeros(shape, dtype=np.int64) for _ in range(4))

    def update(self, acc, due):
        """One step; returns who fired. Line by line `Update of a neuron` of docs/arithmetic.md."""
        p = self.p
        adapt1 = decay(self.adapt, p.decay_adapt, self.bits) if due else self.adapt
        i1 = np.clip(decay(self.i, p.decay_i, self.bits) + (acc << np.asarray(p.gain)) + p.bias,
                     STATE_MIN, STATE_MAX)
        awake = self.refractory == 0
        v0 = np.clip(decay(self.v, p.decay_v, self.bits) + i1, STATE_MIN, STATE_MAX)
        spike = awake & (v0 > p.theta + (adapt1 >> 16))
        after = np.where(p.subtract, np.clip(v0 - p.theta, STATE_MIN, STATE_MAX), p.v_reset)
        self.v = np.where(awake, np.where(spike, after, v0), self.v)
        self.refractory = np.where(awake, np.where(spike, p.refractory, 0), self.refractory - 1)
        self.adapt = np.where(spike, np.minimum(adapt1 + p.adapt_step, ADAPT_MAX), adapt1)
        self.i = i1
        return spike


class Network:
    """Named populations and the projections between them."""

    def __init__(self, dt_ms, decay_bits=12, adapt_period=0, min_tiles=1):
        self.dt_ms = dt_ms
        self.decay_bits = decay_bits
        self.adapt_period = adapt_period
        self.min_tiles = min_tiles
        self.populations = {}
        self.projections = []

    def connect(self, source, target, weights, delays=1):
        projection = Projection(source, target, weights, delays)
        wanted = (self.populations[source].size, self.populations[target].size)
        if projection.weights.shape != wanted:
            raise ValueError(f"{source} -> {target}: weights are {projection.weights.shape}, not {wanted}")
        self.projections.append(projection)

    def synapses(self):
        return sum(int(np.count_nonzero(p.weights)) for p in self.projections)

    def write(self, path):
        """Writes a network file (docs/network.md), matrices as .npy beside it."""
        path = pathlib.Path(path)
        root = {"spikemesh_network": 1, "dt_ms": self.dt_ms, "decay_bits": self.decay_bits,
                "adapt_period": self.adapt_period, "min_tiles": self.min_tiles, "populations": [], "projections": []}
        for name, population in self.populations.items():
            raw = {key: _one_or_each(getattr(population, key)) for key in RAW}
            kind = {"input": {}} if population.input else {"raw": {k: v for k, v in raw.items() if np.any(v)}}
            root["populations"].append({"name": name, "size": population.size, **kind,
                                        **({"record": True} if population.record else {})})
        for projection in self.projections:
            root["projections"].append(_written(projection, path))
        path.write_text(json.dumps(root, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def read(path):
        """Reads what write() wrote."""
        path = pathlib.Path(path)
        root = json.loads(path.read_text(encoding="utf-8"))
        net = Network(root["dt_ms"], root["decay_bits"], root["adapt_period"], root["min_tiles"])
        for p in root["populations"]:
            raw = {key: np.asarray(value) for key, value in p.get("raw", {}).items()}
            net.populations[p["name"]] = Population(p["size"], "input" in p, p.get("record", False), **raw)
        for p in root["projections"]:
            weights, delays = (np.load(path.parent / p[key]["npy"]) if isinstance(p[key], dict) else np.asarray(p[key])
                               for key in ("weight", "delay"))
            if p["connect"] == "one_to_one":
                weights = np.diag(np.broadcast_to(weights, net.populations[p["from"]].size))
            net.connect(p["from"], p["to"], weights, delays)
        return net

    def run(self, inputs, steps):
        """Runs from rest. `inputs[population]` is [samples, steps, neurons]: spikes sent in each step.

        Returns the same for every population that is no input: 1 where a neuron fired. An input of
        step t acts in t + delay, as does a spike of step t.
        """
        samples = len(next(iter(inputs.values())))
        state = {name: Neurons(p, samples, self.decay_bits) for name, p in self.populations.items() if not p.input}
        acc = {name: np.zeros((steps + 16, samples, n.p.size), dtype=np.int64) for name, n in state.items()}
        fired = {name: np.zeros((samples, steps, n.p.size), dtype=np.int64) for name, n in state.items()}
        routes = [(p.source, p.target, int(d), np.where(p.delays == d, p.weights, 0))
                  for p in self.projections for d in np.unique(p.delays)]
        for t in range(steps):
            due = t % 2**self.adapt_period == 0
            for name, neurons in state.items():
                _refuse_wrap(name, t, acc[name][t])
                fired[name][:, t] = neurons.update(acc[name][t], due)
            for source, target, d, weights in routes:
                hits = (inputs if self.populations[source].input else fired)[source][:, t]
                if hits.any():
                    acc[target][t + d] += hits.astype(np.int64) @ weights
        return fired


def _one_or_each(values):
    """One number where all are equal, else a list."""
    each = np.unique(values)
    return int(each[0]) if len(each) == 1 else np.asarray(values).tolist()


def _written(projection, path):
    """A projection as an object of the file; a matrix goes to an array of its own."""
    entry = {"from": projection.source, "to": projection.target, "connect": "dense"}
    weights, delays = projection.weights, projection.delays
    diagonal = np.diag(weights) if weights.shape[0] == weights.shape[1] else None
    if diagonal is not None and np.array_equal(np.diag(diagonal), weights) and len(set(diagonal)) == 1:
        return {**entry, "connect": "one_to_one", "weight": int(diagonal[0]), "delay": int(delays.max())}
    for key, values, kind in (("weight", weights, np.int16), ("delay", delays, np.uint8)):
        if key == "delay" and values.min() == values.max():
            entry[key] = int(values.min())
        else:
            file = f"{path.stem}.{projection.source}-{projection.target}.{key}.npy"
            np.save(path.parent / file, values.astype(kind))
            entry[key] = {"npy": file}
    return entry


def _refuse_wrap(name, step, acc):
    if acc.size and max(acc.max(), -acc.min()) > STATE_MAX:
        raise OverflowError(f"population {name}, step {step}: an accumulator of 24 bits would wrap; use smaller weights")
