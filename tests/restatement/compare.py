#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random networks: the executors of `spikemesh run` against the restatement of chip.py, every spike.

    compare.py PROGRAM [--networks N] [--seed S] [--only K] [--large]

Network K of a seed is the same whatever N is: a failure names the command that runs it alone. Every feature of
FEATURES must have occurred, and spikes must have been compared, else the whole is a failure.
"""
import argparse
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import chip

FEATURES = ("I clipped", "V clipped", "V - theta clipped", "adaptive threshold clipped", "neuron held by refractoriness",
            "reset by subtraction", "reset to v_reset", "adaptive threshold rose", "adaptive threshold fell",
            "adaptive threshold held a spike back", "several hits of an input in a step", "several synapses of a pair",
            "negative weight delivered", "longest delay", "clear all", "clear membrane", "clear none",
            "on several tiles", "executor reference", "executor model", "potentiation upwards",
            "potentiation downwards", "depression upwards", "depression downwards", "soft bounds",
            "weight clipped to w_min", "weight clipped to w_max", "trace at its maximum", "pre and post in one step")
STATE_MAX = (1 << 23) - 1


class Case:
    """A random network file, its input and its restatement. `large`: more neurons and steps."""

    def __init__(self, seed, number, large):
        self.rng = np.random.default_rng([seed, number])
        rng = self.rng
        self.build = {"MeshW": int(rng.integers(1, 5)), "MeshH": int(rng.integers(1, 4)),
                      "Neurons": int(rng.choice([32, 64, 128])), "Lanes": int(rng.choice([1, 2, 4])),
                      "WeightBits": int(rng.integers(4, 17)), "DecayBits": int(rng.integers(12, 17)),
                      "DelayMax": int(rng.choice([1, 3, 7, 15])), "Synapses": 32768, "Axons": 4096, "Fanouts": 16384,
                      "Plastics": 16384}
        tiles = self.build["MeshW"] * self.build["MeshH"]
        most = min(tiles * self.build["Neurons"] // 2, 300 if large else 60)
        self.neurons = int(rng.integers(2, most + 1))
        self.inputs = int(rng.integers(1, 12))
        cut = -(-self.neurons // 3)
        self.parts = [("p", 0, cut), ("q", cut, self.neurons)]  # populations: name, first neuron, one after the last
        self.min_tiles = int(rng.integers(1, min(tiles, self.neurons) + 1))
        self.steps = int(rng.integers(20, 200 if large else 60))
        self.adapt_period = int(rng.choice([0, 1, 2, 3]))
        self.clear = str(rng.choice(["all", "membrane", "none"]))
        self.samples = int(rng.integers(1, 4))
        self.executor = "model" if number % 4 == 3 else "reference"
        self.most_hits = int(rng.integers(1, 4))
        self._draw_neurons()
        if number % 10 == 5:
            self._add_tireless_neuron()
        self._draw_synapses()
        self._draw_rules()
        self.hits = rng.poisson(rng.uniform(0.02, 0.5), (self.samples, self.steps, self.inputs)).clip(0, self.most_hits)

    def _draw_neurons(self):
        """Every parameter at its extremes now and then; thresholds that are reached."""
        rng, n, one = self.rng, self.neurons, 1 << self.build["DecayBits"]
        self.scale = 1 << int(rng.integers(self.build["WeightBits"] - 1, 23))

        def draw(low, high, *extremes, chance=0.25):
            values = rng.integers(low, high + 1, n)
            return np.where(rng.random(n) < chance, rng.choice(extremes, n), values).astype(np.int64)

        scale = self.scale
        self.parameters = {
            "theta": draw(1, scale, 0, -1, STATE_MAX, -STATE_MAX - 1, -(1 << 22), -(1 << 21), chance=0.12),
            "v_reset": draw(-scale, scale // 2, 0, STATE_MAX, -STATE_MAX - 1),
            "subtract": rng.integers(0, 2, n),
            "bias": draw(-scale // 8, scale // 4, 0, 0, 0, STATE_MAX, -STATE_MAX - 1, chance=0.6),
            "decay_i": draw(0, one, 0, one),
            "decay_v": draw(one // 2, one, 0, one, one - 1),
            "gain": draw(0, 9, 0, 15),
            "refractory": draw(0, 4, 0, 255),
            "adapt_step": draw(0, scale << 8, 0, 0, (1 << 32) - 1),
            "decay_adapt": draw(one // 2, one, 0, one),
        }

    def _add_tireless_neuron(self):
        """Neuron 0 fires in every step until its adaptive threshold is clipped, some 400 spikes long, and now and then after."""
        self.steps = 500
        for name, value in {"theta": -STATE_MAX - 1, "subtract": 0, "v_reset": 0, "bias": STATE_MAX, "gain": 0,
                            "refractory": 0, "adapt_step": 3 << 30,
                            "decay_adapt": (1 << self.build["DecayBits"]) * 1023 >> 10}.items():
            self.parameters[name][0] = value

    def _draw_synapses(self):
        rng, most = self.rng, (1 << (self.build["WeightBits"] - 1)) - 1
        count = int(rng.integers(1, 12 * self.neurons))
        self.pre = rng.integers(0, self.inputs + self.neurons, count)
        self.post = rng.integers(0, self.neurons, count)
        weight = rng.integers(-most - 1, most + 1, count)
        self.weight = np.where(weight == 0, 1, weight)
        self.delay = rng.integers(1, self.build["DelayMax"] + 1, count)

    def _draw_rules(self):
        """Seven networks of ten learn, by one to four rules; a share of their synapses is plastic."""
        rng, most = self.rng, (1 << (self.build["WeightBits"] - 1)) - 1
        self.rule = np.full(len(self.pre), -1)
        self.rules = []
        if rng.random() < 0.3:
            return
        tau_post, post_max = float(rng.uniform(1, 60)), float(rng.choice([0.5, 1, 1.75]))
        for number in range(int(rng.integers(1, 5))):
            low, high = sorted(int(w) for w in rng.integers(-most - 1, most + 1, 2))
            soft = bool(rng.random() < 0.4)
            reach = 0.12 if soft else min(4000.0, most)
            self.rules.append({
                "name": f"r{number}", "tau_pre_ms": float(rng.uniform(1, 60)), "tau_post_ms": tau_post,
                "a_plus": float(rng.uniform(0.3, 1) * reach * rng.choice([-1, 1, 1])),
                "a_minus": float(rng.uniform(0.3, 1) * reach * rng.choice([-1, -1, 1])),
                "x_target": float(rng.choice([0, 0, 0.25, 0.8])), "w_min": low, "w_max": high,
                "bounds": "soft" if soft else "hard", "pre_max": float(rng.choice([0.5, 1, 1.75])),
                "post_max": post_max})
        self.rule = np.where(rng.random(len(self.pre)) < 0.7, rng.integers(0, len(self.rules), len(self.pre)), -1)
        for number, rule in enumerate(self.rules):
            here = self.rule == number
            self.weight[here] = np.clip(self.weight[here], rule["w_min"], rule["w_max"])

    def file(self):
        """The network file; neurons are split over two populations."""
        parts = self.parts
        populations = [{"name": "in", "size": self.inputs, "input": {"max_spikes_per_step": self.most_hits}}]
        for name, first, last in parts:
            raw = {key: values[first:last].tolist() for key, values in self.parameters.items()}
            populations.append({"name": name, "size": last - first, "record": True, "raw": raw})
        sources = [("in", 0, self.inputs)] + [(n, self.inputs + f, self.inputs + l) for n, f, l in parts]
        projections, self.columns = [], []  # the synapses of each projection
        for name, first, last in sources:
            for to, low, high in parts:
                ends = (self.pre >= first) & (self.pre < last) & (self.post >= low) & (self.post < high)
                for rule in range(-1, len(self.rules)):
                    here = ends & (self.rule == rule)
                    if not here.any():
                        continue
                    rows = np.stack([self.pre - first, self.post - low, self.weight, self.delay], 1)[here]
                    more = {"rule": self.rules[rule]["name"]} if rule >= 0 else {}
                    projections.append({"from": name, "to": to, "connect": "sparse", "synapses": rows.tolist(), **more})
                    self.columns.append(np.flatnonzero(here))
        return {"rules": self.rules, "spikemesh_network": 1, "dt_ms": 1, "decay_bits": self.build["DecayBits"],
                "adapt_period": self.adapt_period, "populations": populations, "projections": projections}

    def restate(self):
        """The spikes as a set of (sample, step, population, neuron), and what was seen on the way."""
        neurons = chip.Neurons(self.parameters, self.build["DecayBits"])
        network = chip.Network(neurons, self.inputs, self.pre, self.post, self.weight, self.delay, self.adapt_period,
                               self.build["DelayMax"], self.integer_rules(), self.rule)
        self.restated = network
        period = 1 << self.adapt_period
        pitch = -(-self.steps // period) * period if self.clear == "all" else self.steps
        spikes, all_spikes = set(), 0
        for sample in range(self.samples):
            if self.clear != "none":
                network.clear(adaptation=self.clear == "all")
            for step in range(pitch):
                hits = self.hits[sample, step] if step < self.steps else np.zeros(self.inputs, np.int64)
                fired = np.flatnonzero(network.run(hits))
                all_spikes += len(fired)
                if step < self.steps:
                    spikes.update((sample, step, *self.name(j)) for j in fired)
        seen = dict(neurons.seen)
        pairs = np.unique(np.stack([self.pre, self.post], 1), axis=0)
        driven = self.hits.any((0, 1))
        seen["several hits of an input in a step"] = int((self.hits > 1).sum())
        seen["several synapses of a pair"] = len(self.pre) - len(pairs)
        seen["negative weight delivered"] = int((self.weight[self.pre < self.inputs] < 0).any() and driven.any())
        seen["longest delay"] = int((self.delay == self.build["DelayMax"]).any())
        seen["clear " + self.clear] = int(self.samples > 1)
        seen["on several tiles"] = int(self.min_tiles > 1)
        seen["executor " + self.executor] = 1
        return spikes, all_spikes, network.synapse_events, seen

    def integer_rules(self):
        if not self.rules:
            return []
        units = chip.unit_of(self.rules, "a_plus"), chip.unit_of(self.rules, "a_minus")
        return [chip.Rule(rule, *units) for rule in self.rules]

    def name(self, neuron):
        for name, first, last in self.parts:
            if first <= neuron < last:
                return name, int(neuron - first)
        raise AssertionError(neuron)


def learned_weights(case, folder):
    """Weights of all synapses, from the network file that the program saved."""
    saved = json.loads((folder / "saved.json").read_text(encoding="utf-8"))
    weights = np.zeros(len(case.pre))
    for here, projection in zip(case.columns, saved["projections"], strict=True):
        values = projection["weight"]
        weights[here] = np.load(folder / values["npy"]) if isinstance(values, dict) else values
    return weights


def run_program(program, case, folder):
    """The spikes that the program gives, and the sums of its counters."""
    (folder / "net.json").write_text(json.dumps(case.file()), encoding="utf-8")
    (folder / "build.json").write_text(json.dumps(case.build), encoding="utf-8")
    rows = ["sample,step,population,neuron,count"]
    rows += [f"{k},{t},in,{j},{case.hits[k, t, j]}" for k, t, j in zip(*np.nonzero(case.hits))]
    (folder / "in.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    done = subprocess.run(
        [program, "run", folder / "net.json", "--input", folder / "in.csv", "--steps", str(case.steps), "--samples",
         str(case.samples), "--clear", case.clear, "--config", folder / "build.json", "--executor", case.executor,
         "--min-tiles", str(case.min_tiles), "--save-network", folder / "saved.json", "--out", folder / "out"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return done.stderr + done.stdout, None
    with open(folder / "out" / "spikes.csv", newline="", encoding="utf-8") as file:
        spikes = [(int(r["sample"]), int(r["step"]), r["population"], int(r["neuron"])) for r in csv.DictReader(file)]
    return spikes, json.loads((folder / "out" / "stats.json").read_text(encoding="utf-8"))


def difference(case, program, folder):
    """What differs, in a sentence, or None; the spikes compared; the features seen."""
    expected, all_spikes, events, seen = case.restate()
    got, stats = run_program(program, case, folder)
    if stats is None:
        return f"the program refused the network: {got}", 0, seen
    if len(got) != len(set(got)):
        return "the program gave a spike twice", 0, seen
    for missing, side in ((expected - set(got), "restatement"), (set(got) - expected, "program")):
        if missing:
            first = min(missing, key=lambda s: (s[0], s[1]))
            return f"sample {first[0]}, step {first[1]}: neuron {first[3]} of {first[2]} fires in the {side} only", 0, seen
    tiles = stats["tiles"]
    network = case.restated
    weights = learned_weights(case, folder)
    if (weights != network.weight).any():
        i = int(np.flatnonzero(weights != network.weight)[0])
        return f"synapse {i}: weight {weights[i]} in the program, {network.weight[i]} in the restatement", 0, seen
    for name, mine in (("spikes", all_spikes), ("synapse_events", events), ("weight_updates", network.updates),
                       ("clips_min", network.clips_min), ("clips_max", network.clips_max)):
        theirs = sum(tile[name] for tile in tiles)
        if theirs != mine % (1 << 32):
            return f"counter {name}: {theirs} in the program, {mine} in the restatement", 0, seen
    return None, len(expected), seen


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--networks", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int)
    parser.add_argument("--large", action="store_true")
    options = parser.parse_args()
    numbers = range(options.networks) if options.only is None else [options.only]
    totals, spikes, silent = dict.fromkeys(FEATURES, 0), 0, 0
    for number in numbers:
        case = Case(options.seed, number, options.large)
        with tempfile.TemporaryDirectory() as folder:
            failure, compared, seen = difference(case, options.program, pathlib.Path(folder))
        if failure:
            sys.exit(f"network {number} of seed {options.seed} ({case.executor}, {case.build}): {failure}\nrerun: "
                     f"{sys.argv[0]} {options.program} --seed {options.seed} --only {number}"
                     f"{' --large' if options.large else ''}")
        spikes += compared
        silent += compared == 0
        for feature in FEATURES:
            totals[feature] += seen.get(feature, 0)
    for feature, count in totals.items():
        print(f"{feature:<40} {count:>10}")
    print(f"seed {options.seed}: {len(numbers)} networks agree, {spikes} spikes compared, {silent} networks silent")
    missing = [feature for feature, count in totals.items() if count == 0]
    if options.only is None and (missing or spikes == 0):
        sys.exit(f"never occurred, so nothing is known of it: {', '.join(missing) or 'a spike'}; use more networks")


if __name__ == "__main__":
    main()
