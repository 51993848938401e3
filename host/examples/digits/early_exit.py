#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ends images early when the answer is sure, and scores what is left of the steps and of the right answers.

    early_exit.py --spikemesh PROGRAM --out FOLDER                                      by the rule, on the reference's spikes
    early_exit.py --spikemesh PROGRAM --out FOLDER --executor model [--config default] [--images 20]
    early_exit.py --spikemesh PROGRAM --out FOLDER --port PORT [--images 20]

When an image is sure is said by early_exit.json, which exit_rule.py chose without the test images. The rule of
docs/firmware.md is applied here to the reference's spikes of all test images. With --executor or --port, the first of these
images run on a chip, whose management core has the program early-exit: its answers, steps, margins and spikes must be those
of the rule. Ends with 1 if they are not, if less than 30 % of the steps are saved, or if a point or more is lost.
"""
import argparse
import csv
import json
import pathlib
import shutil
import subprocess
import sys

import numpy as np

import coding
import exit_rule

HERE = pathlib.Path(__file__).resolve().parent
MOST_LOST = 1  # points
NEVER = np.full(coding.STEPS, coding.STEPS + 1)  # margins with which no image ends early


def shell(*words):
    done = subprocess.run([str(word) for word in words], stdout=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"early_exit.py: this failed: {' '.join(map(str, words))}")


def write_inputs(folder, count):
    """Files of the first test images and their labels; returns the inputs and the labels."""
    inputs, labels = folder / f"{count}.inputs.csv", folder / f"{count}.labels.csv"
    shell(sys.executable, "-B", HERE / "inputs.py", "--count", count, inputs, labels)
    with open(labels, newline="", encoding="utf-8") as file:
        return inputs, np.array([int(row["label"]) for row in csv.DictReader(file)])


def read_spikes(path, samples):
    """[samples, STEPS, CLASSES] of 0 and 1"""
    fired = np.zeros((samples, coding.STEPS, coding.CLASSES), dtype=int)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["population"] == "digit":
                fired[int(row["sample"]), int(row["step"]), int(row["neuron"])] = 1
    return fired


def run(program, network, folder, count, *options):
    """Runs the first test images; returns their output spikes and labels."""
    inputs, labels = write_inputs(folder.parent, count)
    shell(program, "run", network, "--input", inputs, "--steps", coding.STEPS, "--samples", count, "--out", folder, *options)
    return read_spikes(folder / "spikes.csv", count), labels


def network_with(folder, firmware):
    """The network with the program and its settings, for a chip with fewer tiles than the example is spread over, too."""
    network = json.loads((HERE / "network.json").read_text(encoding="utf-8"))
    del network["min_tiles"]
    network["firmware"] = firmware
    for array in HERE.glob("network.*.npy"):
        shutil.copy(array, folder)
    path = folder / "network.json"
    path.write_text(json.dumps(network), encoding="utf-8")
    return path


def read_answers(path, samples):
    columns = np.full((3, samples), -1)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            columns[:, int(row["sample"])] = int(row["neuron"] or -1), int(row["steps"]), int(row["margin"])
    return columns


def score(name, answers, steps, labels, whole):
    """Prints a line; returns per cent of the steps that are saved, and the points that are lost."""
    early, saved = 100 * np.mean(answers == labels), 100 * (1 - steps.mean() / coding.STEPS)
    print(f"{name}, {len(labels)} images: {early:.2f} % right instead of {whole:.2f} %, after {steps.mean():.2f} instead of "
          f"{coding.STEPS} steps an image: {saved:.1f} % saved")
    return saved, whole - early


def compare(said, wanted, on_chip, fired):
    """Ends the script where the chip differs from the rule."""
    for sample in np.flatnonzero(np.any(wanted != said, axis=0)):
        sys.exit(f"early_exit.py: image {sample}: answer, steps and margin are {said[:, sample]} on the chip, "
                 f"but {wanted[:, sample]} by the rule")
    ran = np.arange(coding.STEPS)[None, :, None] < wanted[1][:, None, None]
    if not np.array_equal(on_chip, fired * ran):
        sys.exit("early_exit.py: the spikes of the chip are not those of the reference")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--spikemesh", required=True, help="the program")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="folder for inputs and runs")
    parser.add_argument("--executor", help="reference, model, rtl or lockstep, with a management core")
    parser.add_argument("--config", help="its build")
    parser.add_argument("--port", help="a chip with a management core")
    parser.add_argument("--images", type=int, default=594, help="how many of the test images run on the chip (default: all)")
    arguments = parser.parse_args()
    if not 1 <= arguments.images <= 594:
        parser.error(f"--images {arguments.images}: the test set has 594")
    arguments.out.mkdir(parents=True, exist_ok=True)
    firmware = json.loads(exit_rule.FILE.read_text(encoding="utf-8"))
    margins = exit_rule.margins_of(firmware["settings"]["margins"])
    fired, labels = run(arguments.spikemesh, HERE / "network.json", arguments.out / "reference", 594)
    wanted = np.array(exit_rule.apply(fired, margins))
    right = exit_rule.apply(fired, NEVER)[0] == labels
    saved, lost = score("by the rule", wanted[0], wanted[1], labels, 100 * np.mean(right))
    if saved < exit_rule.LEAST_SAVED or lost >= MOST_LOST:
        sys.exit(f"early_exit.py: at least {exit_rule.LEAST_SAVED} % of the steps shall be saved, and fewer than {MOST_LOST} points lost")
    chip = [word for name in ("executor", "config", "port") if getattr(arguments, name)
            for word in (f"--{name}", getattr(arguments, name))]
    if not arguments.executor and not arguments.port:
        return
    count = arguments.images
    network = network_with(arguments.out, firmware)
    on_chip, labels = run(arguments.spikemesh, network, arguments.out / "chip", count, *chip)
    said = read_answers(arguments.out / "chip" / "answers.csv", count)
    compare(said, wanted[:, :count], on_chip, fired[:count])
    score("on the chip", said[0], said[1], labels, 100 * np.mean(right[:count]))


if __name__ == "__main__":
    main()
