#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Learns handwritten digits on the chip with STDP, and reads the test images with what was learned.

    learn.py supervised|unsupervised [--seeds 1 2 3] [--executor model] [--images N] [--epochs N] [--tests N]
             [--at-least PERCENT] [--plot FOLDER]

unsupervised: every neuron may win every image; labels are assigned afterwards from the answers to the
training images. supervised: a teacher spike tells which ten neurons may win a training image.
Weights change by the chip's own rule only; the host sets amplitude and homeostasis between epochs.
Ends with 1 if the mean over the seeds is below --at-least.
"""
import pathlib
import resource
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import network as net  # noqa: E402
import on_chip  # noqa: E402  beside this folder
from network import coding  # noqa: E402


def counts(spikes, images):
    """[images, 100] spikes of each neuron."""
    table = np.zeros((images, net.EXC), int)
    np.add.at(table, (spikes[:, 0], spikes[:, 2]), 1)
    return table


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def assign(table, labels):
    """The class to which a neuron answered most, on average over the images of the class; -1: it never fired."""
    response = np.array([table[labels == k].mean(axis=0) if np.any(labels == k) else np.zeros(net.EXC)
                         for k in range(coding.CLASSES)])
    return np.where(response.any(axis=0), response.argmax(axis=0), -1)


def answers(table, class_of):
    """The class whose neurons fired most; -1, which is wrong, where none fired."""
    votes = np.stack([table[:, class_of == k].sum(axis=1) for k in range(coding.CLASSES)], axis=1)
    return np.where(votes.any(axis=1), votes.argmax(axis=1), -1)


class Learner:
    """A network in training: epochs and tests."""

    def __init__(self, chip, supervised, seed, epochs):
        self.chip, self.supervised, self.epochs = chip, supervised, epochs
        self.network = net.build(seed)
        self.class_of = net.CLASS_OF
        self.random = np.random.default_rng(seed + 1000)

    def epoch(self, number, images, labels):
        """One epoch in an order of its own; returns its spikes, samples in that order. Without a teacher neurons get
        their labels from these spikes, until assign() does better."""
        order = self.random.permutation(len(images))
        net.anneal(self.network, number, self.epochs)
        teacher = labels[order] if self.supervised else None
        spikes = self._run(net.inputs(images[order], teacher), learning=True)
        if not self.supervised:
            self.class_of = assign(counts(spikes, len(images)), labels[order])
        return spikes

    def answer(self, images):
        """[images, 100] spikes of the network as it is; nothing learns."""
        spikes, _ = self.chip.run_samples(net.frozen(self.network), net.inputs(images), net.STEPS, learning=False)
        return spikes.counts("exc")

    def _run(self, inputs, learning):
        """Rows sample, step, neuron; the network is then as the chip left it."""
        spikes, self.network = self.chip.run_samples(self.network, inputs, net.STEPS, learning)
        exc = spikes["exc"]
        return np.stack([exc["sample"].astype(int), exc["step"], exc["neuron"].astype(int)], axis=1)

    def assign(self, images, labels):
        """Unsupervised: gives the neurons their labels, from their answers to the training images."""
        if not self.supervised:
            self.class_of = assign(self.answer(images), labels)

    def test(self, images, labels):
        """Per cent of right answers."""
        return 100 * np.mean(answers(self.answer(images), self.class_of) == labels)


def learn(learner, train, test, curve):
    """All epochs. Returns per cent right (of the end; with `curve` after each epoch), the spikes of the last epoch,
    and the processor time of training."""
    right, training = [], 0.0
    for number in range(learner.epochs):
        before = processor_seconds()
        spikes = learner.epoch(number, *train)
        training += processor_seconds() - before
        last = number == learner.epochs - 1
        if last:
            learner.assign(*train)
        if curve or last:
            right.append(learner.test(*test))
        if sys.stderr.isatty():
            print(f"\repoch {number + 1} of {learner.epochs}", end="\n" if last else "", file=sys.stderr)
    return right, spikes, training


def arguments_of():
    parser = on_chip.arguments(__doc__)
    parser.add_argument("mode", choices=("unsupervised", "supervised"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="of first weights and of order")
    parser.add_argument("--images", type=int, default=1203, help="so many training images (default all, 1203)")
    parser.add_argument("--tests", type=int, default=594, help="so many test images (default all, 594)")
    parser.add_argument("--epochs", type=int, default=net.Settings.epochs)
    parser.add_argument("--at-least", type=float, default=0, help="per cent that must be right, mean of the seeds")
    parser.add_argument("--plot", type=pathlib.Path, help="folder for pictures of the first seed; tests each epoch")
    arguments = parser.parse_args()
    for name, most in (("images", 1203), ("tests", 594), ("epochs", 1000)):
        if not 1 <= getattr(arguments, name) <= most:
            parser.error(f"--{name} {getattr(arguments, name)}, but it is 1..{most}")
    return arguments


def main():
    a = arguments_of()
    train_x, train_y, test_x, test_y = coding.split()
    train, test = (train_x[:a.images], train_y[:a.images]), (test_x[:a.tests], test_y[:a.tests])
    results = []
    for seed in a.seeds:
        learner = Learner(on_chip.Chip(a), a.mode == "supervised", seed, a.epochs)
        drawn = a.plot is not None and seed == a.seeds[0]
        right, spikes, training = learn(learner, train, test, curve=drawn)
        results.append(right[-1])
        print(f"{a.mode}, seed {seed}: {right[-1]:.2f} % of {len(test[0])} test images right; "
              f"{a.epochs} epochs of {len(train[0])} images on {a.executor} took {training:.0f} s of processor time",
              flush=True)
        if drawn:
            import pictures  # matplotlib is needed for nothing else
            pictures.draw(a.plot, a.mode, learner, right, spikes)
    mean, spread = np.mean(results), np.std(results, ddof=1) if len(results) > 1 else 0.0
    print(f"{a.mode}: mean {mean:.2f} %, standard deviation {spread:.2f} of {len(results)} seeds")
    if mean < a.at_least:
        sys.exit(f"learn.py: {mean:.2f} % are fewer than the {a.at_least:g} % asked for")


if __name__ == "__main__":
    main()
