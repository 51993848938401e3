#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A sweep of 1,000 designs of a network of 4,000 neurons: depths of buffers, and latency of links.

    sweep.py PROGRAM FOLDER [--jobs N] [--rate HZ]

Writes a balanced network, a chip of 8 x 8 tiles and a sweep into the folder, and runs `spikemesh sweep` on them. Prints
points, packets a point, wall and CPU seconds, and fails when a point failed (docs/exploration/sweep.md, "How fast").
"""
import argparse
import csv
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import numpy as np

SIZES = {"in": 200, "exc": 3200, "inh": 800}
NEURON = {"tau_m_ms": 20, "tau_syn_ms": 5, "v_threshold": 1, "t_refractory_ms": 5}
PROJECTIONS = [("in", "exc", 0.05, 3.0), ("exc", "exc", 0.02, 0.02), ("exc", "inh", 0.02, 0.02), ("inh", "exc", 0.02, -0.2), ("inh", "inh", 0.02, -0.2)]
CHIP = {"MeshW": 8, "MeshH": 8, "Neurons": 128, "Synapses": 16384, "Axons": 4096, "Fanouts": 16384}
SPACE = [{"parameter": "RouterDepth", "from": 1, "to": 10}, {"parameter": "LinkLatency", "from": 1, "to": 5},
         {"parameter": "CoreDepth", "from": 1, "to": 20}]


def write(folder, rate):
    draw = np.random.default_rng(1)
    projections = []
    for n, (source, target, probability, weight) in enumerate(PROJECTIONS):
        pre, post = np.nonzero(draw.random((SIZES[source], SIZES[target])) < probability)
        np.save(folder / f"pre{n}.npy", pre.astype(np.uint32))
        np.save(folder / f"post{n}.npy", post.astype(np.uint32))
        projections.append({"from": source, "to": target, "connect": "sparse", "pre": {"npy": f"pre{n}.npy"}, "post": {"npy": f"post{n}.npy"},
                            "weight": weight, "delay": 1})
    populations = [{"name": name, "size": size, **({"input": {}} if name == "in" else {"neuron": NEURON})} for name, size in SIZES.items()]
    network = {"spikemesh_network": 1, "dt_ms": 1, "populations": populations, "projections": projections}
    sweep = {"spikemesh_sweep": 1, "network": "net.json", "config": "chip.json", "run": {"steps": 150, "poisson": [f"in={rate}"]}, "space": SPACE}
    for name, content in (("net", network), ("chip", CHIP), ("sweep", sweep)):
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=26, help="of the 200 inputs, in Hz")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    write(options.folder, options.rate)
    out = options.folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    begin = time.monotonic()
    done = subprocess.run([options.program.resolve(), "sweep", "sweep.json", "--out", "out", "--jobs", str(options.jobs)], cwd=options.folder,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall, used = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(out / "sweep.csv", encoding="utf-8", newline="") as rows:
        points = list(csv.DictReader(rows))
    good = [point for point in points if point["status"] == "ok"]
    print(f"{len(good)} of {len(points)} points, {min(int(p['packets']) for p in good)} packets a point: {wall:.1f} s wall, "
          f"{used.ru_utime + used.ru_stime:.1f} s CPU")
    sys.exit(1 if done.returncode or len(good) < 1000 else 0)


if __name__ == "__main__":
    main()
