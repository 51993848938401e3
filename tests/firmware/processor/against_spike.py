#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random programs retire the same instructions on the management core and on Spike, the RISC-V reference simulator.

    against_spike.py BENCH SPIKE FOLDER [--seed N] [--instructions N]

BENCH is the program of bench.cpp; SPIKE the folder of Spike (fetch.py). Of each instruction, the mode, program counter,
encoding, register and value written, place of a load or store and value stored are compared, and of each exception its
place; the handlers read cause and value, and so have them compared as well.
"""
import argparse
import pathlib
import re
import sys

import programs
from random_program import random_program

EXECUTED = re.compile(r"core   0: (\d) 0x(\w+) \(0x(\w+)\)(?: x(\d+) +0x(\w+))?(?: c\d+_\w+ 0x\w+)*(?: mem 0x(\w+)(?: 0x(\w+))?)?")
EXCEPTION = re.compile(r"core   0: exception \w+, epc 0x(\w+)")


def of_spike(spike, program):
    """What Spike executes, from the program's first instruction on: (mode, pc, encoding, register, value, place, stored)
    or ("trap", pc)."""
    log = program.elf.with_suffix(".spike")
    programs.run([spike / "spike", "--isa=rv32imc_zicsr_zifencei_zicclsm", "--priv=mu", "--pmpregions=0",
                  f"-m{programs.PROGRAM:#x}:{programs.PROGRAM_BYTES:#x},{programs.DATA:#x}:{programs.DATA_BYTES:#x}",
                  f"--pc={programs.PROGRAM + 0x80:#x}", "-l", "--log-commits", f"--log={log}", program.elf])
    done = []
    with open(log, encoding="ascii") as lines:
        for line in lines:
            if found := EXECUTED.match(line):
                mode, pc, insn, register, value, place, stored = found.groups()
                if int(pc, 16) < programs.PROGRAM and not done:
                    continue  # its start-up code
                done.append((int(mode), int(pc, 16), int(insn, 16), int(register or 0), int(value or "0", 16), int(place or "0", 16),
                             int(stored or "0", 16)))
            elif found := EXCEPTION.match(line):
                done.append(("trap", int(found[1], 16)))
    log.unlink()
    return done


def of_core(lines):
    """The same of the bench."""
    done = []
    for line in lines:
        kind, mode, pc, insn, register, value, load, store, place, stored = programs.LINE.fullmatch(line).groups()
        if kind == "t":
            done.append(("trap", int(pc, 16)))
            continue
        mask = int(store, 16)
        bits = 8 * bin(mask).count("1")
        done.append((int(mode), int(pc, 16), int(insn, 16), int(register), int(value, 16) if int(register) else 0,
                     int(place, 16) if mask or int(load, 16) else 0, int(stored, 16) & ((1 << bits) - 1) if mask else 0))
    return done


def show(event):
    if event[0] == "trap":
        return f"an exception at {event[1]:08x}"
    mode, pc, insn, register, value, place, stored = event
    return f"mode {mode}, pc {pc:08x}, {insn:x}, x{register} = {value:08x}, place {place:08x}, stored {stored:x}"


def compare(bench, spike, folder, seed):
    source = folder / f"random_{seed}.S"
    source.write_text(random_program(seed))
    program = programs.link(source, folder)
    _, lines = programs.bench(bench, program, program.symbols["end"], 2_000_000, seed)
    ours = of_core(lines)
    theirs = of_spike(spike, program)
    for at, (mine, reference) in enumerate(zip(ours, theirs)):
        if mine != reference:
            before = "\n".join(f"  {show(event)}" for event in ours[max(0, at - 5):at])
            sys.exit(f"seed {seed}, instruction {at}:\n{before}\n  the core: {show(mine)}\n  Spike:    {show(reference)}\n"
                     f"again: {' '.join(sys.argv[:4])} --seed {seed} --instructions 1")
    if len(theirs) < len(ours):
        sys.exit(f"seed {seed}: Spike executed {len(theirs)} instructions, the core {len(ours)}")
    return ours


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bench", type=pathlib.Path)
    parser.add_argument("spike", type=pathlib.Path)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--instructions", type=int, default=1_000_000)
    options = parser.parse_args()
    programs.need(options.bench, options.spike)
    options.folder.mkdir(parents=True, exist_ok=True)
    done, traps, seed, encodings, users = 0, 0, options.seed, set(), 0
    while done < options.instructions:
        events = compare(options.bench, options.spike, options.folder, seed)
        done += sum(event[0] != "trap" for event in events)
        traps += sum(event[0] == "trap" for event in events)
        users += sum(event[0] == 0 for event in events)
        encodings.update(event[2] for event in events if event[0] != "trap")
        seed += 1
    print(f"{done} instructions of {seed - options.seed} programs from seed {options.seed} on, and {traps} exceptions, are Spike's; "
          f"{users} of them in user mode; {len(encodings)} different encodings")
    if traps * 1000 < done or users * 100 < done:
        sys.exit("too few exceptions, or too little in user mode: the programs do not test what they should")


main()
