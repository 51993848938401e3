# SPDX-License-Identifier: Apache-2.0
"""One picture of a run: the weights as images, the learning curve, who fired when."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import network as net
from network import coding

SIDE, ACROSS = 8, 10
RASTER_IMAGES = 40


def mosaic(weights, order):
    """The 64 weights of each neuron as 8 x 8 pixels, ten neurons a row, with a gap between them."""
    rows = -(-len(order) // ACROSS)
    sheet = np.full((rows * (SIDE + 1) - 1, ACROSS * (SIDE + 1) - 1), np.nan)
    for place, neuron in enumerate(order):
        y, x = (SIDE + 1) * (place // ACROSS), (SIDE + 1) * (place % ACROSS)
        sheet[y:y + SIDE, x:x + SIDE] = weights[:, neuron].reshape(SIDE, SIDE)
    return sheet


def _weights(axes, weights, order):
    shown = axes.imshow(mosaic(weights, order), cmap="gray", interpolation="nearest")
    axes.figure.colorbar(shown, ax=axes, shrink=0.7, label="weight")
    axes.set(title="64 weights of each neuron, sorted by label", xticks=[], yticks=[])


def _curve(axes, right):
    axes.plot(range(1, len(right) + 1), right, marker="o")
    axes.set(title="learning curve", xlabel="epoch", ylabel="test images right, %", xticks=range(1, len(right) + 1))
    axes.grid(alpha=0.4)


def _raster(axes, spikes, order, class_of):
    place = np.argsort(order)
    rows = spikes[spikes[:, 0] < RASTER_IMAGES]
    axes.scatter(rows[:, 0] * net.STEPS + rows[:, 1], place[rows[:, 2]], s=9, c=class_of[rows[:, 2]], cmap="tab10",
                 vmin=0, vmax=coding.CLASSES - 1)
    for image in range(RASTER_IMAGES + 1):
        axes.axvline(image * net.STEPS, color="0.9", linewidth=0.6, zorder=0)
    axes.set(title=f"spikes of the last epoch, first {RASTER_IMAGES} images", xlabel="step",
             ylabel="neuron, sorted by label", ylim=(-1, net.EXC), xlim=(0, RASTER_IMAGES * net.STEPS))


def draw(folder, mode, learner, right, spikes):
    """Writes folder/mode.png; `right`: per cent after each epoch, `spikes`: rows sample, step, neuron."""
    order = np.argsort(learner.class_of, kind="stable")
    figure, axes = plt.subplots(1, 3, figsize=(15, 4.6), layout="constrained")
    _weights(axes[0], net.weights(learner.network), order)
    _curve(axes[1], right)
    _raster(axes[2], spikes, order, learner.class_of)
    figure.suptitle(f"{mode}: {right[-1]:.2f} % of the test images right")
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{mode}.png", dpi=80, metadata={"Software": None})
    plt.close(figure)
