#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A trained convolutional network of Sinabs reads recordings of an event camera: from the files to the picture.

    nmnist.py [--executor reference|model] [--data FOLDER] [--plot nmnist.png]

FOLDER has nir/cnn_sinabs.nir, nmnist/*.bs2 and nmnist/labels.txt.
"""
import argparse
import json
import os
import pathlib
import tempfile
import warnings

import numpy as np

import spikemesh as sm

STEPS = 300  # of 1 ms
DATA = pathlib.Path(os.environ.get("SPIKEMESH_DATA", pathlib.Path(__file__).resolve().parents[4] / "shared" / "data"))


def recordings(folder):
    """(events, digit) of each."""
    lines = (folder / "labels.txt").read_text(encoding="utf-8").splitlines()
    return [(sm.read_event_stream(folder / f"{name}.bs2", (34, 34)), int(label)) for name, label in (line.split() for line in lines if line[0] != "#")]


def draw(dataset, result, outputs, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(3, 5, figsize=(9, 5.4), layout="constrained", height_ratios=[1.3, 0.9, 0.9])
    for column in range(5):
        stream, label = dataset[column]
        image = np.zeros((34, 34, 3)) + 1
        for on, colour in ((0, (0.0, 0.45, 0.70)), (1, (0.84, 0.37, 0.0))):
            counts = np.zeros((34, 34))
            np.add.at(counts, (stream.y[stream.p == on], stream.x[stream.p == on]), 1)
            share = np.minimum(counts / 8, 1)[..., None]
            image = image * (1 - share) + share * np.array(colour)
        axes[0, column].imshow(image)
        axes[0, column].set_title(f"{len(stream)} events, a {label}", fontsize=8)
        axes[0, column].axis("off")
        step, digit = np.nonzero(outputs[column])
        axes[1, column].scatter(step, digit, s=1, c=np.where(digit == label, "#009E73", "#888888"))
        axes[1, column].set(xlim=(0, STEPS), ylim=(-0.7, 9.7), yticks=range(0, 10, 3))
        axes[1, column].set_xlabel("time (ms)", fontsize=8)
        axes[2, column].bar(range(10), result.scores[column], color=["#009E73" if k == label else "#888888" for k in range(10)])
        axes[2, column].set_xticks(range(10))
        axes[2, column].set_xlabel("digit", fontsize=8)
        for row in (1, 2):
            axes[row, column].tick_params(labelsize=7)
    axes[1, 0].set_ylabel("output spikes of digit", fontsize=8)
    axes[2, 0].set_ylabel("spikes", fontsize=8)
    figure.savefig(path, dpi=130)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--executor", default="reference", choices=("reference", "model"))
    parser.add_argument("--data", type=pathlib.Path, default=DATA)
    parser.add_argument("--plot", help="picture to make (.png, .svg, .pdf)")
    options = parser.parse_args()
    if not (options.data / "nmnist").is_dir():
        raise SystemExit(f"nmnist.py: {options.data} has no folder nmnist; name one with --data, or in SPIKEMESH_DATA")
    warnings.simplefilter("ignore")  # the report of the import has them
    dataset = recordings(options.data / "nmnist")
    imported = sm.from_nir(options.data / "nir" / "cnn_sinabs.nir", dt=1, dt_ms=1, reset="subtract", threshold=">=")
    with tempfile.TemporaryDirectory() as folder:
        config = pathlib.Path(folder) / "mesh.json"
        config.write_text(json.dumps({"MeshW": 16, "MeshH": 16}), encoding="utf-8")
        result = sm.evaluate(imported, dataset, steps=STEPS, executor=options.executor, config=config)
        print(result)
        if options.plot:
            frames = np.array([stream.dense(1.0, STEPS) for stream, _ in dataset[:5]])
            draw(dataset, result, imported.run(frames, executor=options.executor, config=config)["output"], options.plot)
    if result.accuracy < 0.95:
        raise SystemExit("nmnist.py: fewer than 95 % of the recordings are right")


if __name__ == "__main__":
    main()
