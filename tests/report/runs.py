# SPDX-License-Identifier: Apache-2.0
"""A run and a sweep to report on."""
import json
import pathlib
import random
import sqlite3
import subprocess
import sys

SOURCE = pathlib.Path(__file__).absolute().parent
STEPS = 120
sys.path.insert(0, str(SOURCE.parents[1] / "host/python/spikemesh"))
import report  # noqa: E402,F401


def call(program, *arguments, code=0):
    """stdout, or stderr of what is to fail."""
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != code:
        sys.exit(f"{' '.join(map(str, arguments))}: exit {done.returncode}, not {code}: {done.stderr}")
    return done.stderr if code else done.stdout


def run(program, folder, *more):
    """A run of net.json with its activity."""
    call(program, "run", SOURCE / "net.json", "--poisson", "in=30", "--steps", STEPS, "--executor", "model", "--activity", "--messages", "--min-tiles", 12,
         "--out", folder, *more)
    return folder


def drawn_sweep(folder, points=1000):
    """A sweep folder with the columns of docs/exploration/sweep.md that matter here, made of drawn numbers. Every 50th point failed."""
    folder.mkdir()
    parameters = ["MeshW", "MeshH", "Lanes", "RouterDepth", "LinkLatency"]
    results = ["tiles", "memory_bits", "steps", "cycles", "cycles_median", "cycles_p99", "cycles_worst", "spike_hash", "packets", "emit_stalls",
               "flit_hops", "transit_cycles", "chip_ms", "config", "command"]
    columns = ["id", "design", "repeat", "seed", "status", "reason", "feasible", *parameters, "clock_mhz", *results]
    draw = random.Random(4)
    with sqlite3.connect(folder / "sweep.sqlite") as base:
        base.execute(f"CREATE TABLE points ({', '.join(columns)})")
        base.execute("CREATE TABLE sweep (key, value)")
        base.execute("INSERT INTO sweep VALUES ('version', '1')")
        for number in range(points):
            side, lanes, depth, latency = (draw.choice(each) for each in ([2, 4, 8], [1, 2, 4], [1, 2, 4, 8], [1, 2, 3]))
            median = round(20_000 / (side * side * lanes) ** 0.6 * (1 + 0.3 / depth) + 30 * latency * side) + draw.randrange(20)
            failed = number % 50 == 7
            found = [side * side, side * side * (100_000 + 2_000 * depth * lanes), 100, 100 * median, median, 2 * median, 3 * median, "0x12ab", 1000,
                     draw.randrange(500), draw.randrange(1000, 9000), median / 9, median / 50]
            about = ["{}", f"spikemesh sweep sweep.json --out point --point {number}"]
            row = [number, number, 0, 1, "failed" if failed else "ok", "the network does not fit" if failed else None, None if failed else 1,
                   side, side, lanes, depth, latency, 50, *([None] * len(found) if failed else found), *about]
            base.execute(f"INSERT INTO points VALUES ({', '.join('?' * len(columns))})", row)
    return folder


def sweep(program, folder, **levels):
    """A sweep of net.json over all combinations of the levels of build parameters."""
    folder.mkdir()
    space = [{"parameters": ["MeshW", "MeshH"], "values": [[4, 4], [8, 4], [8, 8]]}, *({"parameter": name, "values": values} for name, values in levels.items())]
    table = {"spikemesh_sweep": 1, "network": str(SOURCE / "net.json"), "run": {"steps": 40, "poisson": ["in=30"]}, "space": space}
    (folder / "sweep.json").write_text(json.dumps(table))
    call(program, "sweep", folder / "sweep.json", "--out", folder / "points")
    return folder / "points"
