#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the digits network off line and writes network.json with its arrays beside it.

    train.py [--seed 1] [--epochs 200] [--hidden 192] [--out FOLDER] [--validate]

The network: 64 input lines -> 64 relay neurons (one a pixel: each pixel spike crosses the link once and
is copied to the tiles on the chip) -> hidden LIF neurons -> 10 LIF neurons, one a digit.

Training runs the chip's own arithmetic forwards (integers, truncation, delays) and surrogate gradients
through time backwards, on randomly shifted and noisy copies of the training images. The test images are
looked at once, at the end. With --validate a quarter of the training images is held back and nothing is
written: this is how the settings below were chosen.
"""
import argparse
import pathlib
import sys

import numpy as np
from sklearn.model_selection import train_test_split

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import coding
import spiking

DECAY_BITS = 12
THETA = 1024
DELAYS = 4                     # hidden synapses have delays 1..4: pixels of one value do not arrive in one volley
HIDDEN_DECAYS = (2048, 3891)   # a, b of 4096: I halves every step, V keeps 95 %
OUTPUT_DECAYS = (2048, 3973)   # V keeps 97 %
LOGIT = 0.7                    # of one output spike, in the training's softmax
BATCH = 64
RATE = 0.004
SHRINK = 0.01                  # weight decay
QUIET = 0.02                   # price of a hidden spike


class Layer:
    """LIF neurons that reset by subtraction, forwards in integers and backwards with a surrogate."""

    def __init__(self, size, decays):
        self.size, self.a, self.b = size, decays[0] / 2**DECAY_BITS, decays[1] / 2**DECAY_BITS

    def begin(self, samples):
        self.i, self.v, self.grad_i, self.grad_v = np.zeros((4, samples, self.size))

    def forward(self, current):
        """Returns who fired, and V before the reset."""
        self.i = np.trunc(self.i * self.a) + current
        v = np.trunc(self.v * self.b) + self.i
        spike = (v > THETA).astype(float)
        self.v = v - spike * THETA
        return spike, v

    def backward(self, grad_spike, v):
        """Returns the gradient of the current of this step; steps come last to first."""
        surrogate = 1 / (1 + 4 * np.abs(v / THETA - 1))**2 / THETA
        self.grad_v = self.grad_v * self.b + grad_spike * surrogate
        self.grad_i = self.grad_i * self.a + self.grad_v
        return self.grad_i


class Trainer:
    """Weights, their delays and their optimiser (Adam)."""

    def __init__(self, hidden, seed):
        self.random = np.random.default_rng(seed)
        self.delays = self.random.integers(1, DELAYS + 1, size=(coding.PIXELS, hidden))
        self.masks = np.stack([self.delays == d for d in range(1, DELAYS + 1)]).astype(float)
        self.weights = [self.random.normal(0, 0.12 * THETA, (coding.PIXELS, hidden)),
                        self.random.normal(0, 0.2 * THETA, (hidden, coding.CLASSES))]
        self.moments = [[np.zeros_like(w), np.zeros_like(w)] for w in self.weights]
        self.updates = 0
        self.hidden = Layer(hidden, HIDDEN_DECAYS)
        self.output = Layer(coding.CLASSES, OUTPUT_DECAYS)

    def forward(self, images):
        """Returns the output's spike counts, the hidden spikes of each image, and what backward needs."""
        samples = len(images)
        rounded = [np.round(w) for w in self.weights]
        to_hidden = (rounded[0] * self.masks).reshape(-1, self.hidden.size)
        relay = np.zeros((samples, coding.STEPS + DELAYS + 1, coding.PIXELS))  # relays fire one step after the input
        relay[:, DELAYS + 1:DELAYS + 1 + coding.WINDOW] = coding.spikes(images)
        self.hidden.begin(samples)
        self.output.begin(samples)
        fired = np.zeros((samples, self.hidden.size))
        counts, total, tape = np.zeros((samples, coding.CLASSES)), 0, []
        for t in range(coding.STEPS):
            before = fired
            arriving = np.concatenate([relay[:, t + DELAYS - d] for d in range(1, DELAYS + 1)], axis=1)
            out, out_v = self.output.forward(before @ rounded[1])
            fired, hidden_v = self.hidden.forward(arriving @ to_hidden)
            counts += out
            total += fired.sum()
            tape.append((arriving, hidden_v, before, out_v))
        return counts, total / samples, tape

    def gradients(self, images, labels):
        counts, _, tape = self.forward(images)
        samples = len(images)
        logits = np.exp(LOGIT * (counts - counts.max(axis=1, keepdims=True)))
        error = logits / logits.sum(axis=1, keepdims=True)
        error[np.arange(samples), labels] -= 1
        error *= LOGIT / samples
        grad_in = np.zeros((DELAYS * coding.PIXELS, self.hidden.size))
        grad_out = np.zeros_like(self.weights[1])
        grad_fired = np.zeros((samples, self.hidden.size))
        for arriving, hidden_v, before, out_v in reversed(tape):
            current = self.output.backward(error, out_v)
            grad_out += before.T @ current
            grad_in += arriving.T @ self.hidden.backward(grad_fired + QUIET / samples / coding.STEPS, hidden_v)
            grad_fired = current @ np.round(self.weights[1]).T
        return (grad_in.reshape(self.masks.shape) * self.masks).sum(axis=0), grad_out

    def update(self, gradients, rate):
        self.updates += 1
        for weight, gradient, (mean, square) in zip(self.weights, gradients, self.moments):
            gradient = gradient * THETA
            mean += 0.1 * (gradient - mean)
            square += 0.001 * (gradient**2 - square)
            step = mean / (1 - 0.9**self.updates) / (np.sqrt(square / (1 - 0.999**self.updates)) + 1e-8)
            weight -= rate * (THETA * step + SHRINK * weight)

    def vary(self, images):
        """Half of the images shifted by up to 0.6 pixels, all with other contrast and noise on the ink."""
        varied = images.reshape(-1, 8, 8).astype(float)
        for axis in (1, 2):
            shift = self.random.uniform(-0.6, 0.6, len(images)) * (self.random.random(len(images)) < 0.5)
            moved = np.where(shift[:, None, None] > 0, _shifted(varied, 1, axis), _shifted(varied, -1, axis))
            varied += np.abs(shift)[:, None, None] * (moved - varied)
        contrast = self.random.uniform(0.9, 1.1, (len(images), 1, 1))
        noise = self.random.normal(0, 0.6, varied.shape)
        varied = np.where(varied > 0, varied * contrast + noise, 0)
        return np.clip(np.round(varied), 0, coding.PIXEL_MAX).reshape(-1, coding.PIXELS).astype(int)

    def epoch(self, images, labels, rate):
        varied = self.vary(images)
        order = self.random.permutation(len(images))
        for start in range(0, len(order), BATCH):
            batch = order[start:start + BATCH]
            self.update(self.gradients(varied[batch], labels[batch]), rate)


def _shifted(images, by, axis):
    moved = np.roll(images, by, axis=axis)
    edge = [slice(None)] * 3
    edge[axis] = 0 if by > 0 else -1
    moved[tuple(edge)] = 0
    return moved


def network(trainer):
    """The trained weights as the chip holds them."""
    net = spiking.Network(1.0, DECAY_BITS, min_tiles=12)
    net.populations["pixel"] = spiking.Population(coding.PIXELS, input=True)
    net.populations["relay"] = spiking.Population(coding.PIXELS, theta=0)
    for name, layer in (("hidden", trainer.hidden), ("digit", trainer.output)):
        net.populations[name] = spiking.Population(layer.size, record=name == "digit", theta=THETA, subtract=1,
                                                   decay_i=round(layer.a * 2**DECAY_BITS),
                                                   decay_v=round(layer.b * 2**DECAY_BITS))
    net.connect("pixel", "relay", np.eye(coding.PIXELS))
    net.connect("relay", "hidden", np.round(trainer.weights[0]), trainer.delays)
    net.connect("hidden", "digit", np.round(trainer.weights[1]))
    return net


def trained(images, labels, hidden=192, seed=1, epochs=200):
    """A network that has learned these images."""
    trainer = Trainer(hidden, seed)
    for epoch in range(epochs):
        trainer.epoch(images, labels, RATE * 0.5 * (1 + np.cos(np.pi * epoch / epochs)))
        if sys.stderr.isatty():
            print(f"\repoch {epoch + 1} of {epochs}", end="", file=sys.stderr)
    return network(trainer)


def fired(net, images):
    """Spikes of all populations by the chip's arithmetic, [samples, STEPS, neurons] of each."""
    pixels = np.zeros((len(images), coding.STEPS, coding.PIXELS), dtype=np.int64)
    pixels[:, :coding.WINDOW] = coding.spikes(images)
    return net.run({"pixel": pixels}, coding.STEPS)


def accuracy(net, images, labels):
    """Share of right answers, and spikes an image."""
    spikes = fired(net, images)
    answers = coding.label(spikes["digit"].sum(axis=1))
    return np.mean(answers == labels), {name: s.sum() / len(images) for name, s in spikes.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent)
    parser.add_argument("--validate", action="store_true")
    arguments = parser.parse_args()
    train_x, train_y, test_x, test_y = coding.split()
    if arguments.validate:
        train_x, test_x, train_y, test_y = train_test_split(train_x, train_y, test_size=0.25, random_state=0)
    net = trained(train_x, train_y, arguments.hidden, arguments.seed, arguments.epochs)
    for name, images, labels in (("training", train_x, train_y), ("held-back", test_x, test_y)):
        share, spikes = accuracy(net, images, labels)
        print(f"{name} images: {share:.4f} of {len(images)} right; spikes an image: "
              + ", ".join(f"{population} {count:.0f}" for population, count in spikes.items()))
    if not arguments.validate:
        net.write(arguments.out / "network.json")


if __name__ == "__main__":
    main()
