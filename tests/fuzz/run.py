#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Builds the fuzzers with clang and runs each: over what it knows, then over what it makes of that (docs/bad-input.md).

    run.py SOURCE GENERATED BUILD [--build] [--seconds N] [--jobs J] [--only NAME]

Seeds are what the cases of tests/bad_input give the program, good and bad, and the frames of GENERATED/vectors.json;
inputs that ever failed lie in found/. What a fuzzer learns stays in BUILD/corpus. A finding fails the test: its input
is in BUILD/findings, and the command that is printed runs it again.
"""
import argparse
import concurrent.futures
import copy
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "bad_input"))
import run as bad_input  # noqa: E402

# Of each fuzzer: which files of the cases it reads, and the longest input that it makes.
FUZZERS = {"network": (r"net\.json", 4096), "array": (r".*\.npy", 512), "spikes": (r"in\.csv", 512),
           "chip": (r"chip\.json", 512), "frames": (None, 4096)}
OPTIONS = ["-print_final_stats=1", "-timeout=20", "-rss_limit_mb=2048", "-use_value_profile=1"]


def build(arguments):
    environment = {**os.environ, "CXX": "clang++"}
    for command in (["cmake", "-G", "Ninja", "-S", HERE, "-B", arguments.build, f"-DSPIKEMESH_GENERATED={arguments.generated}"],
                    ["cmake", "--build", arguments.build]):
        done = subprocess.run(list(map(str, command)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        if done.returncode:
            sys.exit(f"fuzz: failed: {' '.join(map(str, command))}\n{done.stdout}")


def case_files():
    """Every (name, bytes) of a file that a case gives the program."""
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary) / "file"
        for table in sorted((HERE.parent / "bad_input/cases").glob("*.json")):
            for case in [{}, *bad_input.load(table)["cases"]]:
                for name, content in bad_input.files_of(copy.deepcopy(case)).items():
                    if isinstance(content, dict) and (content.get("folder") or "repeat" in content):
                        continue
                    bad_input.write(path, content)
                    path.chmod(0o600)
                    yield name, path.read_bytes()


def write_seeds(folder, generated):
    for name in FUZZERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(FUZZERS, 0)

    def seed(fuzzer, data):
        (folder / fuzzer / f"{counts[fuzzer]:03}").write_bytes(data)
        counts[fuzzer] += 1
    for name, data in dict.fromkeys(case_files()):
        for fuzzer, (pattern, _) in FUZZERS.items():
            if pattern and re.fullmatch(pattern, name):
                seed(fuzzer, data)
    for frame in json.loads((generated / "vectors.json").read_text(encoding="utf-8"))["frames"]:
        seed("frames", bytes.fromhex(frame["wire"]))
    for fuzzer, count in counts.items():
        if not count:
            sys.exit(f"fuzz: no seed for {fuzzer}")


def write_dictionary(source, path):
    """The words of a network file and of a chip's parameters."""
    words = set(re.findall(r'"(\w+)"', (source / "host/schema/network.schema.json").read_text(encoding="utf-8")))
    words |= set(re.findall(r'"([A-Z]\w+)"', (source / "rtl/spec/chip.json").read_text(encoding="utf-8")))
    words |= {"descr", "fortran_order", "shape", "True", "False", "<f8", "<i4", "sample", "step", "neuron", "count"}
    path.write_text("".join(f'"\\"{word}\\""\n"{word}"\n' for word in sorted(words)), encoding="utf-8")


def fuzz(name, arguments):
    """(name, whether it found nothing, what to print)"""
    place = arguments.build
    corpus, findings = place / "corpus" / name, place / "findings"
    for folder in (corpus, findings):
        folder.mkdir(parents=True, exist_ok=True)
    known = [folder for folder in (place / "seeds" / name, HERE / "found" / name) if folder.exists()]
    command = [place / f"fuzz_{name}", *OPTIONS, f"-max_len={FUZZERS[name][1]}", f"-max_total_time={arguments.seconds}",
               f"-dict={place / 'words.dict'}", f"-artifact_prefix={findings}/{name}-", corpus, *known]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, errors="backslashreplace",
                          env={**os.environ, "ASAN_OPTIONS": "detect_leaks=1:allocator_may_return_null=0"})
    runs = int((re.findall(r"stat::number_of_executed_units: (\d+)", done.stderr) or ["0"])[0])
    seed = (re.findall(r"INFO: Seed: (\d+)", done.stderr) or ["?"])[0]
    text = f"{name:8} {runs:10} inputs, {len(list(corpus.iterdir())):5} kept, seed {seed}"
    if done.returncode == 0 and runs:
        return name, True, text
    found = (re.findall(r"written to (\S+)", done.stderr) or ["INPUT"])[0]
    return name, False, f"{text}: FAILED\n{done.stderr[-6000:]}\nrun it again: {place / f'fuzz_{name}'} {found}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("generated", type=pathlib.Path)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--build", action="store_true", help="build the fuzzers, and run none", dest="build_only")
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", choices=FUZZERS)
    arguments = parser.parse_args()
    for folder in ("source", "generated", "build"):
        setattr(arguments, folder, getattr(arguments, folder).resolve())
    build(arguments)
    if arguments.build_only:
        return
    write_seeds(arguments.build / "seeds", arguments.generated)
    write_dictionary(arguments.source, arguments.build / "words.dict")
    good = True
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for _, fine, text in pool.map(lambda name: fuzz(name, arguments), [arguments.only] if arguments.only else FUZZERS):
            print(text, flush=True)
            good = good and fine
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
