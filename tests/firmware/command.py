#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `spikemesh firmware` promises: a program is loaded, started, talked to, and ends, on an emulated chip.

    command.py PROGRAM FIRMWARE_FOLDER SHARE_FOLDER [--smallest]

77: the processor of the management core was not fetched.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

PROGRAM, FIRMWARE, SHARE = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
LONGEST = 400 if "--smallest" in sys.argv else 50  # seconds; its chip is compiled first
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"command.py: {what}")


class Chip:
    """An emulated chip, and what the program says of it."""

    def __init__(self, folder, *options):
        self.port = pathlib.Path(folder) / "chip"
        self.emulator = subprocess.Popen([PROGRAM, "emulate", "--config", "tiny", "--link", f"pty:{self.port}", *options],
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        end = time.monotonic() + LONGEST
        while not self.port.exists():
            check(self.emulator.poll() is None and time.monotonic() < end, "the emulator made no port")
            time.sleep(0.02)
        return self

    def __exit__(self, *_):
        self.emulator.terminate()
        self.emulator.wait()

    def firmware(self, *words, out="", error="", code=0):
        done = subprocess.run([PROGRAM, "firmware", *map(str, words), "--port", self.port, "--timeout", str(LONGEST)],
                              capture_output=True, text=True, timeout=2 * LONGEST)
        said = f"firmware {words}: ended with {done.returncode}: {done.stdout}{done.stderr}"
        check(done.returncode == code, said)
        check(out in done.stdout and (error in done.stderr if error else done.stderr == ""), said)
        return done.stdout


def with_core(folder, executor):
    with Chip(folder, "--executor", executor, "--management-core") as chip:
        chip.firmware("state", out="4096 words of program memory", error="the core was not started")
        chip.firmware("load", FIRMWARE / "hello.bin")
        chip.firmware("start")
        chip.firmware("start", error="the core runs already", code=1)
        chip.firmware("send", "--words", "20,22,0")
        said = chip.firmware("log", error="the program ended with code 42", code=1)
        check(said == "hello from the management core\nsum 42\n", said)
        # Anew, more words than the mailbox holds, and the end that is none.
        chip.firmware("start", "--own-run")
        chip.firmware("state", error="the core owns the run")
        chip.firmware("send", "--words", ",".join(["1"] * 100))
        chip.firmware("stop")
        chip.firmware("log", out="hello", error="the host stopped the core")
        chip.firmware("load", FIRMWARE / "probe.bin")
        chip.firmware("start")
        chip.firmware("send", "--words", "2,4")  # a store to a register that cannot be written
        chip.firmware("log", error="the access to byte address 0x00000004", code=1)
        images(chip, pathlib.Path(folder))
        early_exit(pathlib.Path(folder), "--port", chip.port)
        chip.firmware("test", out="the chip is good: 2240 words and 2 links were tested\n")


def with_faults(folder, faults, *lines):
    """A chip of the model that is broken; the self-test says where, and nothing else."""
    with Chip(folder, "--management-core", *(word for fault in faults for word in ("--fault", fault))) as chip:
        said = chip.firmware("test", out="the chip has faults: ", code=1)
        check(said.splitlines()[:-1] == list(lines), said)


NET = {"spikemesh_network": 1, "dt_ms": 1,
       "populations": [{"name": "in", "size": 2, "input": {}},
                       {"name": "out", "size": 2, "raw": {"theta": 10, "subtract": 1, "decay_v": 4096}, "record": True}],
       "projections": [{"from": "in", "to": "out", "connect": "one_to_one", "weight": 11}],
       "firmware": {"program": "early-exit", "settings": {"population": "out", "margins": [[1, 3], [9, 1]]}}}
# Sample 0: neuron 1 in each step, and so three spikes in steps 1 to 3. 1: both, a tie. 2: neuron 0 has one more. 3: nothing.
INPUTS = [(0, step, 1) for step in range(10)] + [(1, step, n) for step in range(10) for n in (0, 1)] + \
         [(2, 0, 0), (2, 1, 0), (2, 2, 1)]
ANSWERS = "sample,neuron,steps,margin\n0,1,4,3\n1,0,12,0\n2,0,9,1\n3,,12,0\n"


def early_exit(folder, *machine):
    """A network file that names the program: each sample ends when its answer is sure, and one that is not goes on."""
    (folder / "net.json").write_text(json.dumps(NET))
    (folder / "in.csv").write_text("sample,step,population,neuron\n" + "".join(f"{k},{t},in,{n}\n" for k, t, n in INPUTS))

    def run(*more, code=0, error=""):
        done = subprocess.run([PROGRAM, "run", folder / "net.json", "--input", folder / "in.csv", "--steps", "12", "--samples", "4",
                               "--out", folder / "run", *machine, *more], capture_output=True, text=True, timeout=2 * LONGEST)
        check(done.returncode == code and error in done.stderr, f"{machine} {more}: {done.stdout}{done.stderr}")
        return done.stdout

    def read(name):
        return json.loads((folder / "run" / name).read_text())

    said = run()
    check("early-exit ran 37 of 48 steps (77.1 %)" in said, said)
    answers = (folder / "run/answers.csv").read_text()
    check(answers == ANSWERS, answers)
    spikes = (folder / "run/spikes.csv").read_text().splitlines()
    check([line for line in spikes if line.startswith("0,")] == [f"0,{step},out,1" for step in (1, 2, 3)], spikes)
    stats = read("stats.json")
    check(stats["early_exit"] == {"samples": 4, "answered": 3, "steps": 37, "steps_asked": 48} and stats["steps"] == 37, stats)
    check(read("config.json")["firmware"] is True, "config.json")
    said = run("--firmware", "off")
    check("early-exit" not in said and read("config.json")["firmware"] is False and "early_exit" not in read("stats.json"), said)
    check(not (folder / "run/answers.csv").exists(), "answers.csv of an earlier run is left")
    run("--clear", "none", code=1, error="net.json: /firmware: each of its samples begins with a clear")


def images(chip, folder):
    """What is no image for this chip."""
    good = (FIRMWARE / "hello.bin").read_bytes()
    for name, data, error in (("short.bin", good[:100], "the bytes SMFW are not at byte 132"),
                              ("other.bin", good[:140] + b"\0\0\0\0" + good[144:], "was built for ABI 1 and hash 0x00000000"),
                              ("large.bin", good[:144] + b"\x20\x0b\0\0" + good[148:], "needs 2^32 words of program"),
                              ("hungry.bin", good[:145] + b"\x0c" + good[146:], "2^12 words of data memory")):
        (folder / name).write_bytes(data)
        chip.firmware("load", folder / name, error=error, code=1)
    chip.firmware("load", folder / "none.bin", error="none.bin", code=1)


def build(folder):
    """A program of one's own: the same image as that of CMake, what the compiler says, what is missing."""
    def made(*words, error="", code=0, **environment):
        done = subprocess.run([PROGRAM, "firmware", "build", *map(str, words)], capture_output=True, text=True,
                              timeout=LONGEST, cwd=folder, env={**os.environ, **environment})
        check(done.returncode == code and error in done.stderr, f"firmware build {words}: {done.returncode}: {done.stderr}")

    hello = (SHARE / "firmware/build.sh").resolve().parent / "hello/hello.c"
    made(hello)
    check((folder / "hello.bin").read_bytes() == (FIRMWARE / "hello.bin").read_bytes(), "hello.bin is not that of CMake")
    made(hello, "--out", folder / "larger.bin", "--data-bytes", 32768)
    check((folder / "larger.bin").read_bytes()[145] == 13, "larger.bin does not ask for 2^13 words of data memory")
    (folder / "wrong.c").write_text("int main(void) { return nothing; }\n")
    made("wrong.c", error="wrong.c:1:25: error: 'nothing' undeclared", code=1, LC_ALL="C")
    check(not (folder / "wrong.bin").exists(), "a program that does not compile left an image")
    (folder / "large.c").write_text("char big[20000]; int main(void) { return big[7]; }\n")
    made("large.c", error="give them more (--data-bytes)", code=1)
    made("none.c", error="none.c: there is no such file", code=1)
    made(FIRMWARE / "hello.bin", error="sources are in C (.c) or assembler (.S)", code=1)
    made("wrong.c", "--out", "nowhere/wrong.bin", error="nowhere", code=1)
    (folder / "warned.c").write_text("int main(void) { int unused; return 0; }\n")
    made("warned.c", error="unused variable", LC_ALL="C")
    made(error="firmware build: no source given", code=1)
    made(hello, "--out", "hello.elf", error="--out hello.elf: a program image has the extension .bin", code=1)
    (folder / "bin").mkdir()
    for tool in ("sh", "dirname"):
        (folder / "bin" / tool).symlink_to(shutil.which(tool))
    made(hello, error="apt install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf", code=1, PATH=str(folder / "bin"))


def faults():
    """What is no fault of this chip."""
    for fault, error in (("tile=9,0 memory=synapse address=0 bit=0 stuck=1", "tile=9,0 is no tile X,Y of the build"),
                         ("tile=0,0 memory=counter address=0 bit=0 stuck=1", "is none that the build keeps"),
                         ("tile=0,0 memory=synapse address=0 bit=0", "stuck= is missing"),
                         ("link=0,0 direction=north never=ready", "no link leads from tile (0,0) to the north"),
                         ("link=host never=red", "never=red"),
                         ("link=host never=valid bit=3", "bit= does not belong there"),
                         ("broken", "'broken' is not NAME=VALUE")):
        done = subprocess.run([PROGRAM, "emulate", "--config", "tiny", "--fault", fault], capture_output=True, text=True,
                              timeout=LONGEST)
        check(done.returncode == 1 and error in done.stderr and "write it as in" in done.stderr, done.stderr)


def smallest():
    """The smallest memories that a core can have, model and RTL compared in each cycle."""
    with tempfile.TemporaryDirectory() as folder, \
            Chip(folder, "--executor", "lockstep", "--management-core", "--core-program", "256", "--core-data", "256") as chip:
        image, hello = pathlib.Path(folder) / "small.bin", (SHARE / "firmware/build.sh").resolve().parent / "hello/hello.c"
        subprocess.run([PROGRAM, "firmware", "build", hello, "--out", image, "--program-bytes", "1024", "--data-bytes", "1024"], check=True)
        chip.firmware("load", FIRMWARE / "hello.bin", error="but the chip has 256 and 256", code=1)
        chip.firmware("load", image)
        chip.firmware("start")
        chip.firmware("send", "--words", ",".join(["1"] * 100 + ["0"]))
        chip.firmware("log", out="sum 100", error="the program ended with code 100", code=1)


def main():
    if not (SHARE / "ibex/fetched").exists():
        print("SKIPPED: the processor of the management core was not fetched (rtl/mgmt/ibex.py)")
        sys.exit(77)
    if "--smallest" in sys.argv:
        smallest()
        print(f"{checks} checks")
        return
    for executor in "rtl", "model":
        with tempfile.TemporaryDirectory() as folder:
            with_core(folder, executor)
    with tempfile.TemporaryDirectory() as folder:
        with_faults(folder, ["tile=0,0 memory=synapse address=12 bit=3 stuck=1", "tile=0,0 memory=axon address=5 bit=0 stuck=0"],
                    "tile (0,0), synapse word 12: bit 3 is always 1", "tile (0,0), axon word 5: bit 0 is always 0")
    with tempfile.TemporaryDirectory() as folder:
        with_faults(folder, ["link=0,0 direction=west never=ready"], "link from tile (0,0) to the host: it is never ready",
                    "tile (0,0): not tested, no whole way leads there and back")
    with tempfile.TemporaryDirectory() as folder, Chip(folder) as chip:
        chip.firmware("state", error="the chip has no management core", code=1)
        chip.firmware("test", error="the chip has no management core", code=1)
    for executor in "reference", "model", "lockstep":
        with tempfile.TemporaryDirectory() as folder:
            early_exit(pathlib.Path(folder), "--executor", executor, "--config", "tiny")
    with tempfile.TemporaryDirectory() as folder:
        build(pathlib.Path(folder))
    faults()
    print(f"{checks} checks")


main()
