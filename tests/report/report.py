#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh report` and `spikemesh energy` promise (docs/exploration/report.md): pages, timelines and energies say what the run did.

    report.py PROGRAM
"""
import collections
import copy
import csv
import json
import pathlib
import sys
import tempfile

import numpy as np

import runs
from runs import call, report

MOST_BYTES = 5_000_000
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"report.py: {what}")


def data_of(page):
    """The constant DATA of a page."""
    text = page.read_text(encoding="utf-8")
    begin = text.index("const DATA = ") + len("const DATA = ")
    return json.JSONDecoder().raw_decode(text[begin:])[0]


def test_activity(folder):
    activity, stats = report.load_activity(folder), json.loads((folder / "stats.json").read_text())
    for name in ("updates", "spikes", "packets", "synapse_events", "emitted", "emit_stalls", "weight_updates"):
        tiles = activity.core(name).sum(axis=0)
        for tile in stats["tiles"]:
            check(tiles[tile["y"] * activity.mesh_w + tile["x"]] == tile[name], f"{name} of tile {tile['x']},{tile['y']}")
        check(stats["counters"][name] == tiles.sum() > 0, f"{name} of all tiles")
    classes = sum(activity.core(name) for name in report.activity.CLASSES)
    check((classes == activity.window("cycles")[:, None]).all(), "what the cycles of a core go into adds up to those of the step")
    check(activity.steps == runs.STEPS == activity.windows == activity.step_cycles.total, "a window is a step")
    check(activity.cycles == int((activity.step_cycles.values * activity.step_cycles.counts).sum()) < stats["cycles"], "cycles of steps")
    check(activity.links[:, :, 0].sum() == stats["counters"]["emitted"], "what enters by the local port was emitted")
    check(activity.links[:, 0, 4].sum() >= stats["input_spikes"], "the west port of tile (0,0) is the link from the host")
    return activity


def test_messages(folder, activity):
    """messages.csv has a row for each packet."""
    rows = list(csv.DictReader(open(folder / "messages.csv", newline="")))
    check(len(rows) == activity.core("packets").sum() and activity.index["messages"]["complete_steps"] == runs.STEPS, "a row for each packet")
    latency = collections.Counter(int(row["taken"]) - int(row["offered"]) for row in rows)
    check(sorted(latency.items()) == [tuple(each) for each in activity.index["latency_cycles"]], "the latencies of the rows")
    targets, synapses = collections.Counter(), collections.Counter()
    for row in rows:
        tile = int(row["target_y"]) * activity.mesh_w + int(row["target_x"])
        targets[int(row["step"]), tile] += 1
        synapses[tile] += int(row["synapses"])
        check((row["source_x"] == "host") == (row["source_y"] == "host") and int(row["offered"]) <= int(row["entered"]) < int(row["taken"]), f"a way: {row}")
    packets = activity.core("packets")
    check(all(packets[step, tile] == count for (step, tile), count in targets.items()) and sum(targets.values()) == packets.sum(), "packets by step and tile")
    check([synapses[tile] for tile in range(activity.tiles)] == activity.core("synapse_events").sum(axis=0).tolist(), "synapses of each tile")
    stats = json.loads((folder / "stats.json").read_text())
    hosts = sum(row["source_x"] == "host" for row in rows)
    check(hosts == activity.links[:, 0, 4].sum() and 0 < hosts < len(rows) and hosts >= stats["input_spikes"], "those of the host")


def test_page(program, folder, activity):
    said = call(program, "report", folder)
    page = folder / "report.html"
    check(said.startswith(f"{page}: ") and page.stat().st_size < MOST_BYTES, f"the page lies in its folder: {said}")
    text, data = page.read_text(encoding="utf-8"), data_of(page)
    for outside in ("<link", "src=", "@import", "fetch(", "XMLHttpRequest"):
        check(outside not in text.replace("https://www.chartjs.org", ""), f"the page takes nothing from outside: {outside}")
    heat = data["heat"]
    check(np.array_equal(np.sum(heat["links"], axis=0), activity.links.sum(axis=0).ravel()), "the map of links")
    check(np.array_equal(np.max(heat["buffers"], axis=0), activity.buffers.max(axis=0).ravel()), "the map of buffers")
    classes = np.stack([activity.core(name) for name in report.activity.CLASSES], axis=2)
    check(np.array_equal(np.sum(heat["cores"], axis=0), classes.sum(axis=0).ravel()), "the map of cores")
    check(sum(heat["cycles"]) == activity.cycles and data["energy"] is None, "cycles of the page")
    merged = activity.merged(7)
    check(len(merged.first(activity.window("steps"))) == 7 and merged.sums(activity.window("cycles")).sum() == activity.cycles, "windows taken together")


def test_quantiles():
    histogram = report.activity.Histogram([[10, 98], [20, 1], [30, 1]])
    check(histogram.summary() == {"median": 10, "p99": 20, "worst": 30, "mean": 10.3}, f"quantiles: {histogram.summary()}")
    check(report.activity.Histogram([]).quantile(0.5) is None, "nothing has no median")


def test_timeline(program, folder, activity):
    call(program, "report", folder, "-o", folder / "again.html", "--timeline", folder / "timeline.json")
    trace = json.loads((folder / "timeline.json").read_text())
    slices = [event for event in trace["traceEvents"] if event["ph"] == "X"]
    counts = collections.Counter(event["cat"] for event in slices)
    kinds = collections.Counter(activity.span_kinds[number] for number in activity.spans[:, 1])
    check(counts == kinds and counts["step"] == runs.STEPS and set(counts) == set(activity.span_kinds), f"slices: {counts}, spans: {kinds}")
    check(len(slices) + sum(event["ph"] == "M" for event in trace["traceEvents"]) == len(trace["traceEvents"]), "slices and names, nothing else")
    cycles = collections.Counter()
    tracks = collections.defaultdict(list)
    for event in slices:
        check(set(event) == {"ph", "name", "cat", "ts", "dur", "pid", "tid", "args"} and event["ts"] >= 0 and event["dur"] > 0, f"a complete event: {event}")
        cycles[event["cat"]] += event["dur"]
        tracks[event["pid"], event["tid"]].append((event["ts"], event["ts"] + event["dur"]))
    for name in ("update", "learn", "integrate"):
        check(cycles[name] == activity.core(name).sum(), f"cycles of {name}")
    check(cycles["stalled"] == activity.core("emit_stalls").sum(), "cycles of stalls")
    for track, spans in tracks.items():  # slices of a track are apart, or one holds the other
        open_until = []
        for begin, end in sorted(spans, key=lambda span: (span[0], -span[1])):
            while open_until and open_until[-1] <= begin:
                open_until.pop()
            check(not open_until or end <= open_until[-1], f"slices of track {track} cross at {begin}")
            open_until.append(end)
    named = {(event["pid"], event["tid"]) for event in trace["traceEvents"] if event["name"] == "thread_name"}
    check(set(tracks) <= named, "every track has a name")
    call(program, "report", folder, "-o", folder / "again.html", "--timeline", folder / "fast.json", "--clock-mhz", 100)
    fast = [event for event in json.loads((folder / "fast.json").read_text())["traceEvents"] if event["ph"] == "X"]
    check(all(abs(a["dur"] - 100 * b["dur"]) < 1e-6 for a, b in zip(slices, fast)), "at 100 MHz a cycle takes 10 ns")


OWN = {"spikemesh_energy": 1, "name": "mine", "pj": {"synaptic_event": {"value": 2.5, "source": "a guess"}, "hop_x": {"value": 1, "source": "a guess"}},
       "leakage": {"value": 3, "clock_mhz": 50, "source": "a guess"}}
MALFORMED = [
    (("pj", "hop_x", "value"), -3, "/pj/hop_x/value: -3, but a number of at least 0 is needed"),
    (("pj", "hop_x", "value"), "3", '/pj/hop_x/value: "3", but a number of at least 0 is needed'),
    (("pj", "hop_x", "source"), "", '/pj/hop_x/source: "", but a text is needed'),
    (("pj", "hop_z"), {"value": 1, "source": "s"}, "/pj/hop_z: no such key; there are synaptic_event"),
    (("pj", "hop_x"), 3, "/pj/hop_x: 3, but an object with value, source is needed"),
    (("pj", "hop_x"), {"value": 1}, "/pj/hop_x/source: it is missing"),
    (("pj",), {}, "/pj: it is empty"),
    (("leakage", "clock_mhz"), 0, "/leakage/clock_mhz: 0, but a number above 0 is needed"),
    (("spikemesh_energy",), 2, "/spikemesh_energy: 2, but 1 is the version"),
    (("joule",), 2, "/joule: no such key"),
]


def test_energy(program, folder, activity):
    stats = json.loads((folder / "stats.json").read_text())["counters"]
    check(report.coefficient_names() == ["cmos28", "cmos45", "loihi", "odin", "truenorth"], "the coefficients that come with the program")
    for name in report.coefficient_names():
        said = json.loads(call(program, "energy", folder, "--coefficients", name, "--json"))
        units = said["units"]
        check(said["modelled"] is True and abs(sum(unit["pj"] for unit in units.values()) - said["total_pj"]) <= 1e-9 * said["total_pj"] > 0, f"{name} adds up")
        check(all(abs(unit["events"] * unit["pj_an_event"] - unit["pj"]) <= 1e-9 * said["total_pj"] for unit in units.values()), f"{name}: events times pJ")
        check(units["synaptic_event"]["events"] == stats["synapse_events"], f"{name}: synaptic events")
        result = report.energy(folder, name)
        check(np.isclose(result.windows.sum(), result.total_pj, rtol=1e-12) and result.windows.shape == (len(units), runs.STEPS), f"{name}: by step")
    loihi = report.energy(folder, "loihi").counts
    check(loihi["hop_x"] + loihi["hop_y"] == activity.hops.sum() and loihi["packet"] == stats["emitted"] and loihi["weight_update"] == stats["weight_updates"],
          "hops, packets, weight updates")
    check(loihi["neuron_update"] + loihi["neuron_inactive"] >= 800 * runs.STEPS, "every neuron counts in every step")
    own = folder / "own.json"
    own.write_text(json.dumps(OWN))
    said = json.loads(call(program, "energy", folder, "--coefficients", own, "--json"))
    check(np.isclose(said["units"]["leakage"]["pj"], activity.cycles * 16 * 3 / 50), "leakage: uW over MHz is pJ a cycle of a tile")
    check("total" in call(program, "energy", folder, "--coefficients", own), "the table for people has a total")
    for path, value, message in MALFORMED:
        wrong = copy.deepcopy(OWN)
        place = wrong
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        own.write_text(json.dumps(wrong))
        said = call(program, "energy", folder, "--coefficients", own, code=1)
        check(f"spikemesh: {own}: {message}" in said, f"{path} {value}: {said}")
    call(program, "report", folder, "--coefficients", "loihi", "-o", folder / "energy.html")
    page = data_of(folder / "energy.html")["energy"]
    check(np.isclose(np.sum(page["windows"]) * 1e3, report.energy(folder, "loihi").total_pj, rtol=1e-4), "the energy of the page")


def test_sweep(program, folder):
    runs.drawn_sweep(folder / "sweep")
    call(program, "report", folder / "sweep", "-o", folder / "sweep.html")
    check((folder / "sweep.html").stat().st_size < MOST_BYTES, "1,000 points are less than 5 MB")
    data = data_of(folder / "sweep.html")
    check(len(data["ids"]) == 1000 and data["counts"] == {"failed": 20, "ok": 980}, "points of the sweep")
    check(data["same"]["clock_mhz"] == 50 and "clock_mhz" not in data["varying"] and "spike_hash" not in data["numeric"], "columns that vary")
    points = runs.sweep(program, folder / "real", Lanes=[1, 2], LinkLatency=[1, 3])
    call(program, "report", points)
    data, rows = data_of(points / "report.html"), list(csv.DictReader(open(points / "sweep.csv", newline="")))
    check(len(rows) == 12 and data["counts"] == {"ok": 12} and data["command"] == [row["command"] for row in rows], "a sweep of the program")
    for name in ("cycles_median", "memory_bits", "flit_hops"):
        check(data["values"][name] == [int(row[name]) for row in rows], f"{name} of each point")
    check((data["x"], data["y"]) == ("cycles_median", "memory_bits") and {"Lanes", "LinkLatency", "MeshW"} <= set(data["varying"]), "what is shown at first")


def test_errors(program, folder):
    for more, words in ((["--executor", "reference"], "--activity: only the model records it; use --executor model or lockstep"), (["--rtl-tile", "0,0=x.sv"], None)):
        said = call(program, "run", runs.SOURCE / "net.json", "--steps", 5, "--activity", "--out", folder / "no", *more, code=1)
        check(words is None or words in said, f"{more}: {said}")
    call(program, "run", runs.SOURCE / "net.json", "--steps", 5, "--out", folder / "plain")
    said = call(program, "report", folder / "plain", code=1)
    check("activity.json: it is not there; run the network again with --executor model --activity" in said, f"no activity: {said}")
    check("1" != call(program, "report", folder / "nowhere", code=2), "a folder that is not there")
    check("name a file, or one of cmos28" in call(program, "energy", folder / "plain", "--coefficients", "loihl", code=1), "no such coefficients")
    runs.run(program, folder / "twice")
    call(program, "run", runs.SOURCE / "net.json", "--steps", 5, "--out", folder / "twice")
    check(not list((folder / "twice").glob("activity*")), "a run without --activity removes that of the run before")
    check(not (folder / "twice/messages.csv").exists(), "and its messages")


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        run = runs.run(program, folder / "run")
        activity = test_activity(run)
        test_messages(run, activity)
        test_page(program, run, activity)
        test_quantiles()
        test_timeline(program, run, activity)
        test_energy(program, run, activity)
        test_sweep(program, folder)
        test_errors(program, folder)
    print(f"{checks} checks")


if __name__ == "__main__":
    main(sys.argv[1])
