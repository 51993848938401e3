#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The direction of motion, from delays: neurons whose synapses are given delays, or learn them, fire for what moves their way.

    motion.py [--executor reference|model] [--movies 40] [--plot motion.png]

After Grimaldi & Perrinet, "Learning heterogeneous delays in a layer of spiking neurons for fast motion detection" (2023).
"""
import argparse
import json
import pathlib
import tempfile
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegression

import spikemesh as sm

SIDE, STEPS, DOTS = 16, 80, 12  # places along an axis (a torus), steps of a movie, dots that move in it
REACH, LAGS = 2, 12  # a neuron sees (2 * REACH + 1)**2 places around its own, and so many steps into the past
DIRECTIONS = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]  # x, y
PACE = 3  # steps from one place to the next
SYNAPSES = 24  # that a neuron that learned keeps
OFFSETS = [(x, y) for y in range(-REACH, REACH + 1) for x in range(-REACH, REACH + 1)]


def movie(direction, draw, noise=0.002):
    """[steps, y, x] of 0 and 1: dots that begin anywhere and move one place every PACE steps, and random events."""
    frames = draw.random((STEPS, SIDE, SIDE)) < noise
    x, y, phase = draw.integers(0, SIDE, DOTS), draw.integers(0, SIDE, DOTS), draw.integers(0, PACE, DOTS)
    for step in range(STEPS):
        arrives = (step + phase) % PACE == 0
        x, y = (x + direction[0] * arrives) % SIDE, (y + direction[1] * arrives) % SIDE
        frames[step, y[arrives], x[arrives]] = True
    return frames.astype(np.int64)


def movies(count, seed, noise=0.002):
    """Movies of all directions, `count` of each, and the number of the direction."""
    draw = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(DIRECTIONS)), count)
    return np.array([movie(DIRECTIONS[label], draw, noise) for label in labels]), labels


def given_delays():
    """Of each direction: weight 1 for each place that a dot passes on its way here, with the delay that makes all of its spikes
    arrive together. {(offset, delay): weight}"""
    return [{((-k * x, -k * y), 1 + k * PACE): 1.0 for k in range(REACH + 1)} for x, y in DIRECTIONS]


def past(frames, step, y, x):
    """[offsets * lags]: what the places around y, x did in the last steps."""
    seen = frames[step - LAGS + 1:step + 1]
    return np.stack([seen[:, (y + dy) % SIDE, (x + dx) % SIDE][::-1] for dx, dy in OFFSETS]).ravel()


def learned_delays(count, seed):
    """The same, learned: a regression tells the direction from the past of events; each synapse is one place and one delay, and the
    strongest are kept."""
    draw = np.random.default_rng(seed)
    rows, labels = [], []
    for frames, label in zip(*movies(count, seed)):
        events = np.argwhere(frames[LAGS:])
        for step, y, x in events[draw.choice(len(events), 100)]:
            rows.append(past(frames, step + LAGS, y, x))
            labels.append(label)
    model = LogisticRegression(C=0.1, max_iter=200).fit(np.array(rows, float), labels)
    kernels = []
    for weights in model.coef_:
        strongest = np.argsort(-np.abs(weights))[:SYNAPSES]
        kernels.append({(OFFSETS[at // LAGS], 1 + at % LAGS): float(weights[at]) for at in strongest})
    return kernels


def without_delays(kernels):
    """The same weights, with the mean of the delays everywhere."""
    mean = round(np.mean([delay for kernel in kernels for _, delay in kernel]))
    merged = []
    for kernel in kernels:
        merged.append({})
        for (offset, _), weight in kernel.items():
            merged[-1][offset, mean] = merged[-1].get((offset, mean), 0) + weight
    return merged


def network(kernels, threshold):
    """A neuron for each place and direction, which fires when enough of its spikes arrive in the same step."""
    net = sm.Network(dt_ms=1.0)
    net.add_input("retina", SIDE * SIDE)
    place = np.arange(SIDE * SIDE)
    y, x = divmod(place, SIDE)
    for number, kernel in enumerate(kernels):
        net.add_neurons(f"direction{number}", SIDE * SIDE, sm.PhysicalNeurons(beta=0.0, v_threshold=threshold), record=True)
        synapses = [((y + dy) % SIDE * SIDE + (x + dx) % SIDE, place, weight, delay) for ((dx, dy), delay), weight in kernel.items()]
        pre, post, weight, delay = (np.concatenate([np.broadcast_to(each[k], place.shape) for each in synapses]) for k in range(4))
        net.connect("retina", f"direction{number}", pre, post, weight, delay)
    return net


def spikes_of(kernels, threshold, frames, executor, config):
    """[movies, directions] of spikes."""
    spikes = sm.run(network(kernels, threshold), {"retina": frames.reshape(len(frames), STEPS, -1)}, STEPS, executor=executor, config=config)
    return np.stack([spikes.dense(f"direction{number}").sum(axis=(1, 2)) for number in range(len(kernels))], axis=1)


def threshold_of(kernels, frames, labels, config):
    """The best of a few, on movies to learn from: shares of the largest sum that a neuron can get."""
    most = np.mean([sum(weight for weight in kernel.values() if weight > 0) for kernel in kernels])
    tried = [share * most for share in (0.3, 0.4, 0.5, 0.6, 0.7, 0.85)]
    right = [np.mean(spikes_of(kernels, each, frames, "reference", config).argmax(axis=1) == labels) for each in tried]
    return tried[int(np.argmax(right))]


def draw(learned, results, levels, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure = plt.figure(figsize=(8, 3.4), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1.5, 1])
    for number, axes in enumerate(left.subplots(2, 4).ravel()):
        shown = np.full((2 * REACH + 1, 2 * REACH + 1), np.nan)
        strength = np.zeros_like(shown)
        for (offset, delay), weight in sorted(learned[number].items(), key=lambda item: item[1]):
            if weight > 0:  # the strongest last
                shown[offset[1] + REACH, offset[0] + REACH] = delay
                strength[offset[1] + REACH, offset[0] + REACH] = weight
        image = axes.imshow(shown, origin="lower", vmin=1, vmax=LAGS, cmap="viridis", alpha=strength / strength.max())
        x, y = DIRECTIONS[number]
        axes.annotate("", (REACH + 1.6 * x, REACH + 1.6 * y), (REACH - 1.6 * x, REACH - 1.6 * y), arrowprops={"arrowstyle": "->", "color": "#D55E00", "lw": 1.5})
        axes.set_xticks([])
        axes.set_yticks([])
    left.colorbar(image, ax=left.axes, label="delay (steps); faint: weak synapse", shrink=0.8)
    left.suptitle("delays that were learned, and the direction", fontsize=9)
    axes = right.subplots()
    for name, each in results.items():
        axes.plot(range(len(levels)), 100 * np.array(each), "o-", ms=4, label=name)
    axes.axhline(100 / len(DIRECTIONS), color="grey", lw=0.8, ls=":", label="chance")
    axes.set_xticks(range(len(levels)), [f"{100 * level:g}" for level in levels])
    axes.set_xlabel("random events (% of places)")
    axes.set_ylabel("directions of movies right (%)")
    axes.set_ylim(0, 103)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", default="reference", choices=("reference", "model"))
    parser.add_argument("--movies", type=int, default=10, help="of each direction, to test with")
    parser.add_argument("--plot", help="picture to make (.png, .svg, .pdf)")
    options = parser.parse_args()
    warnings.simplefilter("ignore", sm.ConversionWarning)
    levels = (0.002, 0.05, 0.1, 0.2)
    learned = learned_delays(8, seed=1)
    kinds = {"given delays": given_delays(), "learned delays": learned, "learned, one delay": without_delays(learned)}
    results = {name: [] for name in kinds}
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "mesh.json"
        config.write_text(json.dumps({"MeshW": 6, "MeshH": 6}), encoding="utf-8")
        for name, kernels in kinds.items():
            threshold = threshold_of(kernels, *movies(2, seed=2), config)
            for level in levels:
                frames, labels = movies(options.movies, seed=3, noise=level)
                counts = spikes_of(kernels, threshold, frames, options.executor, config)
                results[name].append(float(np.mean(counts.argmax(axis=1) == labels)))
            synapses = sum(map(len, kernels)) * SIDE * SIDE
            print(f"{name}: {synapses} synapses; of {len(labels)} movies right: "
                  + ", ".join(f"{100 * right:.1f} % with {100 * level:g} % noise" for right, level in zip(results[name], levels)))
    if options.plot:
        draw(learned, results, levels, options.plot)
    if min(results["given delays"][0], results["learned delays"][0]) < 0.95 or results["learned, one delay"][0] > 0.5:
        raise SystemExit("motion.py: delays do not tell the direction, or one delay does as well")


if __name__ == "__main__":
    main()
