#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a chip in Icarus on fixed bytes and compares what it answers, byte by byte and cycle by cycle, with the
Verilated chip.

    icarus.py --record record_bytes --spec chip.json --build tiny --out FOLDER --generics='-GMeshW=1 ...' FILE.sv ...
    icarus.py ... --netlist netlist.json --cells cells_sim.v      the same of a mapped netlist
    icarus.py ... --plant OLD NEW      with a deliberate difference in what Icarus runs: passes when it is found

Verilator knows 0 and 1 only and initialises what the RTL does not; Icarus has X, another front end, and for a
netlist another design. Ends with 77 (skipped) where Icarus or Yosys is not installed.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import zlib

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
LIMIT = 2_000_000  # cycles
SHOWN = 5


def run(command, what, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if done.returncode:
        tail = "\n  ".join((done.stdout + done.stderr).splitlines()[-15:])
        sys.exit(f"icarus.py: {what} failed:\n  {' '.join(map(str, command))}\n  {tail}")
    return done.stdout


def need(tool):
    if not shutil.which(tool):
        print(f"icarus.py: SKIPPED: {tool} is not installed (apt-get install {'iverilog' if tool != 'yosys' else tool})")
        sys.exit(SKIPPED)


def sources(arguments, generics):
    """What iverilog reads besides the bench, and its options."""
    out = arguments.out
    if not arguments.netlist:
        run([sys.executable, HERE / "icarus_view.py", out / "view.sv", *arguments.files], "the view for Icarus")
        parameters = ",".join(f".{name}({value})" for name, value in generics.items())
        return [f"-DCHIP_PARAMETERS=#({parameters})", out / "view.sv"]
    need("yosys")
    run(["yosys", "-q", "-p", f"read_json {arguments.netlist}; write_verilog -noattr {out / 'netlist.v'}"], "Yosys")
    cells = arguments.cells or pathlib.Path(shutil.which("yosys")).resolve().parents[1] / "share/yosys/ice40/cells_sim.v"
    return ["-DNO_ICE40_DEFAULT_ASSIGNMENTS", out / "netlist.v", cells]


def readable(answers, out):
    """Lines of the run; a failed assertion as one line, with its text."""
    lines = answers.splitlines()
    for at, line in enumerate(lines):
        found = re.match(r"^ERROR: (.*):(\d+):", line)
        if found:
            text = pathlib.Path(found[1]).read_text(encoding="utf-8").splitlines()[int(found[2]) - 1]
            lines[at] = f"ERROR: {text.strip()} {lines[at + 1].strip()}"
    return [line for line in lines if not re.match(r"^ +Time:", line)]


def compare(got, wanted):
    """Both are lines `cycle byte`, at last `end count`."""
    errors = [line for line in got if line.startswith("ERROR")]
    if errors:
        shown = "\n  ".join(errors[:SHOWN])
        sys.exit(f"icarus.py: {len(errors)} assertions failed in Icarus (an X fails one, too):\n  {shown}")
    for at, (mine, other) in enumerate(zip(got, wanted)):
        if mine != other:
            before = "\n  ".join(f"{a:14} | {a}" for a in got[max(0, at - SHOWN):at])
            sys.exit(f"icarus.py: answer {at} differs\n  Icarus         | Verilated (cycle byte)\n  {before}\n"
                     f"  {mine:14} | {other}   <--")
    if len(got) != len(wanted) or len(wanted) < 2:
        sys.exit(f"icarus.py: {len(got)} lines from Icarus, {len(wanted)} from the Verilated chip; the last of Icarus: "
                 f"{got[-1] if got else 'none'}")


def plant(old, new, path):
    text = path.read_text(encoding="utf-8")
    if text.count(old) != 1:
        sys.exit(f"icarus.py: --plant: '{old}' stands {text.count(old)} times in {path}, not once")
    path.write_text(text.replace(old, new), encoding="utf-8")


def must_differ(got, wanted):
    try:
        compare(got, wanted)
    except SystemExit as found:
        print(f"found, as it must be: {found}")
        return
    sys.exit("icarus.py: the planted difference was not found")


def spikes_told(answers, spec):
    """The largest RING_OUT_WRITE that a reply holds: how many spikes had come out. `answers`: lines `cycle byte`."""
    const = {name: value[0] for name, value in spec["constants"].items()}
    escaped = {const["SlipEscEnd"]: const["SlipEnd"], const["SlipEscEsc"]: const["SlipEsc"]}
    address = next(entry[1] for entry in spec["registers"] if entry[0] == "RING_OUT_WRITE")
    frames, body, escape = [], bytearray(), False
    for byte in (int(line.split()[1], 16) for line in answers[:-1]):
        if byte == const["SlipEnd"]:
            frames.append(bytes(body))
            body.clear()
        elif byte == const["SlipEsc"]:
            escape = True
        else:
            body.append(escaped[byte] if escape else byte)
            escape = False
    most = 0
    for frame in frames:
        if len(frame) < 17 or zlib.crc32(frame[:-4]) != int.from_bytes(frame[-4:], "little"):
            continue
        tile, first, length = (int.from_bytes(part, "little") for part in (frame[3:5], frame[5:8], frame[8:10]))
        data = frame[13:-4]
        at = 4 * (address - first)
        if tile >> 15 and first <= address < first + length and len(data) == 4 * length:
            most = max(most, int.from_bytes(data[at:at + 4], "little"))
    return most


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", required=True)
    parser.add_argument("--spec", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--generics", required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--netlist", type=pathlib.Path)
    parser.add_argument("--cells", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="two neurons and one run")
    parser.add_argument("--plant", nargs=2, metavar=("OLD", "NEW"))
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    for tool in ("iverilog", "vvp"):
        need(tool)
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    generics = dict(word.removeprefix("-G").split("=") for word in arguments.generics.split())
    stimulus = out / "stimulus.hex"
    run([sys.executable, HERE / "stimulus.py", arguments.spec, arguments.build, stimulus, "--seed", arguments.seed,
         "--runs", arguments.runs, *["--short"] * arguments.short], "the stimulus")
    run([arguments.record, arguments.build, stimulus, out / "verilated.txt"], "the Verilated chip")
    program = out / "chip.vvp"
    read = sources(arguments, generics)
    if arguments.plant:
        plant(*arguments.plant, read[1])
    run(["iverilog", "-g2012", "-s", "bytes_tb", "-o", program, *read, HERE / "bytes_tb.sv"], "iverilog")
    count = len(stimulus.read_text(encoding="utf-8").splitlines())
    answers = run(["vvp", "-n", program, f"+bytes={stimulus}", f"+count={count}", f"+limit={LIMIT}"], "vvp")
    (out / "icarus.txt").write_text(answers, encoding="utf-8")
    got = readable(answers, out)
    wanted = (out / "verilated.txt").read_text(encoding="utf-8").splitlines()
    if arguments.plant:
        return must_differ(got, wanted)
    compare(got, wanted)
    spikes = spikes_told(wanted, json.loads(pathlib.Path(arguments.spec).read_text(encoding="utf-8")))
    if not spikes:
        sys.exit("icarus.py: no spike came out, so nothing is known of them; the stimulus must make some")
    print(f"{count} bytes sent, {len(wanted) - 1} answered, each the same in the same cycle, {spikes} spikes; "
          f"seed {arguments.seed}")


if __name__ == "__main__":
    main()
