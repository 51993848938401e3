#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`run` says how many flits crossed each RTL tile, and fails when one was not crossed: nothing is known about it then.

    flits.py SPIKEMESH ROUTER NET
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SPIKEMESH, ROUTER, NET = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])


def run(folder, *places):
    tiles = [word for place in places for word in ("--rtl-tile", f"{place}={ROUTER}")]
    return subprocess.run([SPIKEMESH, "run", NET, "--steps", "20", "--config", "odd", *tiles, "--out", f"{folder}/out-{len(places)}"],
                          capture_output=True, text=True, timeout=1500, cwd=folder)


def main():
    os.environ["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        crossed = run(folder, "0,0")
        said = re.search(r"RTL tile \(0,0\): (\d+) flits crossed it, (\d+) by a link and (\d+) into its core; \d+ of them",
                         crossed.stderr)
        assert crossed.returncode == 0 and said, crossed
        every, links, core = (int(number) for number in said.groups())
        assert every == links + core and core > 0 and links > 0, said.group(0)
        print(said.group(0))
        unused = run(folder, "0,0", "2,1")
        assert unused.returncode != 0, unused
        assert "RTL tile (2,1): 0 flits crossed it" in unused.stderr, unused
        assert re.search(r"--rtl-tile 2,1=\S+: no flit crossed this tile", unused.stderr), unused
        print("a tile without flits fails the run")


if __name__ == "__main__":
    main()
