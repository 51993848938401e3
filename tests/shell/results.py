#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh run` promises of its results: none is lost, none is mixed with others, nothing is replaced that is no
file of its own.

    results.py PROGRAM
"""
import contextlib
import csv
import json
import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys
import tempfile
import time

import numpy

NETWORK = {
    "spikemesh_network": 1, "dt_ms": 1,
    "rules": [{"name": "hebb", "tau_pre_ms": 20, "tau_post_ms": 20, "a_plus": 4, "a_minus": -1, "w_min": 0, "w_max": 200}],
    "populations": [
        {"name": "in", "size": 4, "input": {"max_spikes_per_step": 2}},
        {"name": "n", "size": 4, "record": True, "raw": {"theta": 100, "decay_i": 3000, "decay_v": 3900}},
        {"name": "busy", "size": 1, "raw": {"theta": 1000, "bias": 1, "decay_v": 4096}}],  # so that no step is skipped
    "projections": [{"from": "in", "to": "n", "connect": "all_to_all", "weight": 30, "rule": "hebb"}]}
FOREVER = 1 << 40  # steps: longer than anybody waits
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"results.py: {what}")


class Program:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        (folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")

    def command(self, *arguments):
        return [self.program, "run", "net.json", *map(str, arguments)]

    def run(self, *arguments, code=0, room=None, cwd=None):
        def limit():
            if room is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails, as on a full disk
                resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, errors="replace", timeout=120,
                              cwd=cwd or self.folder, preexec_fn=limit)
        check(done.returncode == code, f"{arguments}: ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
        return done.stderr

    @contextlib.contextmanager
    def running(self, out, *arguments):
        """A run that is under way, which is ended by SIGINT; its exit code and stderr are then in `ended`."""
        process = subprocess.Popen(self.command("--out", out, *arguments), cwd=self.folder, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while not (self.folder / out).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(1)
        self.ended = None
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=60)[1]
            self.ended = process.returncode, said

    def stats(self, out):
        return json.loads((self.folder / out / "stats.json").read_text(encoding="utf-8"))

    def spikes(self, out):
        with open(self.folder / out / "spikes.csv", newline="", encoding="utf-8") as file:
            return [(int(r["sample"]), int(r["step"]), r["population"], int(r["neuron"])) for r in csv.DictReader(file)]


def check_refused_before(p):
    """What could only be told after the run is told before it."""
    (p.folder / "d").mkdir()
    for what, message in ((("--save-network", "d"), "d: this is a folder; name a file in it"),
                          (("--save-network", "no/x.json"), "no/x.json: cannot be written"),
                          (("--plot", "d.png/x.png"), "--plot d.png/x.png: there is no folder d.png")):
        error = p.run("--steps", FOREVER, "--out", "refused", *what, code=1)
        check(error.startswith("spikemesh: ") and message in error, f"{what}: {error}")
        check(not (p.folder / "refused").exists(), f"{what}: a folder is left")


def check_not_replaced(p):
    """Devices, pipes and links stay what they are."""
    os.mkfifo(p.folder / "pipe")
    (p.folder / "link").symlink_to("pipe")
    (p.folder / "model.fst").write_text("", encoding="utf-8")
    (p.folder / "x.gtkw").symlink_to("pipe")
    for option, target, executor in (("--waves", "pipe", "model"), ("--waves", "link", "model"), ("--waves", "x.fst", "model"),
                                     ("--waves", "link", "rtl"), ("--save-network", "pipe", "reference"),
                                     ("--save-network", "link", "reference")):
        error = p.run("--steps", 5, "--out", "o", "--config", "tiny", "--executor", executor, option, target, code=1)
        check("would be replaced; name a file" in error, f"{option} {target}: {error}")
    check(stat.S_ISFIFO((p.folder / "pipe").lstat().st_mode) and (p.folder / "link").is_symlink(), "they stay")
    (p.folder / "saved.json").write_text("old", encoding="utf-8")
    (p.folder / "to_saved").symlink_to("saved.json")
    p.run("--steps", 5, "--out", "o", "--save-network", "to_saved")
    check((p.folder / "to_saved").is_symlink() and (p.folder / "saved.json").stat().st_size > 100,
          "through a link the file that it names is written")


def check_one_run_a_folder(p):
    with p.running("shared", "--steps", 1_000_000_000, "--regular", "in=10000000"):
        error = p.run("--steps", 5, "--out", "shared", code=1)
        check("--out shared: another run writes into this folder" in error, error)
    check(p.ended[0] == 128 + signal.SIGINT, f"an interrupted run ends as interrupted: {p.ended}")
    p.run("--steps", 5, "--out", "shared")


def fst_kinds(path):
    """Kinds of the blocks of an FST, which end where the file does."""
    data, at, kinds = path.read_bytes(), 0, []
    while at < len(data):
        kinds.append(data[at])
        at += 1 + int.from_bytes(data[at + 1:at + 9], "big")
    check(at == len(data), f"{path}: blocks end at {at}, the file at {len(data)}")
    return kinds


def check_interrupted(p):
    """Spikes, recordings, what was learned and waves up to there, and stats.json says so."""
    for executor, steps, interval, every in (("reference", 1_000_000_000, 5000, 100_000), ("model", 20_000_000, 500, 1000),
                                             ("rtl", 20_000_000, 500, 1000)):
        out, waves = f"cut {executor}", p.folder / f"{executor}.fst"
        more = [] if executor == "reference" else ["--executor", executor, "--waves", waves.name]
        drive = ["--regular", f"in={interval}", "--config", "tiny", "--record", f"v:n@{every}", "--save-network", f"{executor}.json"]
        with p.running(out, "--steps", steps, *drive, *more):
            time.sleep(1)
        code, said = p.ended
        stats, spikes = p.stats(out), p.spikes(out)
        check(code == 130 and f"the run ended early, after {stats['steps']} steps" in said and "interrupted (SIGINT)" in said, p.ended)
        check(stats["complete"] is False and stats["ended_by"] == "interrupted (SIGINT)" and stats["steps"] > 500, stats)
        check(stats["counters"]["spikes"] >= stats["spikes"] == len(spikes) > 10, f"{executor}: {stats}, {len(spikes)} spikes")
        (entry,) = json.loads((p.folder / out / "record.json").read_text(encoding="utf-8"))["traces"]
        rows = numpy.load(p.folder / out / entry["file"])
        check(rows.shape == (1, stats["steps"] // every, 4), f"{executor}: {rows.shape} rows of {stats['steps']} steps")
        whole = f"whole {executor}"
        p.run("--steps", stats["steps"], "--out", whole, *drive[:4])
        check(p.spikes(whole) == spikes, f"{executor}: the spikes are those of a run of {stats['steps']} steps")
        check(json.loads((p.folder / f"{executor}.json").read_text(encoding="utf-8"))["projections"][0]["weight"] != 30,
              "what was learned until then is saved")
        if more:
            kinds = fst_kinds(waves)
            check(kinds[0] == 0 and 3 in kinds and {4, 6, 7} & set(kinds) and {5, 8} & set(kinds), f"{executor}: {kinds}")


def check_full_disk(p):
    drive = ["--regular", "in=2", "--out", "full"]
    p.run("--steps", 10, *drive)
    before = p.spikes("full")
    error = p.run("--steps", 10_000, *drive, room=50_000, code=1)
    check("spikes.csv: cannot be written; check folder, permissions and room" in error, error)
    check(p.spikes("full") == before and not list((p.folder / "full").glob(".*")), "the earlier results stay, nothing else does")
    error = p.run("--steps", 30_000, "--regular", "in=500", "--out", "full", "--record", "i:n", room=150_000, code=1)
    check("record0-i-n.npy: cannot be written" in error and len(p.spikes("full")) > len(before) and p.stats("full")["steps"] == 30_000,
          f"spikes and statistics come first: {error}")
    for executor, room in (("model", 60_000), ("rtl", 60_000), ("model", 3_000), ("rtl", 3_000)):
        waves = f"full {executor}.fst"  # with 3,000 bytes, not even what the writer of FST keeps aside has room
        error = p.run("--steps", 20_000, "--regular", "in=5000", "--out", f"full {executor} {room}", "--config", "tiny",
                      "--executor", executor, "--waves", waves, room=room, code=1)
        check(f"--waves {waves}: not all could be written; make room" in error or "cannot be written" in error, error)
        check(room < 60_000 or p.stats(f"full {executor} {room}")["complete"], "the run itself is there")


def check_full_disk_of_verify(p):
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
    case = [p.program, "verify", "--case", "1", "--config", "tiny", "--executor", "model", "--waves", "case.fst"]
    done = subprocess.run(case, cwd=p.folder, capture_output=True, text=True, timeout=120, preexec_fn=limit)
    check(done.returncode == 1 and "--waves case.fst: not all could be written" in done.stdout + done.stderr,
          f"{done.returncode}: {done.stdout[-500:]}{done.stderr}")


def check_files(p):
    """Any name, the folder that is being made, and nothing of an earlier recording."""
    p.run("--steps", 5, "--out", "own", "--save-network", "own/learned.json")
    check((p.folder / "own" / "learned.json").stat().st_size > 100, "a network is saved into the folder of the run")
    p.run("--steps", 5, "--out", "own", "--record", "v:n", "--record", "weight:in,n@end")
    p.run("--steps", 5, "--out", "own", "--record", "i:n")
    names = {path.name for path in (p.folder / "own").glob("record*")}
    check(names == {"record.json", "record0-i-n.npy"}, f"files of an earlier recording are gone: {names}")
    odd = os.fsencode(p.folder) + b"/not utf-8: \xff\xfe"
    os.mkdir(odd)
    with open(odd + b"/net.json", "w", encoding="utf-8") as file:
        json.dump(NETWORK, file)
    p.run("--steps", 20, "--regular", "in=2", "--out", os.fsdecode(odd + b"/out \xff"), cwd=odd)
    with open(odd + b"/out \xff/spikes.csv", encoding="utf-8") as file:
        check(file.read().count("\n") > 5, "results in a folder whose name is no UTF-8")


def check_sources(p):
    def spikes(out, *more):
        p.run("--steps", 400, "--out", out, *more)
        return p.stats(out)["input_spikes"], p.spikes(out)
    one = spikes("p1", "--poisson", "in=50")
    check(spikes("p1 seed", "--poisson", "in=50,1") == one and one[0] > 40, "the seed of a source stands behind its rate")
    check(spikes("p2", "--poisson", "in=50,2")[1] != one[1], "another seed, other spikes")
    two = spikes("two", "--poisson", "in=50", "--poisson", "in=50")
    check(1.5 * one[0] < two[0] < 2.5 * one[0] and two[1] != spikes("twice", "--poisson", "in=50", "--poisson", "in=50,2")[1],
          f"two sources of one population: {one[0]} and {two[0]} spikes")
    check(spikes("none", "--poisson", "in=0")[0] == 0, "a rate of 0 is a rate")


# What a process took at most is not told below what its parent holds when it starts it: this parent is small.
SMALL_PARENT = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


def peak_of(command, folder):
    """Exit code, stderr, and the kilobytes that were resident at most."""
    words = [sys.executable, "-S", "-E", "-c", SMALL_PARENT, *map(str, command)]
    ended = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    return ended.returncode, ended.stderr, int(ended.stdout.split()[-1])


def check_memory(p):
    """Sources take the same memory for a run of any length: their spikes are made when the run comes to them."""
    deaf = json.loads(json.dumps(NETWORK))
    deaf["populations"][1]["raw"]["theta"] = 8_000_000
    (p.folder / "deaf.json").write_text(json.dumps(deaf), encoding="utf-8")

    def most(steps):
        """Kilobytes that were resident at most."""
        code, _, peak = peak_of([p.program, "run", "deaf.json", "--regular", "in=4", "--poisson", "in=10", "--out", "deaf",
                                 "--steps", steps], p.folder)
        check(code == 0 and p.stats("deaf")["input_spikes"] > steps, f"{steps} steps: {code}")
        return peak
    short, long = most(3_000_000), most(6_000_000)
    check(long < short + 8 * 1024, f"{short} kB for 3,000,000 steps, {long} kB for 6,000,000")


def write_listed(path, count, rows):
    """A network of `count` synapses, listed by rows or columns."""
    columns = (lambda i: 7 * i % 1024, lambda i: 11 * i % 1024, lambda i: i % 97 / 64)
    head = {"spikemesh_network": 1, "dt_ms": 1, "populations": [{"name": "a", "size": 1024, "input": {}},
                                                                {"name": "b", "size": 1024, "raw": {"theta": 1}}],
            "projections": [{"from": "a", "to": "b", "connect": "sparse"}]}
    lists = {"synapses": lambda i: [column(i) for column in columns]} if rows else dict(zip(("pre", "post", "weight"), columns))
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(head)[:-len("}]}")])
        for key, value in lists.items():
            file.write(f', "{key}": [{json.dumps(value(0))}')
            file.writelines("," + json.dumps(value(i), separators=(",", ":")) for i in range(1, count))
            file.write("]")
        file.write("}]}")


def check_parsing(p):
    """A network's file takes a small multiple of its size while it is loaded, whichever way its synapses are listed."""
    count = 1_500_000  # far more than the chip holds, so that nothing but the file is loaded
    _, _, program = peak_of([p.program, "map", "net.json", "--config", "tiny"], p.folder)
    for rows in (False, True):
        path = p.folder / f"listed{rows}.json"
        write_listed(path, count, rows)
        code, error, peak = peak_of([p.program, "map", path.name, "--config", "tiny"], p.folder)
        check(code == 1 and f"{count} synapses have no room" in error, f"rows {rows}: {error}")
        size = path.stat().st_size // 1024
        check(peak < program + 3 * size, f"rows {rows}: {peak} kB for a file of {size} kB")


def check_ring(p):
    rows = [f"{step},in,{neuron},2" for step in range(4) for neuron in range(4)]
    (p.folder / "in.csv").write_text("step,population,neuron,count\n" + "\n".join(rows) + "\n", encoding="utf-8")
    (p.folder / "ring.json").write_text(json.dumps({"MeshW": 1, "MeshH": 1, "RingIn": 4}), encoding="utf-8")
    drive = ["--input", "in.csv", "--steps", 4, "--out", "ring", "--config", "ring.json"]
    found = []
    for executor in ("reference", "model"):
        p.run(*drive, "--executor", executor)
        found.append((p.stats("ring")["input_spikes"], p.stats("ring").get("late_entries", 0), p.spikes("ring")))
    check(found[0] == found[1] and found[0][0] == 32, f"a step takes more input spikes than the ring holds: {found}")


def check_counters(p):
    """Beyond 2^32: the tile delivers 2,048 synapses a spike and step."""
    wide = {"spikemesh_network": 1, "dt_ms": 1,
            "populations": [{"name": "in", "size": 15, "input": {}},
                            {"name": "out", "size": 2048, "raw": {"theta": 8000000}, "tiles": [[0, 0]]}],
            "projections": [{"from": "in", "to": "out", "connect": "all_to_all", "weight": 1}]}
    (p.folder / "wide.json").write_text(json.dumps(wide), encoding="utf-8")
    (p.folder / "big.json").write_text(json.dumps({"MeshW": 1, "MeshH": 1, "Neurons": 2048, "Synapses": 65536, "Axons": 64,
                                                   "Fanouts": 2048, "Plastics": 16, "Lanes": 4}), encoding="utf-8")
    done = subprocess.run([p.program, "run", "wide.json", "--config", "big.json", "--regular", "in=1", "--steps", "140000",
                           "--out", "wide"], cwd=p.folder, capture_output=True, text=True, timeout=200)
    check(done.returncode == 0, done.stderr)
    stats = p.stats("wide")
    check(stats["counters"]["synapse_events"] == stats["tiles"][0]["synapse_events"] == 15 * 2048 * 140_000, stats["counters"])


def main(program, folder):
    p = Program(program, folder)
    for each in (check_refused_before, check_not_replaced, check_one_run_a_folder, check_interrupted, check_full_disk,
                 check_full_disk_of_verify, check_files, check_sources, check_memory, check_parsing, check_ring, check_counters):
        each(p)
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
