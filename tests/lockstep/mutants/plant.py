#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants every mutant of table.py in a copy of the RTL, and writes what the program and the docs say of them.

usage: plant.py rtl RTL_FOLDER OUT_FOLDER FILE...   copies FILEs (of RTL_FOLDER, or the package) and plants; writes
                                                    sm_mutant_pkg.sv
       plant.py names FILE                          for C++: the names, in the order of their numbers
       plant.py docs FILE                           the table of docs/verification/lockstep.md
"""

import pathlib
import sys

import table

PACKAGE = """\
// SPDX-License-Identifier: Apache-2.0
// Which mutant is on: 0 is none. Verilator takes the expression as C++, as it stands.
package sm_mutant_pkg;
  int unsigned chosen = $c32("std::atoi(std::getenv(\\"SPIKEMESH_MUTANT\\"))");
endpackage
"""

# The modules of a tile reach this by its name, upwards.
CHOICE = ("noc/sm_tile.sv", "  /*verilator no_inline_module*/\n", f"""\
  /*verilator no_inline_module*/
  logic [{len(table.MUTANTS)}:0] mutant;
  assign mutant = x_i == {table.TILE[0]} && y_i == {table.TILE[1]} ? {len(table.MUTANTS) + 1}'d1 << sm_mutant_pkg::chosen : '0;
""")


def edits():
    yield "all", CHOICE, ""
    for number, mutant in enumerate(table.MUTANTS, 1):
        on = f"(sm_mutant_pkg::chosen == {number})" if mutant.host else f"sm_tile.mutant[{number}]"
        for edit in mutant.edits:
            yield mutant.name, edit, on


def plant_rtl(source, out, files):
    texts = {pathlib.Path(file): pathlib.Path(file).read_text() for file in files}
    for name, (file, old, new), on in edits():
        path = source / file
        if path not in texts or texts[path].count(old) != 1:
            times = texts[path].count(old) if path in texts else "no"
            sys.exit(f"tests/lockstep/mutants/table.py: {name}: this stands {times} times in rtl/{file}, not once; "
                     f"name the text that it became:\n{old}")
        texts[path] = texts[path].replace(old, new.replace("{on}", on))
    out.mkdir(parents=True, exist_ok=True)
    (out / "sm_mutant_pkg.sv").write_text(PACKAGE)
    for path, text in texts.items():
        (out / path.name).write_text(text)


def names():
    return "".join(f'    "{name}",\n' for name in table.NAMES)


def docs():
    rows = ["| mutant | what the RTL does | named by the report: tile | kind | what differs |", "| --- | --- | --- | --- | --- |"]
    for mutant in table.MUTANTS:
        place = f"{' or '.join(mutant.tiles)} | {' or '.join(mutant.kinds)}"
        rows.append(f"| `{mutant.name}` | {mutant.wrong} | {place} | {mutant.seen or mutant.field} |")
    return "\n".join(rows) + "\n"


def main(what, *arguments):
    if what == "rtl":
        plant_rtl(pathlib.Path(arguments[0]), pathlib.Path(arguments[1]), arguments[2:])
    else:
        pathlib.Path(arguments[0]).write_text({"names": names, "docs": docs}[what]())


main(*sys.argv[1:])
