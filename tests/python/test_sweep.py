# SPDX-License-Identifier: Apache-2.0
"""spikemesh.sweep gives the rows of the command, and keeps what it was told (docs/exploration/sweep.md)."""
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import pandas

import spikemesh as sm

PROGRAM = os.environ["SPIKEMESH_PROGRAM"]
WALL = ["wall_map_s", "map_shared", "wall_load_s", "wall_run_s"]  # not the same in every run
TOLD = ["version", "commit", "command"]                            # of the program, and where the file lies
SPACE = [{"parameter": "Lanes", "values": [1, 2, 4]}, {"parameters": ["MeshW", "MeshH"], "values": [(2, 2), (4, 1)]},
         {"parameter": "RouterDepth", "from": np.int64(1), "to": 2}]


def check(condition, what):
    if not condition:
        sys.exit(f"test_sweep.py: {what}")


def refused(part, call, *arguments, **keywords):
    try:
        call(*arguments, **keywords)
    except sm.InputError as error:
        check(part in str(error), f"{part!r} is not in {str(error)!r}")
        return
    check(False, f"nothing was refused with {part!r}")


def network():
    net = sm.Network(dt_ms=1.0)
    net.add_input("in", 8)
    net.add_input("noise", 4)
    net.add_neurons("out", 30, sm.PhysicalNeurons(tau_m_ms=20, v_threshold=1), record=True)
    net.connect_fixed_probability("in", "out", probability=0.5, weight=4.0, seed=1)
    net.connect_all_to_all("noise", "out", weight=2.0)
    return net


def same(one, other):
    left, right = one.drop(columns=WALL + TOLD), other.drop(columns=WALL + TOLD)
    return left.fillna(-1).equals(right.fillna(-1))


def columns_are_typed(folder, frame):
    """Parquet has the rows, integers as such also where some are not known."""
    file = sm.save_parquet(folder)
    kept = pandas.read_parquet(file)
    check(file == pathlib.Path(folder) / "sweep.parquet" and list(kept.columns) == list(frame.columns), "Parquet has other columns")
    check(str(kept["block_rams"].dtype) == "Int64" and kept["block_rams"].isna().all(), f"block_rams is {kept['block_rams'].dtype}")
    for name in frame.columns:
        left, right = frame[name].fillna(-1).tolist(), kept[name].astype(object).where(kept[name].notna(), -1).tolist()
        check(left == right, f"Parquet: {name} is {right[:3]}, not {left[:3]}")


def packets():
    """A file of packets instead of a network: the runs and rows of the command."""
    rows = [f"{step},{node},{(5 * node + 3) % 16},20" for step in range(4) for node in range(16)]
    pathlib.Path("packets.csv").write_text("\n".join(["step,source,destination,count", *rows, "2,3,host,2"]) + "\n", encoding="utf-8")
    told = []
    sent = sm.traffic("packets.csv", out="sent", config={"RouterDepth": 2}, placement="row_major", steps=6, period=50, activity=True,
                      progress=lambda *what: told.append(what))
    pathlib.Path("chip.json").write_text('{"RouterDepth": 2}', encoding="utf-8")
    subprocess.run([PROGRAM, "traffic", "packets.csv", "--config", "chip.json", "--placement", "row_major", "--steps", "6", "--period", "50",
                    "--out", "sent_by_shell"], check=True, stdout=subprocess.DEVNULL)
    shell = sm.load_run("sent_by_shell")
    check(sent == shell and sent["node"]["step"].tolist() == [2, 2] and sent["node"]["neuron"].tolist() == [3, 3], f"the host has {sent['node']}")
    for key in ("cycles", "counters", "tiles", "steps"):
        check(sent.stats[key] == shell.stats[key], f"{key}: {sent.stats[key]}, at the shell {shell.stats[key]}")
    check(sent.stats["steps"] == 6 and sent.stats["counters"]["packets"] == 16 * 4 * 20 and told, "packets are lost")
    check(sm.load_activity("sent").steps == 6, "the activity has other steps")
    for part, keywords in (('placement: "rows", but it is annealed', {"placement": "rows"}), ("steps 2: packets.csv sends packets in 4 steps", {"steps": 2}),
                           ("config: /RouterDepths: unknown key", {"config": {"RouterDepths": 2}})):
        refused(part, sm.traffic, "packets.csv", out="none", **keywords)

    space = [{"parameter": "placement", "values": ["row_major", "annealed"]}, {"parameter": "RouterDepth", "values": [1, 2]}]
    frame = sm.sweep(traffic="packets.csv", space=space, out="packets", jobs=2)
    check((frame["status"] == "ok").all() and len(frame) == 4 and (frame["packets"] == 16 * 4 * 20).all(), f"rows: {frame.reason.unique()}")
    sm.traffic("packets.csv", out="plain", config="chip.json", placement="row_major", activity=True)
    cycles = sm.load_activity("plain").cycles
    check(cycles == frame["cycles"][1] > 0, f"the steps of a run take {cycles} cycles, those of its point {frame['cycles'][1]}")
    subprocess.run([PROGRAM, "sweep", "packets/sweep.json", "--out", "packets_by_shell"], check=True, stdout=subprocess.DEVNULL)
    check(same(sm.load_sweep("packets_by_shell"), frame), "the command gives other rows than Python")
    refused("network, traffic: a sweep has one of them; give one", sm.sweep, space=space, out="bad5")
    refused("network, traffic: a sweep has one of them; leave one out", sm.sweep, network(), space, traffic="packets.csv", out="bad5")
    refused("traffic: packets have no inputs", sm.sweep, space=space, traffic="packets.csv", samples=2, out="bad5")


def main():
    net = network()
    counts = np.zeros((2, 30, 8), np.uint8)  # two samples
    counts[0, ::3, :5] = 1
    counts[1, 4, 2] = 1
    arguments = {"inputs": {"in": [counts[0], counts[1]], "noise": sm.Poisson(rate_hz=60, seed=5)}, "config": "default", "repeats": 2}
    told = []
    frame = sm.sweep(net, SPACE, out="frame", jobs=2, progress=lambda *what: told.append(what), **arguments)
    check(isinstance(frame, pandas.DataFrame) and len(frame) == 24, f"{len(frame)} rows")
    check((frame["status"] == "ok").all(), f"points failed: {frame.reason.unique()}")
    check(frame["spike_hash"].nunique() == 1, "points have different spikes")
    check(told and told[-1] == ("points", 24, 24), f"progress was told {told[-1:]}")
    machine = sm.Machine("model")
    machine.load(net)
    spikes = machine.run_samples(arguments["inputs"], 30)
    check(len(spikes["out"]) == frame["recorded_spikes"].iloc[0] > 5, f"a sweep has {frame.recorded_spikes[0]} spikes, a machine {len(spikes['out'])}")

    subprocess.run([PROGRAM, "sweep", "frame/sweep.json", "--out", "shell"], check=True, stdout=subprocess.DEVNULL)
    check(same(sm.load_sweep("shell"), frame), "the command gives other rows than Python")
    by_file = sm.sweep("frame/sweep.json", out="file", jobs=1)
    check(same(by_file, frame), "the file gives other rows than its arguments")
    columns_are_typed("frame", frame)
    parts = [sm.sweep("frame/sweep.json", out=f"part{k}", shard=(k, 2)) for k in (1, 2)]
    check(same(pandas.concat(parts).sort_values("id", ignore_index=True), frame), "shards have other rows")
    again = sm.sweep(net, SPACE, out="frame", **arguments)
    check(again.equals(frame), "a sweep that was complete ran again")

    net.add_neurons("more", 3, sm.RawNeurons(theta=5))
    refused("network.json differs", sm.sweep, net, SPACE, out="frame", **arguments)
    check(sm.sweep("frame/sweep.json", out="frame").equals(frame), "a refused sweep spoilt the folder")
    refused("/space/0/parameter", sm.sweep, net, [{"parameter": "Lane", "values": [1]}], steps=5, out="bad")
    for space in ({"parameter": "v_threshold", "values": [1]}, {"parameters": ["MeshW", "exc.tau_m_ms"], "values": [[1, 2]]}):
        refused("is a parameter of a network, but a sweep varies the design of the chip", sm.sweep, net, [space], steps=5, out="bad")
    refused("steps: how many?", sm.sweep, net, SPACE, inputs={"in": sm.Poisson(5)}, out="bad2")
    refused("it is a sweep file", sm.sweep, "frame/sweep.json", SPACE, out="bad3")
    refused("there is no such file", sm.load_sweep, "nowhere")
    refused("there is no such file", sm.save_parquet, "nowhere")
    refused("choose a file that can be written", sm.save_parquet, "frame", "no/folder.parquet")
    refused("jobs 1, shard (3, 2)", sm.sweep, "frame/sweep.json", out="bad4", jobs=1, shard=(3, 2))
    print(f"{len(frame)} rows of {len(frame.columns)} columns are those of the command")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(pathlib.Path(folder))
        main()
        packets()
