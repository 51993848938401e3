# SPDX-License-Identifier: Apache-2.0
"""Where the braille example's data lie, and how its steps and the chip's steps belong together."""
import os
import pathlib

import numpy as np

STEPS = 256
HIDDEN_SHIFT = 1  # a spike of step t acts in t + 1: step t of the original is step t + 1 of the chip's hidden layer,
OUTPUT_SHIFT = 2  # and t + 2 of its output layer
LABEL = 1         # of the reading, as published


def data(name):
    """A file of the data set, beside the checkout or under SPIKEMESH_DATA."""
    beside = pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"
    folders = [pathlib.Path(os.environ["SPIKEMESH_DATA"])] if os.environ.get("SPIKEMESH_DATA") else [beside]
    for folder in folders:
        if (folder / "nir" / name).is_file():
            return folder / "nir" / name
    raise FileNotFoundError(f"nir/{name} is not in {folders[0]}: it is no part of the repository; "
                            "say with SPIKEMESH_DATA where the data lie (README.md names the source)")


def reading():
    """[256 steps, 12 channels] of 0 and 1."""
    return np.load(data("braille_sample0_input.npy"))


def activity():
    """[256 steps, 38 neurons] of 0 and 1: the hidden layer's spikes, as published."""
    return np.load(data("braille_bias_zero.snntorch_activity.npy")).astype(int)
