#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless the memory answers as it has to on reference, model and RTL, spike by spike and weight by weight.

Every fragment of at least 2 bits on the reference, some drawn at random on model and RTL of the build `odd`;
cam.py asks for all of them there, too.
"""
import cam
from cam import on_chip

FRAGMENTS = {"reference": None, "model": 60, "rtl": 6}  # of each pattern; None: all


def main():
    options = on_chip.arguments(__doc__).parse_args()
    options.config = "odd"
    for executor, count in FRAGMENTS.items():
        chip = on_chip.Chip(options, executor)
        cam.orthogonal(chip, count)
        cam.overlapping(chip, count)
        print(f"{executor}: every spike and every weight is right")


if __name__ == "__main__":
    main()
