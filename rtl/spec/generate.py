#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every view of chip.json: SystemVerilog, C++, C, CMake, tables for the docs, test vectors.

    generate.py chip.json OUTPUT_DIR

Overlaps, misfits and unknown keys stop it with a message that names the JSON path.
"""
import json
import pathlib
import sys

import view_docs
import view_mgmt
from derive import load
from misfit import Misfit
from view_cpp import cpp, tile_words
from view_misc import c_header, cmake, vectors
from view_sv import build_check, region_words, systemverilog

HERE = pathlib.Path(__file__).parent
VIEWS = {
    "sm_pkg.sv": systemverilog, "sm_region_words.sv": region_words, "sm_build_check.sv": build_check,
    "include/spikemesh/spec.hpp": cpp, "include/spikemesh/tile_words.hpp": tile_words, "include/spikemesh_spec.h": lambda spec: c_header(spec) + view_mgmt.c_header(spec),
    "sm_mgmt_pkg.sv": view_mgmt.systemverilog, "include/spikemesh/mgmt.hpp": view_mgmt.cpp,
    "mgmt_space.md": view_mgmt.space, "mgmt_registers.md": view_mgmt.registers, "mgmt_words.md": view_mgmt.words,
    "mgmt_stops.md": view_mgmt.stops,
    "include/spikemesh/build_rules.hpp": lambda spec: (HERE / "build_rules.hpp").read_text(encoding="utf-8"),
    "builds.cmake": cmake, "vectors.json": vectors,
    "registers.md": view_docs.registers, "byte_map.md": view_docs.byte_map, "words.md": view_docs.words, "regions.md": view_docs.regions,
    "counters.md": view_docs.counters, "enums.md": view_docs.enums, "events.md": view_docs.events, "build_rules.md": view_docs.build_rules,
    "builds.md": view_docs.builds, "cover_builds.md": lambda spec: view_docs.builds(spec, "cover_builds")}


def main(source, target):
    spec = load(source)
    for name, view in VIEWS.items():
        path = pathlib.Path(target) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = view(spec)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Misfit, json.JSONDecodeError, OSError, TypeError) as error:
        sys.exit(f"generate.py: {error}")
