# SPDX-License-Identifier: Apache-2.0
"""The picture of the memory: a raster of learning, recalling and forgetting; weights; fragments by size."""
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402  after the choice of the backend
import numpy as np  # noqa: E402

import cam  # noqa: E402
import memory  # noqa: E402
import on_chip  # noqa: E402

GIVEN, RECALLED = "0.55", "tab:blue"
PLAY = (
    *((f"learn\npattern {cue}", "learn", cue, cam.ORTHOGONAL[cue]) for cue in range(3)),
    ("2 bits\nof 0", "recall", frozenset({3, 8})),
    ("4 bits\nof 1", "recall", frozenset({11, 15, 16, 19})),
    ("cue 2", "recall_cue", 2),
    ("learn another\nunder cue 1", "learn", 1, cam.AGAIN),
    ("3 bits\nof old 1", "recall", frozenset({15, 16, 19})),
    ("2 bits\nof new 1", "recall", frozenset({12, 52})))


def draw(chip, path):
    shown = cam.Cam(chip)
    shown.perform("plot", [operation[1:] for operation in PLAY])
    fired, learned = shown.recorded()
    figure = plt.figure(figsize=(11, 7.4))
    grid = figure.add_gridspec(2, 3, height_ratios=(2.6, 1), hspace=0.36, wspace=0.34)
    raster(figure.add_subplot(grid[0, :]), fired, chip.executor)
    store = on_chip.weights(learned, "cue", "content", "store").reshape(memory.CUES, memory.BITS)
    match = on_chip.weights(learned, "content", "match", "match").reshape(memory.BITS, memory.CUES).T
    heat(figure.add_subplot(grid[1, 0]), store, "cue → content")
    heat(figure.add_subplot(grid[1, 1]), match, "content → match")
    bars(figure.add_subplot(grid[1, 2]))
    figure.savefig(path, dpi=100, bbox_inches="tight", metadata={"Software": None})


def raster(axis, fired, executor):
    end, given = 0, []  # steps in which bits from the host fire
    spans = []
    for what, operation, *_ in PLAY:
        at, end = end, end + (memory.LEARN_STEPS if operation == "learn" else memory.RECALL_STEPS)
        spans.append((at, end, what))
        given += {"learn": [at + memory.TAUGHT], "recall": [at + memory.FRAGMENT]}.get(operation, [])
    content = fired["content"]
    shown = np.isin(content[:, 0], given)
    axis.scatter(*content[shown].T, s=10, color=GIVEN, marker="s", linewidths=0, label="content: bits from the host")
    axis.scatter(*content[~shown].T, s=10, color=RECALLED, marker="s", linewidths=0, label="content: bits recalled")
    base = memory.BITS + 2
    for name, colour in (("match", "tab:green"), ("cue", "tab:red")):
        step, neuron = fired[name].T
        axis.scatter(step, base + neuron, s=22, color=colour, marker="|", linewidths=1.6, label=name)
        axis.text(-3.5, base + 2, name, ha="right", va="center", fontsize=9, color=colour)
        base += memory.CUES + 2
    for number, (at, end, what) in enumerate(spans):
        axis.axvspan(at - 0.5, end - 0.5, color="0.95" if number % 2 else "white", zorder=0, linewidth=0)
        axis.text((at + end - 1) / 2, base, what, ha="center", va="bottom", fontsize=8.5)
    axis.set_xlim(-0.5, end - 0.5)
    axis.set_ylim(-1, base - 1)
    axis.set_yticks(range(0, memory.BITS, 10))
    axis.set_ylabel("content bit")
    axis.set_xlabel(f"step (on {executor})")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncol=4, fontsize=9, frameon=False)


def heat(axis, weights, title):
    most = np.abs(weights).max()
    image = axis.imshow(weights, aspect="auto", cmap="RdBu_r", vmin=-most, vmax=most, interpolation="nearest")
    axis.set_title(f"weights {title}", fontsize=10)
    axis.set_xlabel("content bit")
    axis.set_ylabel("cue")
    axis.figure.colorbar(image, ax=axis, pad=0.02)


def bars(axis):
    """Of the overlapping patterns: how many cues answer to fragments of each size."""
    session = memory.Session(dict(enumerate(cam.OVERLAPPING)))
    sizes = np.arange(2, memory.PATTERN + 1)
    counts = {number: np.zeros(len(sizes), int) for number in (1, 2, 3)}
    for pattern in cam.OVERLAPPING:
        for fragment in cam.fragments(pattern):
            counts[len(session.answers(fragment))][len(fragment) - 2] += 1
    share = {number: 100 * count / sum(counts.values()) for number, count in counts.items()}
    axis.bar(sizes, share[1], color=RECALLED, label="its pattern")
    axis.bar(sizes, share[2] + share[3], bottom=share[1], color="tab:orange", label="all that contain it")
    axis.set_title("overlapping: a fragment recalls", fontsize=10)
    axis.set_xlabel("bits of the fragment")
    axis.set_ylabel("% of fragments")
    axis.set_xticks(sizes)
    axis.legend(fontsize=8, loc="lower right", framealpha=0.95)
