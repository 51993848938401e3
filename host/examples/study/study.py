#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How many cores? Three networks on chips of 1, 2, 4, ... cores, each with memories as small as the network allows.

    study.py [--out FOLDER] [NAME ...]

Writes FOLDER/study.csv and FOLDER/study.png (docs/exploration/study.md). The networks are digits (10 images), braille (one reading), and
events (a convolutional network on one recording of an event camera), which needs the data that docs/nir.md names:
$SPIKEMESH_DATA, or ../shared/data beside the repository. Without them it is left out.
"""
import argparse
import csv
import json
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np

import spikemesh as sm

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
DATA = pathlib.Path(os.environ.get("SPIKEMESH_DATA", ROOT.parent / "shared" / "data"))
CORES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
MEMORIES = {"synapses": "Synapses", "axons": "Axons", "fanouts": "Fanouts"}
COEFFICIENTS = "cmos28"


def digits():
    """(network, inputs, steps of a sample): ten handwritten digits."""
    sys.path.insert(0, str(HERE.parent / "digits"))
    import coding
    images = coding.split()[2][:10]
    return sm.load_network(HERE.parent / "digits" / "network.json"), {"pixel": coding.spikes(images)}, coding.STEPS


def braille():
    """One reading of a letter in braille by a fingertip."""
    data = HERE.parent / "braille" / "data"
    imported = sm.from_nir(data / "braille_bias_zero.nir", dt=1e-4)
    reading = np.load(data / "braille_sample0_input.npy")
    return imported.network, imported.encode(reading), len(reading) + imported.shift


def events():
    """One recording of a digit by an event camera, in steps of 1 ms: 5 bytes an event."""
    byte = np.fromfile(DATA / "nmnist" / "60001.bs2", np.uint8).reshape(-1, 5).astype(np.int64)
    time = ((byte[:, 2] & 127) << 16 | byte[:, 3] << 8 | byte[:, 4]) // 1000
    spikes = np.zeros((300, 2, 34, 34), np.int64)
    kept = time < len(spikes)
    spikes[time[kept], byte[kept, 2] >> 7, byte[kept, 1], byte[kept, 0]] = 1
    head_room = {"1": 32, "3": 32, "6": 128, "10": 256, "12": 256}  # docs/nir.md, "Measured"
    imported = sm.from_nir(DATA / "nir" / "cnn_sinabs.nir", 1, dt_ms=1, reset="subtract", threshold=">=", head_room=head_room)
    return imported.network, imported.encode(spikes), len(spikes) + imported.shift


NETWORKS = {"digits": digits, "braille": braille, "events": events}


def power_of_two(least, number):
    return max(least, 1 << max(0, int(number) - 1).bit_length())


def mesh_of(cores):
    """The flattest mesh of so many cores, a power of two."""
    width = 1 << (cores.bit_length() // 2)
    return width, cores // width


def mapped(network, build, cores, folder):
    """The report of a mapping onto a build, or None if the network does not fit."""
    path = folder / "build.json"
    path.write_text(json.dumps(build), encoding="utf-8")
    try:
        return sm.map_network(network, path, min_tiles=cores)
    except sm.InputError:
        return None


def design(network, cores, folder):
    """The smallest build of so many cores that the network fits, or None if there is none."""
    width, height = mesh_of(cores)
    size = sum(size for name, size in network.populations if network[name].neurons is not None)
    least = power_of_two(4, size / cores)
    for neurons in (least, 2 * least, 4 * least):  # populations do not divide evenly
        build = {"MeshW": width, "MeshH": height, "Neurons": neurons}
        report = mapped(network, {**build, "Synapses": 65536, "Axons": 4096, "Fanouts": 4096}, cores, folder) if neurons <= 2048 else None
        if report:
            most = {key: max(tile[key]["used"] for tile in report["tiles"]) for key in MEMORIES}
            return build | {parameter: power_of_two(64, most[key]) for key, parameter in MEMORIES.items()}
    return None


def activity_of(network, inputs, steps, build, cores, folder):
    """What each core did in the run, and its modelled energy."""
    folder.mkdir()
    path = folder / "build.json"
    path.write_text(json.dumps(build), encoding="utf-8")
    with sm.Machine("model", path, activity=True) as machine:
        machine.load(network, min_tiles=cores)
        machine.run_samples(inputs, steps, out=folder / "run")
    return sm.load_activity(folder / "run"), sm.energy(folder / "run", COEFFICIENTS)


def study(name, work):
    """A row for each number of cores that the network fits."""
    network, inputs, steps = NETWORKS[name]()
    network.min_tiles = 1
    builds = {cores: build for cores in CORES if (build := design(network, cores, work))}
    points = [{**build, "min_tiles": cores} for cores, build in builds.items()]
    frame = sm.sweep(network, points=points, inputs=inputs, steps=steps, part="ecp5", out=work / name)
    if len(set(frame.spike_hash[frame.status == "ok"])) != 1:
        sys.exit(f"study.py: {name}: the spikes depend on the design; {work / name / 'sweep.csv'} has the rows")
    rows = []
    for (cores, build), (_, point) in zip(builds.items(), frame.iterrows()):
        if point.status == "failed":
            sys.exit(f"study.py: {name}, {cores} cores: {point.reason}")
        activity, energy = activity_of(network, inputs, steps, build, cores, work / f"{name}-{cores}")
        spent = {kind: int(activity.core(kind).sum()) for kind in ("update", "integrate", "stalled", "emit", "waiting")}
        rows.append({
            "network": name, "cores": cores, "mesh": f"{build['MeshW']}x{build['MeshH']}", "neurons": build["Neurons"],
            "cycles_median": activity.step_cycles.quantile(0.5), "cycles_p99": activity.step_cycles.quantile(0.99),
            "latency_median": activity.latency_cycles.quantile(0.5), "latency_p99": activity.latency_cycles.quantile(0.99),
            "memory_kbit": int(point.memory_bits) // 1024, "block_rams": int(point.block_rams),
            "hops_a_step": round(float(activity.links[:, :, 1:].sum() / activity.steps), 1),
            "waiting_share": round(spent["waiting"] / sum(spent.values()), 3),
            "update_share": round(spent["update"] / sum(spent.values()), 3), "nj_a_step": round(energy.pj_a_step / 1e3, 3)})
    knee = min(rows, key=lambda row: row["cycles_median"] * row["memory_kbit"])
    for row in rows:
        row["knee"] = int(row is knee)
    return rows


def draw(rows, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    panels = (("cycles_median", "cycles a step, median"), ("latency_p99", "latency of a packet, p99 (cycles)"),
              ("nj_a_step", f"modelled energy a step (nJ, {COEFFICIENTS})"), ("block_rams", "block RAMs (ECP5, 18 kbit)"))
    figure, axes = plt.subplots(2, 2, figsize=(7.2, 5.4), layout="constrained", sharex=True)
    for axis, (column, label) in zip(axes.flat, panels):
        for number, name in enumerate(dict.fromkeys(row["network"] for row in rows)):
            mine = [row for row in rows if row["network"] == name]
            axis.plot([row["cores"] for row in mine], [row[column] for row in mine], "o-", color=f"C{number}", markersize=4, label=name)
            knee = next(row for row in mine if row["knee"])
            axis.plot(knee["cores"], knee[column], "o", color=f"C{number}", markersize=10, fillstyle="none")
        axis.set(xscale="log", yscale="log", ylabel=label)
        axis.set_xticks(CORES, [str(cores) for cores in CORES])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel("cores")
    axes[0, 0].legend(frameon=False)
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("networks", nargs="*", metavar="NAME", help=", ".join(NETWORKS))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("study"))
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.networks if name not in NETWORKS]:
        parser.error(f"{unknown[0]}: there are {', '.join(NETWORKS)}")
    warnings.simplefilter("ignore", sm.ConversionWarning)
    warnings.simplefilter("ignore", sm.NirWarning)
    rows = []
    with tempfile.TemporaryDirectory() as work:
        for name in arguments.networks or NETWORKS:
            if name == "events" and not (DATA / "nmnist").is_dir():
                print(f"events is left out: {DATA} has no recordings; SPIKEMESH_DATA says where they are")
                continue
            for row in study(name, pathlib.Path(work)):
                rows.append(row)
                print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    with open(arguments.out / "study.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    draw(rows, arguments.out / "study.png")
    print(f"{arguments.out / 'study.csv'}, {arguments.out / 'study.png'}")


if __name__ == "__main__":
    main()
