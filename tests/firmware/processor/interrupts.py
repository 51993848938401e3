#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A program that is interrupted at random times ends as it does without: in its result, and in its state.

    interrupts.py BENCH PROGRAM ELF FOLDER [--seed N] [--seeds N]

PROGRAM and ELF are those of interrupts.c, BENCH the program of bench.cpp.
"""
import argparse
import pathlib
import struct
import sys

import programs

KINDS = ("timer", "run_done", "spikes", "mail")
EXIT = 2  # STOP_CAUSE


def once(bench, program, seed, interrupts):
    """(what it returned, its state, how often it was interrupted, cycles)."""
    memory = program.elf.with_suffix(f".{seed}.memory")
    stop, _ = programs.bench(bench, program, 0, 20_000_000, seed, *(["interrupts"] if interrupts else []), memory,
                             log=False)
    if stop["cause"] != EXIT:
        sys.exit(f"seed {seed}: the program stopped with cause {stop['cause']} at {stop['pc']:08x}")
    words = struct.unpack("<4096I", memory.read_bytes())

    def of(name, count):
        first = (program.symbols[name] - programs.DATA) // 4
        return words[first:first + count]
    return stop["status"], of("state", 64), of("taken", 4), stop["cycles"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=pathlib.Path)
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("elf", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    programs.need(options.bench)
    options.folder.mkdir(parents=True, exist_ok=True)
    data = options.folder / "interrupts.data"
    data.write_bytes(b"")
    program = programs.Program(options.folder / "interrupts", options.program, data, programs.symbols(options.elf))
    result, state, _, cycles = once(options.bench, program, options.seed, False)
    sum_of = 0
    for word in state:
        sum_of = (sum_of * 31 + word) & 0xFFFFFFFF
    if sum_of & 0x7FFFFFFF != result or len(set(state)) < 60:
        sys.exit(f"the result {result:#x} is not that of the state")
    for seed in range(options.seed, options.seed + options.seeds):
        other, its_state, taken, longer = once(options.bench, program, seed, True)
        print(f"seed {seed}: {longer} cycles instead of {cycles}; " + ", ".join(f"{kind} {count}" for kind, count in zip(KINDS, taken)))
        if (other, its_state) != (result, state):
            sys.exit(f"seed {seed}: the state differs from that of a run with the timer alone; again: "
                     f"{' '.join(sys.argv[:5])} --seed {seed} --seeds 1")
        if min(taken) < 100:
            sys.exit(f"seed {seed}: fewer than 100 interrupts of a kind")


main()
