# SPDX-License-Identifier: Apache-2.0
"""The picture of the detectors: thresholds on their way, answers to altered patterns, accuracy against similarity."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of the backend
import numpy as np  # noqa: E402

import detector  # noqa: E402


def draw(path, executor, trials, result, table):
    figure, axes = plt.subplots(2, 2, figsize=(11, 7.6), gridspec_kw={"hspace": 0.38, "wspace": 0.24})
    raster(axes[0, 0], trials, result)
    window(axes[0, 1], trials, result)
    altered(axes[1, 0], trials, result)
    similarity(axes[1, 1], table)
    figure.suptitle(f"run on {executor}", fontsize=9, y=0.94)
    figure.savefig(path, dpi=100, bbox_inches="tight", metadata={"Software": None})


def raster(axis, trials, result):
    """A spike for each presentation until the threshold has come to the drive of the whole pattern."""
    sizes = [int(trial.patterns[0].sum()) for trial in trials]
    axis.scatter(*result.settling.T, s=2, marker="|", linewidths=0.4, color="tab:blue")
    axis.set_yticks(range(len(trials)))
    axis.set_yticklabels([f"{size}" if k == sizes.index(size) else "" for k, size in enumerate(sizes)], fontsize=8)
    axis.axvspan(detector.SETTLED, detector.SETTLED + detector.REST, color="0.92", zorder=0)
    axis.text(detector.SETTLED + detector.REST / 2, len(trials) / 2, "rest", ha="center", va="center", fontsize=8)
    axis.set_xlim(0, detector.SETTLED + detector.REST)
    axis.set_xlabel("step (a presentation each)")
    axis.set_ylabel("detector, by bits of its pattern")
    axis.set_title("homeostasis: every spike raises the threshold", fontsize=10)


def window(axis, trials, result):
    """Threshold of each detector, between the drive of its pattern and that of the nearest other."""
    drive = result.weights @ np.array([trial.patterns[0] for trial in trials]).T
    whole = np.diag(drive) / detector.WEIGHT
    nearest = []
    for trial, weights in zip(trials, result.weights):
        flips = np.where(trial.patterns[0] == 1, -weights, weights)
        nearest.append((weights @ trial.patterns[0] + flips.max()) / detector.WEIGHT)
    x = np.arange(len(trials))
    axis.vlines(x, np.array(nearest) - whole, 0, color="0.75", linewidth=5,
                label="from the pattern to one bit less or more")
    axis.plot(x, result.thresholds / detector.WEIGHT - whole, "o", color="tab:red", markersize=4, label="threshold")
    axis.set_xticks(x)
    sizes = [int(trial.patterns[0].sum()) for trial in trials]
    axis.set_xticklabels([f"{size}" if k == sizes.index(size) else "" for k, size in enumerate(sizes)], fontsize=8)
    axis.set_ylim(-1.15, 0.25)
    axis.set_xlabel("detector, by bits of its pattern")
    axis.set_ylabel("below the pattern's drive (weights)")
    axis.set_title("where the threshold is held", fontsize=10)
    axis.legend(fontsize=8, loc="upper left", ncol=2, frameon=False, columnspacing=1)


def altered(axis, trials, result):
    """Share of presentations that were answered, by the number of inputs that differ from the pattern."""
    distance = np.concatenate([np.abs(trial.tests - trial.patterns[0]).sum(axis=1) for trial in trials])
    answers = np.concatenate([result.answers[:, k] for k in range(len(trials))])
    shown = [answers[distance == d] for d in range(5)] + [answers[distance > 4]]
    axis.bar(range(6), [100 * group.mean() for group in shown], color="tab:blue")
    for x, group in enumerate(shown):
        axis.text(x, 100 * group.mean() + 2, f"{group.sum()} of\n{len(group)}", ha="center", fontsize=8)
    axis.set_xticks(range(6))
    axis.set_xticklabels(["0", "1", "2", "3", "4", "5 .."])
    axis.set_ylim(0, 118)
    axis.set_xlabel("inputs that differ from the pattern")
    axis.set_ylabel("answered (%)")
    axis.set_title(f"one pattern a detector: {len(answers)} tests of {len(trials)} detectors", fontsize=10)


def similarity(axis, table):
    colours = {1: "0.4", 2: "tab:blue", 3: "tab:orange", 4: "tab:green"}
    for number in sorted({number for number, _ in table}):
        shares = sorted(shared for n, shared in table if n == number)
        scores = 100 * np.array([table[number, shared] for shared in shares])
        axis.plot(shares, scores.mean(axis=1), "o--" if number == 1 else "o-", markersize=4, color=colours[number],
                  label=f"{number} pattern{'s' * (number > 1)} a detector")
        axis.fill_between(shares, scores.min(axis=1), scores.max(axis=1), color=colours[number], alpha=0.2, linewidth=0)
    axis.set_xlabel("similarity: bits of 16 that all its patterns share")
    axis.set_ylabel("accuracy (%)")
    axis.set_ylim(45, 103)
    axis.set_title("several patterns a detector", fontsize=10)
    axis.legend(fontsize=8, loc="lower right")
