#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails unless the memory answers as it has to on reference, model and RTL, spike by spike and weight by weight.

    check.py [--program build/bin/spikemesh]

Every fragment of at least 2 bits on the reference, some drawn at random on model and RTL of the build `odd`;
cam.py asks for all of them there, too.
"""
import cam
from cam import program

FRAGMENTS = {"reference": None, "model": 60, "rtl": 6}  # of each pattern; None: all


def main():
    options = program.arguments(__doc__, "cam/check").parse_args()
    options.config = "odd"
    for executor, count in FRAGMENTS.items():
        chip = program.Chip(options, executor)
        cam.orthogonal(chip, count)
        cam.overlapping(chip, count)
        print(f"{executor}: every spike and every weight is right")


if __name__ == "__main__":
    main()
