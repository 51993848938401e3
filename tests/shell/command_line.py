#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh map` and `spikemesh run` promise at the shell: files, messages, exit codes.

    command_line.py PROGRAM
"""
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

NETWORK = {
    "spikemesh_network": 1, "dt_ms": 1, "adapt_period": 2,
    "populations": [
        {"name": "in", "size": 4, "input": {"max_spikes_per_step": 4}},
        {"name": "n", "size": 20, "record": True,
         "raw": {"theta": 100, "subtract": 1, "decay_v": 3900, "adapt_step": 655360, "decay_adapt": 4000}}],
    "projections": [
        {"from": "in", "to": "n", "connect": "all_to_all", "weight": 60},
        {"from": "n", "to": "n", "connect": "all_to_all", "weight": -1, "delay": 2}]}
SPIKES = "sample,step,population,neuron,count\n" + "".join(
    f"{sample},{step},in,{step % 4},{1 + step % 2}\n" for sample in (0, 2) for step in range(10))

checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"command_line.py: {what}")


def check_split_weights(spikemesh, folder):
    """A strong synapse beside weak ones: V counts the weak ones exactly only where the strong one takes several words."""
    weights = [[400], [0.01], [0.0107]]
    network = {
        "spikemesh_network": 1, "dt_ms": 1,
        "populations": [{"name": "in", "size": 3, "input": {}}, {"name": "n", "size": 1, "record": True, "neuron": {"beta": 1, "v_threshold": 65.536}}],
        "projections": [{"from": "in", "to": "n", "connect": "dense", "weight": weights}]}
    (folder / "strong.json").write_text(json.dumps(network), encoding="utf-8")
    (folder / "strong.csv").write_text("step,population,neuron\n" + "".join(f"{step},in,{1 + step % 2}\n" for step in range(99)) + "99,in,0\n", encoding="utf-8")
    cost = "1 synapses are split over 49 words"
    check(cost in spikemesh("map", "strong.json", "--split-weights", 0.01), "map tells what splitting costs")
    check("Warning: strong.json: /projections/0" in spikemesh("map", "strong.json"), "without it, map tells what is lost")
    network["split_weights"] = 0.01
    (folder / "split.json").write_text(json.dumps(network), encoding="utf-8")
    check(cost in spikemesh("map", "split.json"), "the option of the file counts")
    check(cost not in spikemesh("map", "split.json", "--split-weights", 0), "the command line has priority")
    v = {}
    for out, name, more in (("one", "strong.json", []), ("several", "split.json", []),
                            ("asked", "strong.json", ["--split-weights", 0.01, "--executor", "model", "--save-network", "saved.json"])):
        spikemesh("run", name, "--input", "strong.csv", "--steps", 110, "--record", "v:n@100", "--out", out, *more)
        v[out] = next((folder / out).glob("record*.npy")).read_bytes()[-4:]
        v[out] = int.from_bytes(v[out], "little", signed=True)
    check(v["several"] == v["asked"] == 50 * 40 + 49 * 43, f"V is the sum of the weak weights: {v}")
    check(v["one"] == 99 * 64, f"each weak weight was one unit of 64: {v}")
    config = json.loads((folder / "asked" / "config.json").read_text(encoding="utf-8"))
    check(config["split_weights"] == 0.01, config)
    check(json.loads((folder / "saved.json").read_text(encoding="utf-8"))["split_weights"] == 0.01, "a saved network is the same chip")


def check_relays(spikemesh, folder):
    """A delay that no chip has is refused with the name of an option, and with that option it is the delay that was asked for."""
    network = json.loads(json.dumps(NETWORK))
    network["projections"] = [{"from": "in", "to": "n", "connect": "all_to_all", "weight": 60, "delay": 50}]
    (folder / "late.json").write_text(json.dumps(network), encoding="utf-8")
    rows = "step,population,neuron,count\n" + "".join(f"{step},in,{step % 4},{1 + step % 2}\n" for step in range(10))
    (folder / "late.csv").write_text(rows, encoding="utf-8")
    error = spikemesh("map", "late.json", code=1)
    check(error == "spikemesh: late.json: /projections/0/delay: 50, but this chip allows 1..15; shorten it or let relay neurons pass on "
          "what is late (relays, --relays)\n", error)
    cost = "Relay neurons: 48 pass on the spikes of 4 inputs and neurons for delays beyond 15 steps, with "
    check(cost in spikemesh("map", "late.json", "--relays"), "map tells what relays cost")
    network["relays"] = True
    (folder / "relays.json").write_text(json.dumps(network), encoding="utf-8")
    check(cost in spikemesh("map", "relays.json"), "the key of the file counts")
    spikes = {}
    for out, name, more in (("late", "late.json", ["--relays", "--executor", "model", "--save-network", "late_saved.json"]),
                            ("relays", "relays.json", [])):
        spikemesh("run", name, "--input", "late.csv", "--steps", 80, "--out", out, *more)
        spikes[out] = (folder / out / "spikes.csv").read_text(encoding="utf-8").splitlines()[1:]
    check(len(spikes["late"]) > 20 and spikes["late"] == spikes["relays"], f"relays carry every spike: {spikes}")
    check({row.split(",")[2] for row in spikes["late"]} == {"n"} and min(int(row.split(",")[1]) for row in spikes["late"]) >= 50, "nothing else fires")
    check(json.loads((folder / "late" / "config.json").read_text(encoding="utf-8"))["relays"] is True, "the folder says that there were relays")
    saved = json.loads((folder / "late_saved.json").read_text(encoding="utf-8"))
    check(saved["relays"] is True and [each["name"] for each in saved["populations"]] == ["in", "n"], f"a saved network has none of them: {saved}")


def main(program, folder):
    def spikemesh(*arguments, code=0):
        done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, cwd=folder, timeout=120)
        check(done.returncode == code, f"{arguments}: ended with {done.returncode}, not {code}: {done.stdout}{done.stderr}")
        return done.stderr if code else done.stdout

    (folder / "net.json").write_text(json.dumps(NETWORK), encoding="utf-8")
    (folder / "in.csv").write_text(SPIKES, encoding="utf-8")

    version = spikemesh("--version")
    check(re.fullmatch(r"spikemesh \d+\.\d+\.\d+, commit .+, specification 0x[0-9a-f]{8}\n", version), f"version: {version}")

    table = spikemesh("map", "net.json", "--config", "ecp5", "--min-tiles", 3)
    check("3 of 4 tiles" in table and "n[0..6]" in table, f"table of map: {table}")
    report = json.loads(spikemesh("map", "net.json", "--json"))
    check(report["schema"] == "spikemesh-map-2" and report["synapses"] == 480, f"JSON of map: {report}")

    error = spikemesh("map", "net.json", "--config", "tiny", code=1)
    check("a tile has 256; build with Neurons=32, Synapses=512 or build with MeshW=2, MeshH=1;" in error and error.endswith("; as it is it fits --config default or ecp5 or odd\n"), f"what to change, and what fits: {error}")
    (folder / "two.json").write_text('{"MeshW": 2, "MeshH": 1, "Neurons": 16, "Synapses": 256, "Axons": 64, "Fanouts": 64, "Plastics": 128}', encoding="utf-8")
    check("2 of 2 tiles" in spikemesh("map", "net.json", "--config", "two.json"), "the remedy helps")
    learning = json.loads(json.dumps(NETWORK))
    learning["rules"] = [{"name": "hebb", "tau_pre_ms": 9, "tau_post_ms": 9, "a_plus": 1, "a_minus": -1, "w_min": 0, "w_max": 99}]
    learning["projections"][0]["rule"] = "hebb"
    (folder / "learning.json").write_text(json.dumps(learning), encoding="utf-8")
    table = spikemesh("map", "learning.json")
    check(re.search(r"axons +fan-out +plastic +rules +holds\n\(0, 0\) .* 80 +\d+% +1 +\d+%  n\[0\.\.19\]\n", table), f"memories of learning: {table}")
    check(re.search(r"^Fullest memory: neurons, tile \(0, 0\): 20 of 256 in use$", table, re.MULTILINE), f"the fullest memory: {table}")

    def run(out, *more):
        spikemesh("run", "net.json", "--input", "in.csv", "--steps", 10, "--out", out, *more)
        with open(folder / out / "spikes.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    spikes = run("reference")
    per_sample = [[(s["step"], s["neuron"]) for s in spikes if s["sample"] == str(k)] for k in range(3)]
    check(len(per_sample[0]) > 20 and per_sample[0] == per_sample[2] and not per_sample[1],
          f"samples 0 and 2 are alike and 1 is silent: {per_sample}")
    check(run("spread", "--min-tiles", 9, "--seed", 4) == spikes, "the spread changes no spike")
    check(run("model", "--executor", "model") == spikes, "the model gives the reference's spikes")
    driven = ["--poisson", "in=40", "--regular", "in=5,2"]
    check(run("sources", *driven) == run("sources model", *driven, "--executor", "model") != spikes, "sources drive every executor alike")
    check(run("other seed", *driven, "--source-seed", 2) != run("sources", *driven), "another seed, other Poisson spikes")
    check(run("kept", "--clear", "membrane") != spikes, "thresholds that are kept change spikes")
    config = json.loads((folder / "spread" / "config.json").read_text(encoding="utf-8"))
    check(config["schema"] == "spikemesh-run-1" and config["min_tiles"] == 9 and config["build"]["MeshW"] == 4, config)
    stats = json.loads((folder / "model" / "stats.json").read_text(encoding="utf-8"))
    check(stats["schema"] == "spikemesh-stats-1" and stats["samples"] == 3 and stats["cycles"] > stats["steps"] == 36, stats)
    check(stats["input_spikes"] == 30 and stats["spikes"] == len(spikes) <= stats["counters"]["spikes"], stats)

    check_split_weights(spikemesh, folder)
    check_relays(spikemesh, folder)

    for more, message in (
            (["--steps", 5], "in.csv:7: step 5, but a sample has the steps 0..4; run more steps"),
            (["--steps", 10, "--samples", 2], "--samples 2: in.csv has sample 2, too; raise it or leave it out"),
            (["--steps", 10, "--config", "huge"], "huge"),
            (["--steps", 10, "--config", "tiny"], "more neurons have no room on 1 x 1 tiles: on the last tile it needs 264 synapse words")):
        error = spikemesh("run", "net.json", "--input", "in.csv", "--out", "bad", *more, code=1)
        check(error.startswith("spikemesh: ") and message in error, f"{more}: {error}")
    check(not (folder / "bad").exists(), "a run that was refused leaves no folder")
    for more, message in (
            (["run", "net.json", "--steps", 1 << 40, "--out", "in.csv"], "--out in.csv: Not a directory"),
            (["run", "net.json", "--steps", 1 << 40, "--out", "bad", "--save-network", "no/net.json"], "no/net.json: cannot be written"),
            (["run", "net.json", "--steps", 10, "--out", "bad", "--port", ""], "no port given"),
            (["emulate", "--baud", "100"], "--baud 100: at the assumed clock")):
        error = spikemesh(*more, code=1)
        check(error.startswith("spikemesh: ") and message in error, f"{more} is refused at once: {error}")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([program, "map", "net.json"], stdout=full, stderr=subprocess.PIPE, text=True, cwd=folder, timeout=120)
    check(done.returncode == 1 and done.stderr.startswith("spikemesh: stdout: "), f"a table that is cut off is an error: {done}")
    print(f"{checks} checks passed")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(temporary))
