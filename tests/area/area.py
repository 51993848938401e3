#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the logic of builds with Yosys, and fits the model of area that sweeps use (docs/exploration/sweep.md).

    area.py measure --rtl 'FILE.sv ...' --work FOLDER --table areas.csv [--rows N] [--again N]
    area.py fit --table areas.csv [--write area_model.inc | --check area_model.inc]

measure maps one tile and one host tile of each build to ECP5 with synth_ecp5 -nowidelut -noflatten, as
tests/rtl/synth/synth.py does, and appends a row to the table as soon as it is there: rows that are there are kept.
--again N measures N rows of the table once more instead and fails where they differ by more than 5 %.

fit finds, by least squares of relative errors, what each feature below costs, and prints how far the model is off for
builds that it was not fitted to (each row is left out once). --check fails when the file is not what the table gives.
Ends with 77 (skipped) without Yosys or NumPy.
"""
import argparse
import csv
import pathlib
import random
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rtl" / "synth"))
import synth  # noqa: E402

SEED = 15
CHANGE = 0.05  # of an area, for which the table has to be measured again
PLACES = ("tile", "host")
COUNTS = ("lut", "ff", "ram")
# Values of each parameter that change what is built; those that only clock or cable care for stay as they are.
LEVELS = {
    "Neurons": (16, 64, 256, 1024), "Synapses": (256, 1024, 8192, 32768), "Axons": (64, 256, 1024, 4096),
    "Fanouts": (64, 256, 1024, 4096), "Plastics": (128, 512, 2048, 8192), "Lanes": (1, 2, 4),
    "WeightBits": (4, 8, 12, 16), "DecayBits": (12, 13, 14, 16), "DelayMax": (1, 3, 7, 15),
    "RouterDepth": (1, 2, 3, 4, 8, 16, 24), "LinkLatency": (1, 2, 3, 5), "CoreDepth": (1, 2, 4, 8, 16),
    "RingIn": (16, 64, 1024, 8192), "RingOut": (16, 64, 1024, 8192), "RxBuffer": (64, 512, 2048), "FrameWords": (4, 16, 64, 256),
}
FIXED = {"MeshW": 2, "MeshH": 2, "UartDivisor": 8, "RouterLatency": 1, "TreeFanIn": 4, "TreeLatency": 1}
ECP5 = dict(FIXED, Neurons=256, Synapses=8192, Axons=1024, Fanouts=1024, Plastics=2048, Lanes=1, WeightBits=16, DecayBits=12,
            DelayMax=15, RouterDepth=4, LinkLatency=1, CoreDepth=4, RingIn=1024, RingOut=1024, RxBuffer=2048, FrameWords=256)


def builds(rows):
    """The build ecp5, then builds that spread each parameter evenly over its values (a Latin hypercube)."""
    draw = random.Random(SEED)
    columns = {}
    for name, values in LEVELS.items():
        column = [values[i * len(values) // (rows - 1)] for i in range(rows - 1)]
        draw.shuffle(column)
        columns[name] = column
    return [ECP5] + [dict(FIXED, **{name: column[i] for name, column in columns.items()}) for i in range(rows - 1)]


def measured(build, given, work):
    """{'tile_lut': ..} of one build."""
    work.mkdir(parents=True, exist_ok=True)
    arguments = argparse.Namespace(yosys=given.yosys, files=given.rtl.split(), top="sm_chip", family="ecp5", flatten=False, out=work)
    synth.run_yosys(arguments, {**build, "Retire": 0, "LookAhead": 1})
    netlist = synth.Netlist(work / "netlist.json", "ecp5")
    tiles = build["MeshW"] * build["MeshH"]
    tile = netlist.total(netlist.named("sm_tile")[0])
    chip = netlist.total("sm_chip")
    (work / "netlist.json").unlink()
    found = {}
    for count in COUNTS:
        found[f"tile_{count}"] = tile[count]
        found[f"host_{count}"] = chip[count] - tiles * tile[count]
    return found


def read(path):
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return [{key: int(value) for key, value in row.items()} for row in csv.DictReader(lines)]


def measure(given):
    if not shutil.which(given.yosys):
        print(f"area.py: SKIPPED: {given.yosys} is not installed (apt-get install yosys)")
        sys.exit(synth.SKIPPED)
    there = read(given.table)
    if given.again:
        again(there, given)
        return
    columns = list(ECP5) + [f"{place}_{count}" for place in PLACES for count in COUNTS]
    if not there:
        given.table.write_text(f"# tests/area/area.py measure --rows {given.rows}, Yosys 0.23, ECP5\n{','.join(columns)}\n",
                               encoding="utf-8")
    for i, build in enumerate(builds(given.rows)):
        if any(all(row[name] == build[name] for name in build) for row in there):
            continue
        row = {**build, **measured(build, given, given.work / str(i))}
        with open(given.table, "a", encoding="utf-8", newline="") as file:
            file.write(",".join(str(row[name]) for name in columns) + "\n")
        print(row, flush=True)


def again(there, given):
    """Rows of the table, drawn at random but always the same, against Yosys."""
    for row in random.Random(SEED).sample(there, given.again):
        build = {name: row[name] for name in ECP5}
        got = measured(build, given, given.work / "again")
        wrong = {key: (got[key], row[key]) for key in got if abs(got[key] - row[key]) > CHANGE * max(got[key], row[key])}
        if wrong:
            sys.exit(f"area.py: {build}: Yosys and the table differ: {wrong}; measure the table again and fit the model")
        print(f"{got}, in the table {({key: row[key] for key in got})}", flush=True)


# ---------------------------------------------------------------------------------------------------------------------
# The model. Each feature is written twice, here and in C++ (sim/sweep/point/area.cpp), by the names in the file of
# coefficients; tests/sweep/area.cpp holds the C++ near every row of the table.

FLIT = 69  # bits of a flit (FlitWidth of the generated package)
BLOCK_RAMS = ((36, 512), (18, 1024), (9, 2048), (4, 4096), (2, 8192), (1, 16384))  # widths and depths


def bits(value):
    return (value - 1).bit_length()


def memories(b):
    """(width, depth, copies) of the memories of a tile, and of the host tile: those of sim/sweep/point/memories.cpp."""
    lanes, groups, rows, slots = b["Lanes"], b["Neurons"] // b["Lanes"], b["Synapses"] // b["Lanes"], b["DelayMax"] + 1
    flags, decay, entries = min(groups, 16), b["DecayBits"] + 1, b["Plastics"] // b["Lanes"]
    lane = [(bits(b["Neurons"]) + 1 + bits(slots), rows), (b["WeightBits"], rows), (24, groups * slots), (flags, groups // flags * slots)]
    lane += [(width, groups) for width in (32, 29, 24, decay, decay, 32, decay, 2 * bits(b["Fanouts"]) + 2, 32, 24, 32, 8)]
    lane += [(2 + bits(b["Axons"]) + bits(rows), entries), (3 + min(bits(entries) + 1, 15) + bits(entries), groups)]
    lane += [(32, b["Axons"]), (32, groups), (17, 1024)] + [(width, 4) for width in (32, 17, 2 * b["WeightBits"], 32, 32)]
    core = [(3 + min(bits(rows) + 1, 13) + bits(rows), b["Axons"]), (3 + 27, b["Fanouts"]), (bits(groups) + lanes, groups), (flags, groups // flags),
            (32, 10)]
    host = [(32, b["RingIn"]), (32, b["RingIn"]), (32, b["RingOut"]), (32, b["RingOut"]), (32, b["FrameWords"]), (8, b["RxBuffer"])]
    return [(*each, lanes) for each in lane] + [(*each, 1) for each in core], [(*each, 1) for each in host]


def small(which):
    """Those of them that Yosys puts into distributed RAM, as it weighs the two (sim/sweep/point/memories.cpp)."""
    for width, depth, copies in which:
        banks, blocks = -(-depth // 16), min(-(-width // w) * -(-depth // d) for w, d in BLOCK_RAMS)
        if 4 * -(-width // 4) * banks + width + (width + 1) * (banks - 1) / 2 <= 128 * blocks:
            yield width, depth, copies


def distributed(which):
    """LUT4 of distributed RAM: 16 words of 4 bits take four."""
    return sum(4 * -(-width // 4) * -(-depth // 16) * copies for width, depth, copies in small(which))


def outputs(which):
    """Flip-flops behind them: a block RAM has its own."""
    return sum(width * copies for width, depth, copies in small(which))


def fifo(depth):
    """The same of a FIFO of flits; one of depth 1 is a register."""
    return 0 if depth == 1 else 4 * -(-FLIT // 4) * -(-depth // 16)


FEATURES = {
    ("tile", "lut"): {
        "one": lambda b: 1,
        "lanes": lambda b: b["Lanes"],
        "weights": lambda b: b["Lanes"] * b["WeightBits"],
        "groups": lambda b: b["Lanes"] * bits(b["Neurons"] // b["Lanes"]),
        "distributed": lambda b: distributed(memories(b)[0]) + 5 * fifo(b["RouterDepth"]) + fifo(b["CoreDepth"]),
        "stages": lambda b: b["LinkLatency"] - 1 + 5 / 4 * (b["RouterLatency"] - 1),
    },
    ("tile", "ff"): {
        "one": lambda b: 1,
        "lanes": lambda b: b["Lanes"],
        "weights": lambda b: b["Lanes"] * b["WeightBits"],
        "groups": lambda b: b["Lanes"] * bits(b["Neurons"] // b["Lanes"]),
        "outputs": lambda b: outputs(memories(b)[0]),
        "registers": lambda b: FLIT * (5 * (b["RouterDepth"] == 1) + (b["CoreDepth"] == 1)),
    },
    ("host", "lut"): {
        "one": lambda b: 1,
        "distributed": lambda b: distributed(memories(b)[1]) + fifo(b["RouterDepth"]),
        "stages": lambda b: b["LinkLatency"] - 1,
    },
    ("host", "ff"): {
        "one": lambda b: 1,
        "outputs": lambda b: outputs(memories(b)[1]),
        "registers": lambda b: FLIT * (b["RouterDepth"] == 1),
        "stages": lambda b: b["LinkLatency"] - 1,
    },
}


def solve(numpy, rows, place, count):
    """What each feature costs: least squares of the relative errors."""
    matrix = numpy.array([[feature(row) for feature in FEATURES[place, count].values()] for row in rows], float)
    wanted = numpy.array([row[f"{place}_{count}"] for row in rows], float)
    return numpy.linalg.lstsq(matrix / wanted[:, None], numpy.ones(len(rows)), rcond=None)[0]


def worth(coefficients, place, count, row):
    return sum(c * feature(row) for c, feature in zip(coefficients, FEATURES[place, count].values()))


def errors(numpy, rows, count):
    """Relative errors of a chip of 4 x 4 tiles of each row, by a model that was fitted without the row."""
    found = []
    for i, row in enumerate(rows):
        others = rows[:i] + rows[i + 1:]
        guess = real = 0
        for place, copies in (("tile", 16), ("host", 1)):
            guess += copies * worth(solve(numpy, others, place, count), place, count, row)
            real += copies * row[f"{place}_{count}"]
        found.append(guess / real - 1)
    return found


def text_of(numpy, rows):
    lines = ["// tests/area/area.py fit --write: what each feature costs, fitted to tests/area/areas.csv.", ""]
    for place in PLACES:
        for count in ("lut", "ff"):
            each = solve(numpy, rows, place, count)
            for name, value in zip(FEATURES[place, count], each):
                lines.append(f"AREA({place}, {count}, {name}, {value:.3f})")
    return "\n".join(lines) + "\n"


def fit(given):
    try:
        import numpy
    except ImportError:
        print("area.py: SKIPPED: NumPy is not installed (apt-get install python3-numpy)")
        sys.exit(synth.SKIPPED)
    rows = read(given.table)
    if len(rows) < 20:
        sys.exit(f"area.py: {given.table} has {len(rows)} builds; measure at least 20")
    for count in ("lut", "ff"):
        off = [abs(each) for each in errors(numpy, rows, count)]
        print(f"{count}: {len(rows)} builds, each left out once: off by {sum(off) / len(off):.1%} on average, "
              f"{max(off):.1%} at worst")
    text = text_of(numpy, rows)
    if given.write:
        given.write.write_text(text, encoding="utf-8")
    if given.check and close(given.check.read_text(encoding="utf-8"), text):
        print(f"{given.check.name} is what {given.table.name} gives")
    elif given.check:
        sys.exit(f"area.py: {given.check} is not what {given.table} gives; write it with area.py fit --write")


def close(held, made):
    """The same lines, with numbers that differ by rounding at most."""
    left, right = held.splitlines(), made.splitlines()
    if len(left) != len(right):
        return False
    for a, b in zip(left, right):
        name, _, value = a.rstrip(")").rpartition(", ")
        other, _, wanted = b.rstrip(")").rpartition(", ")
        if a != b and (name != other or abs(float(value) - float(wanted)) > 0.01 + 1e-4 * abs(float(wanted))):
            return False
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for call in (measure, fit):
        command = commands.add_parser(call.__name__)
        command.set_defaults(call=call)
        command.add_argument("--table", type=pathlib.Path, required=True)
    command = commands.choices["measure"]
    command.add_argument("--rtl", required=True, help="all files of the RTL")
    command.add_argument("--work", type=pathlib.Path, required=True)
    command.add_argument("--rows", type=int, default=21)
    command.add_argument("--again", type=int, default=0)
    command.add_argument("--yosys", default="yosys")
    commands.choices["fit"].add_argument("--write", type=pathlib.Path)
    commands.choices["fit"].add_argument("--check", type=pathlib.Path)
    given = parser.parse_args()
    try:
        given.call(given)
    except synth.Broken as error:
        sys.exit(f"area.py: {error}")


if __name__ == "__main__":
    main()
