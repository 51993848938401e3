# SPDX-License-Identifier: Apache-2.0
"""The data of the digits example: where it comes from, how it is split, how a pixel becomes spikes."""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

PIXELS = 64
CLASSES = 10
PIXEL_MAX = 16  # a pixel is a number from 0 to 16, and is sent as as many spikes
WINDOW = 16     # steps in which an image is sent, at most one spike a pixel in each
STEPS = 26      # steps an image takes in all: until its last spike has reached the output


def split():
    """The 1,797 images as NeuroCoreX (arXiv 2506.14138) splits them: 1,203 to train, 594 to test."""
    digits = load_digits()
    train_x, test_x, train_y, test_y = train_test_split(digits.data.astype(int), digits.target, test_size=0.33,
                                                        random_state=42)
    return train_x, train_y, test_x, test_y


def spikes(images):
    """[samples, WINDOW, PIXELS] of 0 and 1: a pixel of value k fires k times, evenly spread."""
    step = np.arange(WINDOW)[None, :, None]
    value = np.asarray(images)[:, None, :]
    return (step + 1) * value // PIXEL_MAX - step * value // PIXEL_MAX


def label(counts):
    """The answer of the network: the output neuron with most spikes; of equals the one with the lowest index."""
    return np.argmax(counts, axis=-1)
