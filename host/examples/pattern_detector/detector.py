# SPDX-License-Identifier: Apache-2.0
"""Detectors of spatial patterns: one neuron each, many side by side on a chip, none with a synapse to another.

    inputs of detector k ==STDP==> detector k <-- teacher k        homeostasis: its adaptive threshold

Three runs: it is taught (learning and teacher on, threshold held); its threshold finds its place (both off);
it is tested (threshold held).
"""
import dataclasses

import numpy as np

import on_chip

WEIGHT = 1000           # bounds of a weight: -WEIGHT for a bit that is never set, WEIGHT for one that always is
TEACHER = 32 * WEIGHT
TAU = 1                 # of traces, in steps: from one presentation to the next (BEAT) nothing is left of them
BEAT = 4
# Homeostasis: a spike raises the threshold by a 16th of a weight; without spikes it sinks by about 1 / 20 of a weight
# each 2^4 steps, almost evenly, because it is the sum of a negative constant and an adaptive part that stays large.
BASE = 64 * WEIGHT
HOMEOSTASIS = {"adapt_step": (WEIGHT // 16) << 16, "decay_adapt": 4093}
HELD = {"decay_adapt": 4096}
ADAPT_PERIOD = 4
START = WEIGHT // 2     # threshold before homeostasis
TAUGHT, SETTLED = 480, 800  # presentations
REST = 160              # steps in which the threshold sinks by about half a weight below what it came to


@dataclasses.dataclass
class Trial:
    """A detector, the patterns that it has to answer to, and what it is tested with."""

    patterns: np.ndarray  # [patterns, inputs] of 0 and 1
    tests: np.ndarray     # [tests, inputs]
    wanted: np.ndarray    # [tests]: True where it has to answer


@dataclasses.dataclass
class Result:
    settling: np.ndarray    # [n, 2] of step, detector: spikes while the threshold finds its place
    weights: np.ndarray     # [trials, inputs]
    thresholds: np.ndarray  # [trials]
    answers: np.ndarray     # [tests, trials] of bool


def network(trials):
    """docs/network.md; membranes and currents last one step: a spatial pattern has no time in it."""
    count, inputs = len(trials), trials[0].patterns.shape[1]
    # A spike one step before the detector's has left a trace of exp(-1 / TAU). A bit gains above half of that.
    rule = {"name": "pattern", "tau_pre_ms": TAU, "tau_post_ms": TAU, "pre_max": 1, "a_plus": 0.05, "a_minus": 0,
            "x_target": float(np.exp(-1 / TAU) / 2), "w_min": -WEIGHT, "w_max": WEIGHT, "bounds": "soft"}
    return {
        "spikemesh_network": 1, "dt_ms": 1, "adapt_period": ADAPT_PERIOD, "rules": [rule],
        "populations": [{"name": "in", "size": count * inputs, "input": {}},
                        {"name": "teacher", "size": count, "input": {}},
                        {"name": "detector", "size": count, "record": True, "raw": {"theta": -BASE, **HELD},
                         "adapt": (BASE + START) << 16}],
        "projections": [
            {"from": "in", "to": "detector", "connect": "sparse", "pre": np.arange(count * inputs),
             "post": np.repeat(np.arange(count), inputs), "weight": 0, "delay": 1, "rule": "pattern"},
            {"from": "teacher", "to": "detector", "connect": "one_to_one", "weight": TEACHER, "delay": 1}]}


def shown(presentations, beat):
    """Input spikes of [presentations, trials, inputs], one presentation each `beat` steps."""
    inputs = presentations.shape[2]
    for number, trial, bit in np.argwhere(presentations).tolist():
        yield beat * number, "in", trial * inputs + bit


def in_turn(trials, count):
    """[count, trials, inputs]: each detector sees its patterns in turn."""
    return np.array([[trial.patterns[n % len(trial.patterns)] for trial in trials] for n in range(count)])


def with_threshold(network_, parameters):
    """The network with other parameters of homeostasis."""
    detector = next(p for p in network_["populations"] if p["name"] == "detector")
    detector["raw"] = {"theta": detector["raw"]["theta"], **parameters}
    return network_


def run(chip, trials):
    """Teaches, settles and tests all trials at once; they have equally many inputs and tests."""
    lessons = [*shown(in_turn(trials, TAUGHT), BEAT),
               *((BEAT * n, "teacher", k) for n in range(TAUGHT) for k in range(len(trials)))]
    _, learned = chip.run(network(trials), lessons, BEAT * TAUGHT, learning=True)
    settling, learned = chip.run(with_threshold(learned, HOMEOSTASIS), shown(in_turn(trials, SETTLED), 1), SETTLED + REST,
                                 learning=False)
    tests = np.stack([trial.tests for trial in trials], axis=1)
    spikes, learned = chip.run(with_threshold(learned, HELD), shown(tests, 1), len(tests) + 1, learning=False)
    answers = np.zeros((len(tests) + 1, len(trials)), bool)
    step, neuron = spikes["detector"].T
    answers[step, neuron] = True
    adapt = np.array(next(p["adapt"] for p in learned["populations"] if p["name"] == "detector"), float)
    weights = on_chip.weights(learned, "in", "detector", "pattern").reshape(len(trials), -1)
    return Result(settling["detector"], weights, adapt / 65536 - BASE, answers[1:])
