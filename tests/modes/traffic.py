#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Traffic at the shell (docs/exploration/traffic.md).

    traffic.py PROGRAM
"""
import csv
import json
import pathlib
import sys
import tempfile

import numpy as np

SOURCE = pathlib.Path(__file__).absolute().parent
sys.path.insert(0, str(SOURCE.parent / "report"))
import runs  # noqa: E402
from runs import call  # noqa: E402

STEPS = 80


def check(condition, what):
    if not condition:
        sys.exit(f"traffic.py: {what}")


def activity(folder, what):
    return np.load(folder / f"activity-{what}.npy")


def stats(folder):
    return json.loads((folder / "stats.json").read_text(encoding="utf-8"))


def silent_network(folder):
    """The network of the reports without learning, and with nobody who sends to the host."""
    network = json.loads((runs.SOURCE / "net.json").read_text(encoding="utf-8"))
    del network["rules"], network["projections"][0]["rule"]
    for population in network["populations"]:
        population.pop("record", None)
    (folder / "net.json").write_text(json.dumps(network), encoding="utf-8")


def again(program, folder):
    """The packets of a run, sent again, cross each link as often in each step, whatever buffers and links are like."""
    chip = {"MeshW": 4, "MeshH": 4}
    (folder / "chip.json").write_text(json.dumps(chip), encoding="utf-8")
    (folder / "slow.json").write_text(json.dumps({**chip, "LinkLatency": 3, "RouterDepth": 1, "CoreDepth": 1}), encoding="utf-8")
    call(program, "run", folder / "net.json", "--poisson", "in=30", "--steps", STEPS, "--executor", "model", "--config", folder / "chip.json",
         "--activity", "--messages", "--min-tiles", 12, "--out", folder / "run")
    links = activity(folder / "run", "links")
    for chip in ("chip.json", "slow.json"):
        call(program, "traffic", folder / "run" / "messages.csv", "--steps", STEPS, "--config", folder / chip, "--activity", "--out", folder / "sent")
        sent = activity(folder / "sent", "links")
        check(sent.shape == links.shape and (sent == links).all(), f"{chip}: other links are crossed: {sent.sum()} instead of {links.sum()}")
        check(stats(folder / "sent")["counters"]["packets"] == stats(folder / "run")["counters"]["packets"] > 5000, "other packets arrive")
        if chip == "chip.json":
            columns = json.loads((folder / "run" / "activity.json").read_text(encoding="utf-8"))["steps"]["columns"]
            cycles = [activity(folder / name, "steps")[:, columns.index("cycles")] for name in ("sent", "run")]
            check(STEPS * 9 < cycles[0].sum() < cycles[1].sum(), f"steps without an Update take {cycles[0].sum()} cycles, with it {cycles[1].sum()}")
    call(program, "report", folder / "sent")
    check("messages.csv on 4 x 4 tiles" in (folder / "sent" / "report.html").read_text(encoding="utf-8"), "the page has another title")
    print(f"{links.sum()} crossings of links are the same in {STEPS} steps")


def hops(program, folder):
    """Each link costs its latency; and packets to the host are its recorded spikes."""
    (folder / "far.csv").write_text("step,source,destination\n0,0,3\n", encoding="utf-8")
    (folder / "near.csv").write_text("step,source,destination\n0,0,1\n0,3,host\n1,2,host\n", encoding="utf-8")
    worst = {}
    for latency in (1, 4):
        (folder / "line.json").write_text(json.dumps({"MeshW": 4, "MeshH": 1, "LinkLatency": latency}), encoding="utf-8")
        for name in ("far", "near"):
            call(program, "traffic", folder / f"{name}.csv", "--config", folder / "line.json", "--placement", "row_major", "--activity",
                 "--out", folder / name)
            index = json.loads((folder / name / "activity.json").read_text(encoding="utf-8"))
            worst[name, latency] = index["latency_cycles"][-1][0]
        check(worst["far", latency] - worst["near", latency] == 2 * latency, f"two links more cost {worst}")
    rows = list(csv.DictReader((folder / "near" / "spikes.csv").read_text(encoding="utf-8").splitlines()))
    check([(row["step"], row["population"], row["neuron"]) for row in rows] == [("0", "node", "3"), ("1", "node", "2")], f"the host has {rows}")


def sweeps(program, folder):
    """Placements and buffers of a mesh without neurons."""
    pairs = [(i, (5 * i + 3) % 16) for i in range(16)]
    lines = [f"{step},{source},{target},20" for step in range(10) for source, target in pairs]
    (folder / "pairs.csv").write_text("step,source,destination,count\n" + "\n".join(lines) + "\n", encoding="utf-8")
    sweep = {"spikemesh_sweep": 1, "traffic": "pairs.csv",
             "space": [{"parameter": "placement", "values": ["row_major", "annealed", "spectral", "random"]}, {"parameter": "RouterDepth", "values": [1, 8]}]}
    (folder / "sweep.json").write_text(json.dumps(sweep), encoding="utf-8")
    said = call(program, "sweep", folder / "sweep.json", "--out", folder / "swept")
    check("8 points, 8 ran now: 8 ok" in said, said)
    with open(folder / "swept" / "sweep.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cycles = {(row["placement"], row["RouterDepth"]): int(row["cycles"]) for row in rows}
    crossed = {row["placement"]: int(row["flit_hops"]) for row in rows}
    check(all(int(row["packets"]) == 16 * 10 * 20 and row["updates"] == "0" for row in rows), "packets are lost")
    check(crossed["annealed"] < crossed["row_major"] and crossed["annealed"] < crossed["random"], f"placements: {crossed}")
    check(cycles["row_major", "8"] < cycles["row_major", "1"], f"deeper buffers do not help: {cycles}")
    said = call(program, "sweep", folder / "sweep.json", "--point", 3, "--out", folder / "point")
    check(f"cycles: {rows[3]['cycles']}\n" in said, said)
    sweep["network"] = "net.json"
    (folder / "both.json").write_text(json.dumps(sweep), encoding="utf-8")
    said = call(program, "sweep", folder / "both.json", "--out", folder / "none", code=1)
    check("/network: there is \"traffic\" already" in said, said)


def real_time(program, folder):
    said = call(program, "traffic", folder / "pairs.csv", "--period", 500, "--json", "--out", folder / "timed")
    check(json.loads(said)["host"]["stretched"] == 0 and json.loads(said)["cycles"] >= 9 * 500, said)
    said = call(program, "traffic", folder / "pairs.csv", "--steps", 3, "--out", folder / "none", code=1)
    check("sends packets in 10 steps; raise it or leave it out" in said, said)


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        silent_network(folder)
        for each in (again, hops, sweeps, real_time):
            each(program, folder)


if __name__ == "__main__":
    main(sys.argv[1])
