#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`run` says how many flits crossed each RTL tile, and fails when no spike crossed one: nothing is known about it then.

    flits.py SPIKEMESH ROUTER
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

SPIKEMESH, ROUTER = (pathlib.Path(argument).resolve() for argument in sys.argv[1:])

NET = {
    "spikemesh_network": 1, "dt_ms": 1,
    "populations": [{"name": "source", "size": 4, "input": {}}, {"name": "cell", "size": 4, "record": True, "raw": {"theta": 50}}],
    "projections": [{"from": "source", "to": "cell", "connect": "one_to_one", "weight": 100}],
}


def run(folder, *places):
    tiles = [word for place in places for word in ("--rtl-tile", f"{place}={ROUTER}")]
    command = [SPIKEMESH, "run", "net.json", "--regular", "source=4", "--steps", "20", "--config", "odd", *tiles, "--out", f"{folder}/out-{len(places)}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=1500, cwd=folder)


def main():
    os.environ["SYSTEMC_DISABLE_COPYRIGHT_MESSAGE"] = "1"
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "net.json").write_text(json.dumps(NET), encoding="utf-8")
        crossed = run(folder, "0,0")
        said = re.search(r"RTL tile \(0,0\): (\d+) flits crossed it, (\d+) by a link and (\d+) into its core; \d+ of them",
                         crossed.stderr)
        assert crossed.returncode == 0 and said, crossed
        every, links, core = (int(number) for number in said.groups())
        assert every == links + core and core > 0 and links > 0, said.group(0)
        print(said.group(0))
        unused = run(folder, "0,0", "2,1")
        assert unused.returncode != 0, unused
        assert re.search(r"RTL tile \(2,1\): \d+ flits crossed it, .*; 0 of them were spikes", unused.stderr), unused
        assert re.search(r"--rtl-tile 2,1=\S+: no spike crossed this tile", unused.stderr), unused
        print("a tile without spikes fails the run")


if __name__ == "__main__":
    main()
