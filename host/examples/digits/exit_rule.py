#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Chooses when an image is sure enough to end early, and writes early_exit.json.

    exit_rule.py [--out early_exit.json]
    exit_rule.py --estimate

Only the training images are used. They are cut into four parts, and four networks are trained, each on three of the parts
and with the settings of train.py; each network then reads the part that it has not learned. So every training image is
read by a network that does not know it, as the test images are by network.json.

Two kinds of rules are tried, each with one number. An image is sure when the digit with the most spikes is so many ahead
of the second one:

    constant   `height` spikes, in whatever step
    falling    `height` spikes at the begin of the image, linearly fewer until none are left at its end; at least 1

The rule is the one that reads the most held-back images correctly among those that save at least 30 % of their steps; of
several, the one that saves the most. It takes some minutes.

--estimate says what rules that are chosen so save and lose, and writes nothing: all images, those of the test set too, are
cut into three parts. For each part a rule is chosen as above, and a network is trained, with the other two parts alone, and
both are applied to the part. So each of the 1,797 images counts once, by a network and a rule that do not know it.
"""
import argparse
import json
import pathlib

import numpy as np
from sklearn.model_selection import StratifiedKFold

import coding
import train

PARTS, OUTER_PARTS = 4, 3
LEAST_SAVED = 30  # per cent of the steps
FILE = pathlib.Path(__file__).resolve().parent / "early_exit.json"


def constant(height):
    return np.full(coding.STEPS, height)


def falling(height):
    left = coding.STEPS - np.arange(1, coding.STEPS + 1)
    return np.maximum(1, -(-height * left // coding.STEPS))


def apply(fired, margins):
    """What the program early-exit makes of output spikes [samples, STEPS, CLASSES], with a margin for each step: answers (-1:
    none), steps and margins of all samples."""
    counts = np.cumsum(fired, axis=1)
    ordered = np.sort(counts, axis=2)
    ahead = ordered[:, :, -1] - ordered[:, :, -2]
    sure = ahead >= margins
    sure[:, -1] = True
    last = np.argmax(sure, axis=1)
    at = np.arange(len(fired)), last
    answers = np.where(counts[at].any(axis=1), coding.label(counts[at]), -1)
    return answers, last + 1, ahead[at]


def score(fired, labels, margins):
    """Per cent of right answers without and with the rule, and of steps that are saved."""
    whole = apply(fired, constant(coding.STEPS + 1))[0]
    answers, steps, _ = apply(fired, margins)
    return 100 * np.mean(whole == labels), 100 * np.mean(answers == labels), 100 * (1 - steps.mean() / coding.STEPS)


def held_back(images, labels):
    """Output spikes of all images, each by a network that was not trained with it."""
    fired = np.zeros((len(images), coding.STEPS, coding.CLASSES), dtype=int)
    parts = StratifiedKFold(PARTS, shuffle=True, random_state=0)
    for part, (known, unknown) in enumerate(parts.split(images, labels)):
        net = train.trained(images[known], labels[known])
        fired[unknown] = train.fired(net, images[unknown])["digit"]
        right = np.mean(apply(fired[unknown], constant(coding.STEPS + 1))[0] == labels[unknown])
        print(f"part {part + 1} of {PARTS}: {100 * right:.2f} % of {len(unknown)} images held back are right", flush=True)
    return fired


def choose(fired, labels):
    """The rule, and its height, that reads the most images correctly and saves at least LEAST_SAVED per cent."""
    best = None
    for rule in constant, falling:
        for height in range(1, coding.STEPS + 1):
            whole, early, saved = score(fired, labels, rule(height))
            good = saved >= LEAST_SAVED
            print(f"{rule.__name__} {height}: {early:.2f} % instead of {whole:.2f} %, {saved:.1f} % of the steps saved"
                  + ("" if good else ": too few"))
            if good and (best is None or (early, saved) > best[2]):
                best = rule, height, (early, saved)
    return best[0], best[1]


def estimate():
    """Prints what is lost and saved of all images, each read by a network and ended by a rule that do not know it."""
    images, labels, test_images, test_labels = coding.split()
    images, labels = np.concatenate([images, test_images]), np.concatenate([labels, test_labels])
    results = []
    for known, unknown in StratifiedKFold(OUTER_PARTS, shuffle=True, random_state=1).split(images, labels):
        rule, height = choose(held_back(images[known], labels[known]), labels[known])
        net = train.trained(images[known], labels[known])
        of_part = score(train.fired(net, images[unknown])["digit"], labels[unknown], rule(height))
        results.append([len(unknown) / len(images) * value for value in of_part])
        print("{} {}: {:.2f} % instead of {:.2f} % of {} images, {:.1f} % of the steps saved".format(
            rule.__name__, height, of_part[1], of_part[0], len(unknown), of_part[2]), flush=True)
    whole, early, saved = np.sum(results, axis=0)
    print(f"all {len(images)} images: {early:.2f} % instead of {whole:.2f} % are right, {saved:.1f} % of the steps are saved")


def pairs(margins):
    """As the settings of early-exit have them: a pair where the margin changes."""
    return [[step + 1, int(margin)] for step, margin in enumerate(margins) if step == 0 or margin != margins[step - 1]]


def margins_of(settings):
    """The margin of each step; before the first pair no image is sure."""
    margins = np.full(coding.STEPS, coding.STEPS + 1)
    for step, margin in settings:
        margins[step - 1:] = margin
    return margins


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, default=FILE)
    parser.add_argument("--estimate", action="store_true", help="what such rules save and lose, of all images")
    arguments = parser.parse_args()
    if arguments.estimate:
        return estimate()
    images, labels, _, _ = coding.split()
    rule, height = choose(held_back(images, labels), labels)
    settings = {"population": "digit", "margins": pairs(rule(height))}
    arguments.out.write_text(json.dumps({"program": "early-exit", "settings": settings}) + "\n", encoding="utf-8")
    print(f"chosen: {rule.__name__} {height}, in {arguments.out}")


if __name__ == "__main__":
    main()
