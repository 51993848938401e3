# SPDX-License-Identifier: Apache-2.0
"""The network that learns digits, its coding, and how its rule and homeostasis are annealed between epochs.

    64 pixel --> 64 relay --(plastic)--> 100 exc --(-32768, all to all)--> 100 exc
    10 teacher --> 10 allowed (fire on, once kicked) --(drive)--> 10 exc each
"""
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "digits"))
import coding  # the images and their split are those of the example that is trained off line

EXC = 100
STEPS = 100            # of an image
ONE = 4096             # decay factors are k / ONE
CLASS_OF = np.arange(EXC) // (EXC // coding.CLASSES)  # whom the teacher of a class drives


class Settings:
    """Chosen with a quarter of the training images held back. In traces one spike counts 1."""

    length = 88            # root of the sum of squares of an image's spike counts
    w_min, w_max = -100, 250
    w_first = (-50, 100)   # first weights are drawn between
    tau = 6.7              # of the traces, in steps
    x_target = 2.46        # about the trace of the brightest pixel just after a spike
    amplitude = (0.028, 0.0028)  # in the first and in the last epoch, as a share of the distance to the bound
    drive = 300            # what a neuron that is allowed to win gets in each step
    theta = 11000
    inhibition = -32768    # of a winner on each other neuron
    adapt_step = (1400, 7)  # what a spike adds to the adaptive threshold, first and last epoch
    adapt_images = 500     # time constant of the adaptive threshold
    adapt_period = 4       # it decays each 2^4 steps
    epochs = 12


def encode(images):
    """[images, STEPS, 64]: regular spikes; every image is made equally long (L2), so that ink makes no difference."""
    x = np.asarray(images, float)
    count = np.round(x / np.linalg.norm(x, axis=1, keepdims=True) * Settings.length).astype(int)
    step, window = np.arange(STEPS - 1)[None, :, None], STEPS - 1
    spikes = np.zeros((len(x), STEPS, coding.PIXELS), bool)
    spikes[:, :window] = (step + 1) * count[:, None] // window - step * count[:, None] // window
    return spikes


def kick(images, labels=None):
    """[images, STEPS, 10]: one teacher spike, of the label; without labels every class may win."""
    spikes = np.zeros((images, STEPS, coding.CLASSES), bool)
    if labels is None:
        spikes[:, 0] = True
    else:
        spikes[np.arange(images), 0, labels] = True
    return spikes


def inputs(images, labels=None):
    """Population -> spikes of a run of these images."""
    return {"pixel": encode(images), "teacher": kick(len(images), labels)}


def build(seed):
    """Keys of a network file (docs/network.md), with weights drawn from `seed`."""
    s = Settings
    weights = np.random.default_rng(seed).integers(s.w_first[0], s.w_first[1] + 1, (coding.PIXELS, EXC))
    rule = {"name": "prototype", "tau_pre_ms": s.tau, "tau_post_ms": s.tau, "x_target": s.x_target,
            "a_plus": s.amplitude[0], "a_minus": s.amplitude[0],
            "bounds": "soft", "w_min": s.w_min, "w_max": s.w_max}
    drive = np.where(CLASS_OF == np.arange(coding.CLASSES)[:, None], s.drive, 0)
    exc = {"theta": s.theta, "refractory": 255, "decay_v": ONE}
    return {
        "spikemesh_network": 1, "dt_ms": 1, "adapt_period": s.adapt_period, "rules": [rule],
        "populations": [
            {"name": "pixel", "size": coding.PIXELS, "input": {}},
            {"name": "teacher", "size": coding.CLASSES, "input": {}},
            {"name": "relay", "size": coding.PIXELS, "raw": {"theta": 0}},
            {"name": "allowed", "size": coding.CLASSES, "raw": {"theta": 0}},
            {"name": "exc", "size": EXC, "raw": exc, "record": True}],
        "projections": [
            {"from": "pixel", "to": "relay", "connect": "one_to_one", "weight": 1},
            {"from": "teacher", "to": "allowed", "connect": "one_to_one", "weight": 1},
            {"from": "allowed", "to": "allowed", "connect": "one_to_one", "weight": 1},
            {"from": "allowed", "to": "exc", "connect": "dense", "weight": drive},
            {"from": "relay", "to": "exc", "connect": "dense", "weight": weights.astype(float), "rule": "prototype"},
            {"from": "exc", "to": "exc", "connect": "all_to_all", "weight": s.inhibition, "allow_self": False}]}


def anneal(network, epoch, epochs):
    """Sets rule and homeostasis of an epoch: both fall geometrically from the first to the last."""
    s, share = Settings, epoch / max(1, epochs - 1)
    amplitude, step = (first * (last / first) ** share for first, last in (s.amplitude, s.adapt_step))
    network["rules"][0].update(a_plus=amplitude, a_minus=amplitude)
    decay = np.exp(-2**s.adapt_period / (s.adapt_images * STEPS))
    population(network, "exc")["raw"].update(adapt_step=round(step * 65536), decay_adapt=round(decay * ONE))


def frozen(network):
    """A copy whose adaptive thresholds stay as they are: the state in which the network answers."""
    copy = dict(network, populations=[dict(p) for p in network["populations"]])
    exc = population(copy, "exc")
    exc["raw"] = dict(exc["raw"], adapt_step=0, decay_adapt=ONE)
    return copy


def population(network, name):
    return next(p for p in network["populations"] if p["name"] == name)


def weights(network):
    """[64, 100] of the plastic projection."""
    return np.asarray(next(p["weight"] for p in network["projections"] if "rule" in p))
