#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every mutant is found, named with cycle, tile and field, and seen again, with waves, by the printed command.

Of --again-every N mutants, one is seen again.

usage: caught.py VERIFY_MUTANTS [--compile] [--only NAME ...] [--seed N] [--cases N] [--again-every N] [--random N]
"""

import argparse
import pathlib
import re
import shlex
import struct
import subprocess
import sys
import tempfile

import table

CONFIG = "cover8"
FIRST = re.compile(r"RTL and model differ: cycle (\d+), (.+), kind (.+)\.\n(.+)")


def run(args, folder, *words):
    command = [args.program, *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=folder)


def check(condition, what, result):
    if not condition:
        print(result.stdout, result.stderr, shlex.join(result.args), sep="\n")
        sys.exit(f"caught: {what}")


def fields_that_differ(text):
    """Of an event that both sides have."""
    return [row[0] for row in re.findall(r"^  (\S[\w ]*?) *\| (?!- )(\S.*?) *\| (?!- )\S.*<-- differs$", text, re.M)]


def check_named(mutant, result):
    first = FIRST.search(result.stdout)
    check(first, f"{mutant.name}: no first difference is named", result)
    _, tile, kind, sentence = first.groups()
    check(tile in mutant.tiles, f"{mutant.name}: {tile} is none of {mutant.tiles}", result)
    check(kind in mutant.kinds or kind.split(",")[0] in mutant.kinds, f"{mutant.name}: {kind} is none of {mutant.kinds}", result)
    report = result.stdout[first.start():].partition("\nlast ")[0]
    names = fields_that_differ(report)
    check(re.search(mutant.field, sentence) or any(re.fullmatch(mutant.field, name) for name in names),
          f"{mutant.name}: neither '{sentence}' nor the fields {names} are {mutant.field}", result)
    return first


def check_waves(path, cycle, result):
    """An FST file begins with a block of header: kind 0, its length, first and last time; a cycle takes ten."""
    check(path.is_file(), f"{path.name} was not written", result)
    kind, _, begin, end = struct.unpack(">BQQQ", path.read_bytes()[:25])
    check(kind == 0 and begin <= 10 * cycle <= end, f"{path.name} spans times {begin} to {end}, without cycle {cycle}", result)


def check_again(args, folder, mutant, first, result):
    """The waves that came by themselves, then those of the printed command, which sees the same first difference."""
    cycle = int(first[1])
    waves = re.search(r"^waves of cycles (\d+) to (\d+): (\S+), (\S+)$", result.stdout, re.M)
    check(waves and int(waves[1]) < cycle < int(waves[2]), f"{mutant}: no waves around cycle {cycle}", result)
    for name in waves.groups()[2:]:
        check_waves(folder / name, cycle, result)
    program, *words = shlex.split(re.search(r"^rerun with waves: (.*)$", result.stdout, re.M)[1])
    check([program, words[0]] == [pathlib.Path(args.program).name, mutant], f"{mutant}: the rerun is not of it", result)
    again = run(args, folder, *words)
    check(again.returncode == 1 and first[0] in again.stdout, f"{mutant}: the rerun does not say: {first[0]}", again)
    asked = pathlib.Path(words[words.index("--waves") + 1])
    for path in (asked, asked.with_suffix(".model.fst")):
        check_waves(folder / path, cycle, again)


def catch(args, mutant, again):
    """`again`: the printed command runs, too."""
    for case in range(args.seed, args.seed + args.cases):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            result = run(args, folder, mutant.name, "verify", "--case", str(case), "--config", CONFIG)
            if result.returncode == 0:
                continue
            check(result.returncode == 1, f"{mutant.name}: verify ends with {result.returncode}", result)
            first = check_named(mutant, result)
            if "no waves: the case did not fail again" in result.stdout:
                continue  # it failed by what a register held at power-on, which is another value in RTL with waves
            if again:
                check_again(args, folder, mutant.name, first, result)
            print(f"{mutant.name}: case {case}: {' '.join(first[0].splitlines())}", flush=True)
            return
    sys.exit(f"caught: {mutant.name} survives the {args.cases} cases from seed {args.seed} on")


def compile_rtl(args):
    with tempfile.TemporaryDirectory() as name:
        for options in ([], ["--waves", "x.fst"]):
            result = run(args, name, "none", "verify", "--case", str(args.seed), "--config", CONFIG, *options)
            check(result.returncode == 0, "without a mutant there are differences", result)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--compile", action="store_true", help="the RTL with mutants, without and with waves, and do no more")
    parser.add_argument("--only", action="append", choices=table.NAMES, default=[])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=40, help="in which each must be found")
    parser.add_argument("--again-every", type=int, default=1, metavar="N", help="of N mutants, one is seen again with waves (1)")
    parser.add_argument("--random", default="3", help="cases without a mutant, all equal")
    args = parser.parse_args()
    args.program = str(pathlib.Path(args.program).resolve())
    if args.compile:
        return compile_rtl(args)
    result = run(args, None, "none", "verify", "--random", args.random, "--seed", str(args.seed), "--config", CONFIG)
    check(result.returncode == 0 and f"all {args.random} cases equal" in result.stdout, "without a mutant there are differences", result)
    chosen = [mutant for mutant in table.MUTANTS if mutant.name in (args.only or table.NAMES)]
    every = args.again_every
    for number, mutant in enumerate(chosen):
        catch(args, mutant, again=number % every == 0)
    print(f"{len(chosen)} mutants found and named, {len(chosen[::every])} seen again with waves; none without a mutant")


main()
