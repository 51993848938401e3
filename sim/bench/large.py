#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A large network: 1,048,576 neurons on 64 x 64 tiles, 100 synapses each, all within 12 neurons of their source on a sheet.

    large.py PROGRAM FOLDER [--side TILES] [--steps N] [--ranks R]

Writes the network into the folder, then maps and runs it with `spikemesh run`: on the reference with one thread, two
threads and R processes of MPI, and on the model. Prints wall seconds, steps a second, the largest resident memory of a
process, and whether all gave the same spikes (docs/bench.md, "A large network").
"""
import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

PATCH = 16  # a tile holds 16 x 16 neurons of the sheet
REACH, FAN_OUT = 12, 100
BUILD = {"Neurons": PATCH * PATCH, "Synapses": 32768, "Axons": 2048, "Fanouts": 4096}  # over those of `default`


def write_network(folder, side):
    """Numbers the neurons tile by tile, so that each tile has its patch of the sheet."""
    draw = np.random.default_rng(1)
    edge = side * PATCH
    neurons = np.arange(edge * edge, dtype=np.int64)
    tile, within = np.divmod(neurons, PATCH * PATCH)
    y, x = tile // side * PATCH + within // PATCH, tile % side * PATCH + within % PATCH
    offsets = np.stack(np.meshgrid(*[np.arange(-REACH, REACH + 1)] * 2, indexing="ij"), -1).reshape(-1, 2)
    chosen = offsets[draw.permuted(np.tile(np.arange(len(offsets)), (64, 1)), axis=1)[:, :FAN_OUT]]  # 64 patterns
    pattern = draw.integers(0, len(chosen), neurons.size)
    post = np.empty((neurons.size, FAN_OUT), dtype=np.uint32)
    for k in range(FAN_OUT):
        to_y, to_x = (y + chosen[pattern, k, 0]) % edge, (x + chosen[pattern, k, 1]) % edge
        post[:, k] = (to_y // PATCH * side + to_x // PATCH) * PATCH * PATCH + to_y % PATCH * PATCH + to_x % PATCH
    np.save(folder / "post.npy", post.ravel())
    np.save(folder / "pre.npy", np.repeat(neurons.astype(np.uint32), FAN_OUT))
    np.save(folder / "weight.npy", draw.integers(-8, 9, post.size).astype(np.int8))
    np.save(folder / "delay.npy", draw.integers(1, 16, post.size).astype(np.uint8))
    np.save(folder / "bias.npy", draw.integers(8, 25, neurons.size))
    network = {"spikemesh_network": 1, "dt_ms": 1,
               "populations": [{"name": "sheet", "size": int(neurons.size), "record": list(range(0, int(neurons.size), 997)),
                                "raw": {"theta": 1000, "subtract": 1, "decay_v": 4096, "bias": {"npy": "bias.npy"}}}],
               "projections": [{"from": "sheet", "to": "sheet", "connect": "sparse", "delay": {"npy": "delay.npy"},
                                **{key: {"npy": f"{key}.npy"} for key in ("pre", "post", "weight")}}]}
    (folder / "net.json").write_text(json.dumps(network), encoding="utf-8")
    (folder / "build.json").write_text(json.dumps({**BUILD, "MeshW": side, "MeshH": side}), encoding="utf-8")


def measured(command, folder):
    """Wall seconds, and the largest resident memory of one process in MB."""
    begin = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"large.py: {' '.join(map(str, command))} ended with {status}")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("program", type=pathlib.Path)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--side", type=int, default=64, help="tiles in x and in y")
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--ranks", type=int, default=2)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    write_network(given.folder, given.side)
    neurons = (given.side * PATCH) ** 2
    print(f"{neurons} neurons, {neurons * FAN_OUT} synapses, {given.steps} steps")
    run = [given.program.resolve(), "run", "net.json", "--config", "build.json", "--steps", given.steps]
    print(f"{'executor':>22} {'wall s':>8} {'map s':>7} {'load s':>7} {'steps/s':>9} {'MB':>7}  spikes")
    seen = set()
    for name, front, back in (
            ("reference", [], ["--executor", "reference"]),
            ("reference, 2 threads", [], ["--executor", "reference", "--threads", 2]),
            (f"reference, {given.ranks} ranks", ["mpirun", "-n", given.ranks], ["--executor", "reference", "--mpi"]),
            ("model", [], ["--executor", "model"])):
        out = name.replace(", ", "-").replace(" ", "-")
        wall, memory = measured([*front, *run, *back, "--out", out], given.folder)
        took = json.loads((given.folder / out / "stats.json").read_text(encoding="utf-8"))["wall_s"]
        digest = hashlib.sha256((given.folder / out / "spikes.csv").read_bytes()).hexdigest()[:12]
        seen.add(digest)
        print(f"{name:>22} {wall:8.1f} {took['map']:7.1f} {took['load']:7.1f} {given.steps / took['run']:9.1f} "
              f"{memory:7.0f}  {digest}", flush=True)
    print("equal spikes" if len(seen) == 1 else "DIFFERENT SPIKES")
    sys.exit(len(seen) != 1)


if __name__ == "__main__":
    main()
