#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures STDP windows on the chip: weight change against t_post - t_pre, for four rules at once.

    stdp_window.py [--executor model|rtl|...] [--plot stdp_window.png]

One synapse for each rule and each time difference, one spike before it, one behind it.
"""
import dataclasses
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import on_chip  # noqa: E402  beside this folder

WIDEST = 50       # steps between two spikes
MIDDLE = 60       # step in which every source fires
STEPS = 120
START = 2000      # weight before
BOUNDS = (0, 4000)
THRESHOLD = 5000  # above every weight that can be learned, below a teacher's
TEACHER = 30000


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule of docs/network.md; amplitudes are weight units, or with soft bounds shares of a distance."""

    name: str
    what: str
    a_plus: float
    a_minus: float
    tau_pre: float = 16.8   # of the fit to hippocampal synapses in Bi & Poo 2001, as is the next
    tau_post: float = 33.7
    bounds: str = "hard"

    def entry(self):
        return {"name": self.name, "tau_pre_ms": self.tau_pre, "tau_post_ms": self.tau_post, "a_plus": self.a_plus,
                "a_minus": self.a_minus, "w_min": BOUNDS[0], "w_max": BOUNDS[1], "bounds": self.bounds}

    def formula(self, difference):
        """Weight change of one pair of spikes, in reals; `difference` is t_post - t_pre in steps of 1 ms."""
        after = self.a_plus * np.exp(-np.maximum(difference, 0) / self.tau_pre)
        before = self.a_minus * np.exp(np.minimum(difference, 0) / self.tau_post)
        if self.bounds == "soft":  # a share of the distance to the bound ahead
            after *= BOUNDS[1] - START if self.a_plus > 0 else START - BOUNDS[0]
            before *= BOUNDS[1] - START if self.a_minus > 0 else START - BOUNDS[0]
        return np.where(np.asarray(difference) >= 0, after, before)


RULES = (Rule("hebbian", "Hebbian", 1000, -500),
         Rule("anti_hebbian", "anti-Hebbian", -1000, 500),
         Rule("symmetric", "symmetric", 800, 800, 25, 25),
         Rule("soft_bound", "Hebbian, soft bounds", 0.24, -0.2, 20, 20, "soft"))


def network(differences):
    """For each rule: sources, targets, teachers, one to one; a synapse for each difference."""
    size = len(differences)
    root = {"spikemesh_network": 1, "dt_ms": 1, "populations": [], "rules": [], "projections": []}
    for rule in RULES:
        pre, post, teacher = (f"{kind}_{rule.name}" for kind in ("pre", "post", "teacher"))
        root["populations"] += [{"name": pre, "size": size, "input": {}}, {"name": teacher, "size": size, "input": {}},
                                {"name": post, "size": size, "record": True, "raw": {"theta": THRESHOLD}}]
        root["rules"].append(rule.entry())
        root["projections"] += [
            {"from": pre, "to": post, "connect": "one_to_one", "weight": START, "rule": rule.name},
            {"from": teacher, "to": post, "connect": "one_to_one", "weight": TEACHER}]
    return root


def spikes(differences):
    """Every source fires once, in step MIDDLE, every target once, `difference` steps after it."""
    for rule in RULES:
        for neuron, difference in enumerate(differences):
            yield MIDDLE, f"pre_{rule.name}", neuron
            yield MIDDLE + difference - 1, f"teacher_{rule.name}", neuron  # acts one step later


def measure(chip, differences):
    """{rule: weight change for each difference}. Ends the program if a target did not fire when it should."""
    fired, learned = chip.run(network(differences), spikes(differences), STEPS)
    changes = {}
    for rule in RULES:
        times = dict((neuron, step) for step, neuron in fired[f"post_{rule.name}"])
        if [times.get(i) for i in range(len(differences))] != [MIDDLE + d for d in differences]:
            raise SystemExit(f"{rule.name}: targets fired in steps {times}; a teacher is too weak or a synapse too strong")
        changes[rule] = on_chip.weights(learned, f"pre_{rule.name}", f"post_{rule.name}", rule.name) - START
    return changes


def plot(path, differences, changes, executor):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure = plt.figure(figsize=(10, 5.4))
    grid = figure.add_gridspec(3, 2, width_ratios=(2, 1), hspace=0.5, wspace=0.2)
    fine = np.concatenate([np.linspace(-WIDEST, -1e-9, 400), [np.nan], np.linspace(0, WIDEST, 400)])

    def window(axis, rule, size):
        axis.axhline(0, color="0.6", linewidth=0.6)
        axis.axvline(0, color="0.6", linewidth=0.6)
        axis.plot(fine, rule.formula(fine), color="tab:orange", linewidth=1.6, label="formula")
        axis.plot(differences, changes[rule], "o", color="tab:blue", markersize=size, markeredgewidth=0,
                  label=f"chip ({executor})")
        axis.set_xlim(-WIDEST - 2, WIDEST + 2)
        axis.set_title(rule.what, fontsize=10)

    main = figure.add_subplot(grid[:2, 0])
    window(main, RULES[0], 3.6)
    main.set_ylabel("weight change (weight units)")
    main.set_title(rf"{RULES[0].what}: $A_+ = {RULES[0].a_plus}$, $A_- = {RULES[0].a_minus}$, "
                   rf"$\tau_+ = {RULES[0].tau_pre}$, $\tau_- = {RULES[0].tau_post}$ steps", fontsize=10)
    main.legend(frameon=False)
    error = figure.add_subplot(grid[2, 0], sharex=main)
    for rule, marker in zip(RULES, "osv^"):
        error.plot(differences, changes[rule] - rule.formula(differences), marker, markersize=2.5, label=rule.what)
    for line in (-1, 1):
        error.axhline(line, color="tab:red", linewidth=0.8, linestyle="--")
    error.set_ylim(-1.3, 1.3)
    error.set_ylabel("chip - formula")
    error.set_xlabel("t_post - t_pre (steps)")
    error.legend(fontsize=7, ncol=4, loc="upper center", bbox_to_anchor=(0.5, 1.3), frameon=False, handletextpad=0.1)
    for row, rule in enumerate(RULES[1:]):
        axis = figure.add_subplot(grid[row, 1])
        window(axis, rule, 2)
        axis.tick_params(labelsize=8)
    axis.set_xlabel("t_post - t_pre (steps)")
    figure.savefig(path, dpi=110, bbox_inches="tight", metadata={"Software": None})


def main():
    parser = on_chip.arguments(__doc__)
    parser.add_argument("--plot", type=pathlib.Path, help="PNG to be drawn")
    options = parser.parse_args()
    differences = list(range(-WIDEST, WIDEST + 1))
    changes = measure(on_chip.Chip(options), differences)
    for rule in RULES:
        error = np.abs(changes[rule] - rule.formula(differences))
        print(f"{rule.name}: {len(differences)} differences, changes {changes[rule].min():.0f} .. "
              f"{changes[rule].max():.0f}, at most {error.max():.2f} weight units from the formula "
              f"(at {differences[int(error.argmax())]} steps)")
    if options.plot:
        plot(options.plot, differences, changes, options.executor)


if __name__ == "__main__":
    main()
