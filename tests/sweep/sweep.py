#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh sweep` promises at the shell (docs/exploration/sweep.md).

    sweep.py PROGRAM EXAMPLES WHAT
"""
import csv
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "shell"))
import mpirun  # noqa: E402

WALL = {"wall_map_s", "map_shared", "wall_load_s", "wall_run_s"}  # not the same in every run
SEED = 7
KILLS = 10

SPACE = [
    {"parameters": ["MeshW", "MeshH"], "values": [[4, 4], [8, 2], [6, 6], [3, 5]]},
    {"parameter": "Lanes", "values": [1, 2, 4]},
    {"parameter": "RouterDepth", "from": 1, "to": 4},
    {"parameters": ["LinkLatency", "period"], "values": [[1, 0], [4, 400]]},
]


def check(condition, what):
    if not condition:
        sys.exit(f"sweep.py: {what}")


class Bench:
    def __init__(self, program, examples, folder):
        self.program, self.examples, self.folder = program, examples, pathlib.Path(folder)
        self.sweep = {"spikemesh_sweep": 1, "network": f"{examples}/digits/network.json",
                      "run": {"steps": 26, "samples": 6, "poisson": ["pixel=150"], "source_seed": 1},
                      "space": SPACE}

    def file(self, name="sweep.json", **changes):
        path = self.folder / name
        path.write_text(json.dumps({**self.sweep, **changes}), encoding="utf-8")
        return path

    def command(self, *arguments):
        return [self.program, *map(str, arguments)]

    def run(self, *arguments, code=0):
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=240, cwd=self.folder,
                              check=False)
        check(done.returncode == code,
              f"{arguments}: ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
        self.warned = done.stderr
        return done.stderr if code else done.stdout

    def rows(self, out):
        """Rows of the CSV without wall times, which have to be those of the database."""
        with open(self.folder / out / "sweep.csv", encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with sqlite3.connect(self.folder / out / "sweep.sqlite") as database:
            database.row_factory = sqlite3.Row
            stored = list(database.execute("SELECT * FROM points ORDER BY id"))
        check(len(rows) == len(stored) > 0, f"{out}: {len(rows)} rows of CSV, {len(stored)} of SQLite")
        for row, other in zip(rows, stored):
            check(list(row) == other.keys(), f"{out}: CSV and SQLite have different columns")
            for name, text in row.items():
                value = other[name]
                same = text == "" if value is None else text == value if isinstance(value, str) \
                    else float(text) == value
                check(same, f"{out}: point {row['id']}: {name} is {text} in CSV and {value} in SQLite")
        return [{name: text for name, text in row.items() if name not in WALL} for row in rows]


def killed(bench):
    file, draw = bench.file(), random.Random(SEED)
    bench.run("sweep", file, "--out", "whole", "--jobs", 1)
    whole, kills = bench.rows("whole"), 0
    begin = time.monotonic()
    bench.run("sweep", file, "--out", "timed", "--jobs", 2)
    length = time.monotonic() - begin
    for attempt in range(100):
        process = subprocess.Popen(bench.command("sweep", file, "--out", "killed", "--jobs", 2), cwd=bench.folder,
                                   stdout=subprocess.DEVNULL)
        try:
            process.wait(timeout=draw.uniform(0.02, 0.4) * length)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL if attempt % 4 else signal.SIGINT)
            process.wait()
            kills += 1
        if kills == KILLS or process.returncode == 0:
            break
    check(kills >= 3, f"only {kills} of the runs were killed before they ended")
    bench.run("sweep", file, "--out", "killed")
    check(bench.rows("killed") == whole, f"after {kills} kills (seed {SEED}) there are other rows")
    print(f"{len(whole)} rows are the same after {kills} kills")


def shards(bench):
    file = bench.file()
    bench.run("sweep", file, "--out", "whole")
    for k in (1, 2, 3):
        bench.run("sweep", file, "--out", f"part{k}", "--shard", f"{k}/3")
    parts = [bench.rows(f"part{k}") for k in (1, 2, 3)]
    check(all(int(row["id"]) % 3 == k for k, part in enumerate(parts) for row in part), "a shard has other points")
    bench.run("sweep", "--merge", "part1", "part2", "--out", "merged")
    bench.run("sweep", "--merge", "part3", "part1", "--out", "merged")
    check(bench.rows("merged") == bench.rows("whole"), "merged shards are not the whole sweep")
    bench.run("sweep", bench.file("other.json", seed=2), "--out", "other", "--shard", "1/50")
    said = bench.run("sweep", "--merge", "part1", "other", "--out", "none", code=1)
    check("it holds another sweep than part1" in said, said)
    with sqlite3.connect(bench.folder / "part2" / "sweep.sqlite") as database:
        database.execute("UPDATE points SET id = 0, cycles = 1 WHERE id = 1")
    said = bench.run("sweep", "--merge", "part1", "part2", "--out", "none", code=1)
    check("point 0 has" in said, said)


def ranks(bench):
    """By the processes of mpirun: the same rows, in a grid and in a search; a rank that is lost, or reads other files."""
    mpi = mpirun.found()

    def start(*parts):
        """Each part: how many ranks, a sweep file, a folder."""
        words = [word for number, file, out in parts
                 for word in (":", "-n", str(number), *bench.command("sweep", file, "--out", out, "--mpi"))][1:]
        return subprocess.Popen([mpi, *words], cwd=bench.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    search = {"objectives": [{"minimize": "cycles_p99"}, {"minimize": "memory_bits"}], "evaluations": 40, "population": 12}
    for name, file in (("grid", bench.file()), ("search", bench.file("search.json", search=search))):
        bench.run("sweep", file, "--out", name)
        for number in (2, 3):
            said, wrong = (process := start((number, file, f"{name}{number}"))).communicate(timeout=120)
            check(process.returncode == 0 and said.count("ran now") == 1, f"{name}, {number} ranks: {said}{wrong}")
            check(bench.rows(f"{name}{number}") == bench.rows(name), f"{name}: {number} ranks have other rows")
    process = start((1, bench.file(), "other"), (1, file, "other"))
    said = process.communicate(timeout=120)[1]
    check(process.returncode != 0 and "rank 1 reads another sweep file" in said, said)
    file = bench.file("long.json", repeats=3)
    bench.run("sweep", file, "--out", "long")
    process = start((3, file, "lost"))
    while not (bench.folder / "lost" / "sweep.sqlite").exists():
        time.sleep(0.01)
        check(process.poll() is None, "a sweep ended before it began")
    time.sleep(0.2)
    process.kill()  # mpirun itself: its ranks go with it
    process.communicate(timeout=60)
    for _ in range(100):
        again = subprocess.run(bench.command("sweep", file, "--out", "lost"), cwd=bench.folder, capture_output=True,
                               text=True, timeout=120, check=False)
        if "another sweep uses this folder" not in again.stderr:
            break
        time.sleep(0.1)
    check(" 0 ran now" not in again.stdout, f"nothing was left to do after the loss: {again.stdout}")
    check(again.returncode == 0 and bench.rows("lost") == bench.rows("long"), f"after a loss: {again.stdout}{again.stderr}")
    said = bench.run("sweep", file, "--out", "alone", "--mpi", code=1)
    check("start several, such as mpirun -n 2" in said, said)


def rows(bench):
    """The rows of some points beside what `spikemesh run` says of the same design."""
    file = bench.file(seed=3, repeats=2)
    bench.run("sweep", file, "--out", "out")
    all_rows = bench.rows("out")
    check(len(all_rows) == 2 * 96, f"{len(all_rows)} rows")
    hashes = {row["spike_hash"] for row in all_rows if row["status"] == "ok"}
    check(len(hashes) == 1, f"designs of one network and input have different spikes: {hashes}")
    compared = 0
    for row in random.Random(SEED).sample([row for row in all_rows if row["status"] == "ok"], 6):
        design = json.loads(row["config"])
        build = {name: design[name] for name in design if name[0].isupper()}
        (bench.folder / "chip.json").write_text(json.dumps(build), encoding="utf-8")
        bench.run("run", bench.sweep["network"], "--config", "chip.json", "--executor", "model", "--steps", 26, "--samples", 6,
                  "--poisson", "pixel=150", "--source-seed", 1, "--seed", row["seed"], *(["--period", row["period"]] if row["period"] != "0" else []), "--out", "run")
        stats = json.loads((bench.folder / "run" / "stats.json").read_text(encoding="utf-8"))
        for name, value in {**stats["counters"], **stats["host"], "steps": stats["steps"]}.items():
            if name in row:
                check(int(row[name]) == value, f"point {row['id']}: {name} is {row[name]}, of run {value}")
                compared += 1
        again = f"point{row['id']}"
        said = bench.run("sweep", file, "--point", row["id"], "--out", again)
        for name, text in row.items():
            check(text == "" or f"{name}: {text}\n" in said, f"point {row['id']}, run again: {name} is not {text}")
        check((bench.folder / again / "spikes.csv").read_bytes() == (bench.folder / "run" / "spikes.csv").read_bytes(),
              "the run folder of a point has other spikes")
    print(f"{compared} values are those of run")


def designs(bench):
    """200 designs, drawn at random, on which points share mappings, beside a run of each that shares nothing, cycle for cycle.
    The rings have room for all, so that no step waits for the host, whose frames are not the same in both."""
    space = [{"parameters": ["MeshW", "MeshH"], "values": [[w, h] for w in range(2, 9) for h in range(2, 9) if w * h >= 12]},
             {"parameter": "Lanes", "values": [1, 2, 4]}, {"parameter": "RouterDepth", "from": 1, "to": 16}, {"parameter": "CoreDepth", "from": 1, "to": 16},
             {"parameter": "LinkLatency", "from": 1, "to": 8}, {"parameter": "RouterLatency", "from": 1, "to": 8},
             {"parameter": "TreeFanIn", "from": 2, "to": 16}, {"parameter": "TreeLatency", "from": 1, "to": 4}, {"parameter": "RingIn", "values": [2048, 4096]}, {"parameter": "RingOut", "values": [1024, 2048]},
             {"parameter": "period", "values": [0, 0, 150, 600]}, {"parameter": "seed", "values": [1, 2, 3, 4]}]
    file = bench.file(space=space, sample={"method": "random", "points": 200, "seed": SEED}, run={**bench.sweep["run"], "samples": 2})
    bench.run("sweep", file, "--out", "out")
    compared = Counter()
    for row in bench.rows("out"):
        check(row["status"] == "ok", f"point {row['id']}: {row['reason']}")
        design = json.loads(row["config"])
        (bench.folder / "chip.json").write_text(json.dumps({name: design[name] for name in design if name[0].isupper()}), encoding="utf-8")
        bench.run("run", bench.sweep["network"], "--config", "chip.json", "--executor", "model", "--steps", 26, "--samples", 2, "--poisson", "pixel=150",
                  "--source-seed", 1, "--seed", row["seed"], *(["--period", row["period"]] if row["period"] != "0" else []), "--activity", "--out", "run")
        stats = json.loads((bench.folder / "run" / "stats.json").read_text(encoding="utf-8"))
        lengths = [tuple(pair) for pair in json.loads((bench.folder / "run" / "activity.json").read_text(encoding="utf-8"))["step_cycles"]]
        each = [length for length, count in lengths for _ in range(count)]
        wanted = {**stats["counters"], **stats["host"], "steps": stats["steps"], "cycles": sum(each), "cycles_worst": max(each), "recorded_spikes": stats["spikes"]}
        for name, value in wanted.items():
            if name in row:
                check(int(row[name]) == value, f"point {row['id']}: {name} is {row[name]}, of run {value}: {row['config']}")
                compared[name] += 1
    check(min(compared.values()) == 200 and len(compared) > 10, f"compared {compared}")
    print(f"{sum(compared.values())} values of 200 designs are those of run, {compared['cycles']} of them cycles")


def presets(bench):
    """The builds that resemble other chips take a network in physical units, and run it in real time."""
    network = {"spikemesh_network": 1, "dt_ms": 1, "populations": [
                   {"name": "in", "size": 40, "input": {}},
                   {"name": "out", "size": 200, "record": True, "neuron": {"tau_m_ms": 20, "v_threshold": 1}}],
               "projections": [
                   {"from": "in", "to": "out", "connect": "fixed_probability", "probability": 0.5, "weight": 0.4, "seed": 1},
                   {"from": "out", "to": "out", "connect": "fixed_probability", "probability": 0.05, "weight": -0.1, "seed": 2}]}
    (bench.folder / "net.json").write_text(json.dumps(network), encoding="utf-8")
    fired = {}
    for name in ("loihi", "truenorth", "dynap_se"):
        file = bench.file(f"{name}.json", network="net.json", config=f"{bench.examples}/presets/{name}.json", points=[{"period": 20000}],
                          space=[], run={"steps": 50, "poisson": ["in=100"], "source_seed": 1})
        bench.run("sweep", file, "--out", name)
        row = bench.rows(name)[0]
        check(row["status"] == "ok" and row["stretched"] == "0" and int(row["recorded_spikes"]) > 0, f"{name}: {row}")
        fired[name] = int(row["recorded_spikes"])
    check(max(fired.values()) < 1.2 * min(fired.values()), f"weights of few bits change much: {fired}")


def failing(bench):
    space = [{"parameter": "Lanes", "values": [1, 4]},
             {"parameters": ["MeshW", "MeshH"], "values": [[4, 4], [1, 1], [8, 8]]}]
    points = [{"Neurons": 8, "Lanes": 4}, {"clock_mhz": 1, "baud": 1000000}, {"Axons": 16}, {"LinkLatency": 2}]
    file = bench.file(space=space, points=points,
                      constraints=[{"column": "memory_bits", "at_most": 20000000}, {"column": "cycles_worst", "at_most": 300}])
    said = bench.run("sweep", file, "--out", "out")
    check("10 points, 10 ran now: 2 excluded, 5 failed, 3 ok" in said, said)
    check("/min_tiles: 12, but the mesh has 1 tiles" in bench.warned.splitlines()[0] and "spikemesh: 1 more reasons are" in bench.warned, bench.warned)
    found = bench.rows("out")
    for row, (status, feasible, reason) in zip(found, (
            ("ok", 0, "/constraints/1: cycles_worst is "), ("failed", 0, "min_tiles"), ("excluded", 0, "/constraints/0: memory_bits is "),
            ("ok", 1, ""), ("failed", 0, "min_tiles"), ("excluded", 0, "/constraints/0"),
            ("failed", 0, "4 * Lanes is 16, but at most Neurons = 8"), ("failed", 0, "UartDivisor 1, but 4..65535"),
            ("failed", 0, "Axons"), ("ok", 0, "/constraints/1"))):
        check((row["status"], row["feasible"]) == (status, str(feasible)) and reason in row["reason"],
              f"point {row['id']}: {row['status']}, {row['feasible']}, {row['reason']}")
        check((row["cycles"] == "") == (status != "ok"), f"point {row['id']} has {row['cycles']} cycles")


def area(bench):
    """Logic is in the rows, grows with lanes and tiles, and limits what is run."""
    file = bench.file("area.json", space=[SPACE[0], SPACE[1]], constraints=[{"column": "luts", "at_most": 120_000}])
    bench.run("sweep", file, "--out", "area")
    found = bench.rows("area")
    size = {(row["MeshW"], row["MeshH"], row["Lanes"]): int(row["luts"]) for row in found}
    check(size["4", "4", "1"] < size["4", "4", "2"] < size["4", "4", "4"] < size["6", "6", "4"], f"{size}")
    for row in found:
        over = int(row["luts"]) > 120_000
        check((row["status"] == "excluded") == over and int(row["ffs"]) > 3000 * int(row["MeshW"]) * int(row["MeshH"]), f"{row['status']}: {row['luts']}")
        check(not over or "/constraints/0: luts is " in row["reason"], row["reason"])
    check(0 < sum(row["status"] == "ok" for row in found) < len(found), f"{size}")


def chain_hops(bench, names):
    """16 populations that fire one after another, numbered in another order: what knows who sends to whom sees the chain."""
    order = random.Random(SEED).sample(range(16), 16)
    raw = {"theta": 1, "decay_i": 0, "decay_v": 0}
    populations = [{"name": f"p{k}", "size": 4, "raw": raw, "record": k == 15} for k in order]
    projections = [{"from": f"p{k}", "to": f"p{k + 1}", "connect": "all_to_all", "weight": 9} for k in range(15)]
    network = {"spikemesh_network": 1, "dt_ms": 1, "populations": [{"name": "in", "size": 1, "input": {}}, *populations],
               "projections": [{"from": "in", "to": "p0", "connect": "all_to_all", "weight": 9}, *projections]}
    (bench.folder / "chain.json").write_text(json.dumps(network), encoding="utf-8")
    (bench.folder / "small.json").write_text(json.dumps({"MeshW": 4, "MeshH": 4, "Neurons": 4, "Synapses": 64}), encoding="utf-8")
    file = bench.file("chained.json", network="chain.json", config="small.json", run={"steps": 40, "regular": ["in=4"]},
                      space=[{"parameter": "placement", "values": names}])
    bench.run("sweep", file, "--out", "chain")
    hops = {row["placement"]: int(row["flit_hops"]) for row in bench.rows("chain")}
    print(f"of a chain: {hops}")
    return hops["mapper"] < 0.6 * hops["row_major"] and hops["spectral"] < 0.8 * hops["row_major"]


def placements(bench):
    names = ["mapper", "annealed", "spectral", "row_major", "random"]
    tiles = [[x, y] for y in (3, 2, 1) for x in range(4)]
    space = [{"parameter": "placement", "values": [*names, {"tiles": tiles}, {"tiles": tiles[:3]}, {"tiles": tiles[:11] + [[0, 3]]},
                                                   {"tiles": tiles[:11] + [[4, 0]]}]},
             {"parameter": "seed", "values": [1, 2]}]
    # Half of the pixels are silent, which measured traffic knows.
    rows = "".join(f"{sample},{step},pixel,{neuron}\n" for sample in range(2) for step in range(0, 16, 2) for neuron in range(20, 40))
    (bench.folder / "in.csv").write_text("sample,step,population,neuron\n" + rows, encoding="utf-8")
    file = bench.file(space=space, run={"steps": 26, "input": "in.csv"})
    bench.run("sweep", file, "--out", "out")
    found = bench.rows("out")
    ok = [row for row in found if row["status"] == "ok"]
    check(len(ok) == 12 and len({row["spike_hash"] for row in ok}) == 1 and int(ok[0]["recorded_spikes"]) > 10,
          f"{len(ok)} ok, with the spikes {[(row['placement'], row['spike_hash'], row['recorded_spikes']) for row in ok]}")
    hops = {(row["placement"], row["seed"]): int(row["flit_hops"]) for row in ok}
    check(hops["random", "1"] != hops["random", "2"] and hops["row_major", "1"] == hops["row_major", "2"], f"seeds: {hops}")
    for seed in "12":
        check(hops["annealed", seed] <= hops["mapper", seed] and all(hops["annealed", seed] < hops[name, seed] for name in names[2:]),
              f"hops: {hops}")
    check(chain_hops(bench, names[:4]), "the placements of a chain")
    bench.run("sweep", file, "--point", "10", "--out", "given")
    placed = json.loads((bench.folder / "given" / "map.json").read_text(encoding="utf-8"))["tiles"]
    check([[each["x"], each["y"]] for each in placed] == sorted(tiles, key=lambda tile: tile[::-1]), f"not placed as given: {placed}")
    for row, reason in zip(found[12::2], ("3 tiles, but the network takes 12", "tile (0, 3) stands there twice", "tile (4, 0), but the mesh has 4 x 4")):
        check(row["status"] == "failed" and reason in row["reason"], f"{row['status']}: {row['reason']}")
    print(f"flit-hops: {hops}")


def volume(points, corner):
    """Area that points of two objectives, of which less is better, dominate below a corner."""
    area, height = 0.0, corner[1]
    for x, y in sorted(points):
        if x < corner[0] and y < height:
            area += (corner[0] - x) * (height - y)
            height = y
    return area


def search(bench):
    space = [{"parameter": "Lanes", "values": [1, 2, 4]}, {"parameter": "RouterDepth", "from": 1, "to": 6},
             {"parameter": "LinkLatency", "from": 1, "to": 4}, {"parameter": "Synapses", "values": [8192, 4096, 16384]},
             {"parameters": ["MeshW", "MeshH"], "values": [[4, 4], [4, 3], [6, 6], [8, 2], [5, 3]]}]
    run = {"steps": 26, "poisson": ["pixel=150"], "source_seed": 1}
    bench.run("sweep", bench.file(space=space, run=run), "--out", "whole")
    whole = bench.rows("whole")
    grid = 3 * 6 * 4 * 3 * 5
    check(len(whole) == grid, f"{len(whole)} rows of the grid")
    by_id = {row["id"]: row for row in whole}
    for columns in ("emit_stalls", "transit_cycles"), ("cycles", "memory_bits"):
        wanted = {"objectives": [{"minimize": name} for name in columns], "evaluations": grid // 10, "population": 16}
        file, out = bench.file("search.json", space=space, run=run, search=wanted), f"found-{columns[0]}"
        bench.run("sweep", file, "--out", out)
        found = bench.rows(out)
        check(len(found) <= grid // 10, f"a search of {grid // 10} evaluations ran {len(found)}")
        for row in found:
            check(all(row[name] == by_id[row["id"]][name] for name in row if name != "command"),
                  f"point {row['id']} is another one in the grid")
        points = [[tuple(float(row[name]) for name in columns) for row in rows if row["status"] == "ok"] for rows in (whole, found)]
        corner = [max(point[k] for point in points[0]) * 1.01 for k in (0, 1)]
        share = volume(points[1], corner) / volume(points[0], corner)
        print(f"{columns}: {100 * share:.3f} % of the hypervolume with {len(found)} of {grid} points")
        check(share >= 0.95, f"{share:.4f} of the hypervolume of {columns}")
    process = subprocess.Popen(bench.command("sweep", file, "--out", "killed"), cwd=bench.folder, stdout=subprocess.DEVNULL)
    while not (bench.folder / "killed" / "sweep.sqlite").exists():
        time.sleep(0.01)
    time.sleep(0.1)
    process.kill()
    process.wait()
    bench.run("sweep", file, "--out", "killed")
    check(bench.rows("killed") == found, "a search that was killed goes on to other rows")
    said = bench.run("sweep", file, "--out", "part", "--shard", "1/2", code=1)
    check("a search has no shards" in said, said)


def folder(bench):
    file = bench.file(space=SPACE[1:2])
    bench.run("sweep", file, "--out", "out")
    whole = bench.rows("out")
    said = bench.run("sweep", file, "--out", "out")
    check("3 points, 0 ran now: 3 ok" in said and bench.rows("out") == whole, said)
    said = bench.run("sweep", bench.file(space=SPACE[2:3]), "--out", "out", code=1)
    check("it holds another sweep: points is 3 there and 4 here" in said, said)
    (bench.folder / "broken").mkdir()
    (bench.folder / "broken" / "sweep.sqlite").write_bytes(b"no database" * 100)
    said = bench.run("sweep", file, "--out", "broken", code=1)
    check("broken/sweep.sqlite: file is not a database" in said, said)
    alone = bench.folder / "bin" / "spikemesh"
    alone.parent.mkdir()
    shutil.copy(bench.program, alone)
    without = subprocess.run([alone, *bench.command("sweep", file, "--out", "alone")[1:]], cwd=bench.folder, capture_output=True, text=True)
    check(without.returncode == 1 and f"a sweep needs {bench.folder.resolve()}/lib/spikemesh/sweep.so" in without.stderr
          and "apt install libpagmo8" in without.stderr, without.stderr)
    busy = {"steps": 1 << 22, "samples": 1, "poisson": ["pixel=150"]}
    long_run = subprocess.Popen(bench.command("sweep", bench.file("long.json", space=SPACE[1:2], run=busy), "--out", "long"),
                                cwd=bench.folder, stderr=subprocess.PIPE, text=True)
    while not (bench.folder / "long" / "sweep.sqlite").exists():
        time.sleep(0.02)
        check(long_run.poll() is None, "a sweep ended before it began")
    said = bench.run("sweep", "long.json", "--out", "long", code=1)
    check("another sweep uses this folder" in said, said)
    time.sleep(0.5)
    long_run.send_signal(signal.SIGINT)
    _, said = long_run.communicate(timeout=30)
    check(long_run.returncode == 130 and "the same command goes on from here" in said, f"{long_run.returncode}: {said}")
    check((bench.folder / "long" / "sweep.csv").read_text(encoding="utf-8").startswith("id,"), "no CSV after Ctrl-C")


def main():
    program, examples, what = sys.argv[1:]
    with tempfile.TemporaryDirectory() as temporary:
        globals()[what](Bench(program, pathlib.Path(examples).resolve(), temporary))


if __name__ == "__main__":
    main()
