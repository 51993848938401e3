#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes every view of chip.json: SystemVerilog, C++, C, CMake, the register page, test vectors.

    generate.py chip.json OUTPUT_DIR

Overlaps, misfits and unknown keys stop it with a message that names the JSON path.
"""
import json
import pathlib
import random
import sys
import zlib

from rules import Misfit, all_builds, check, spec_hash, width


# ---------------------------------------------------------------------------------------------
# Names

def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def constants(spec):
    for name, (value, doc) in spec["constants"].items():
        yield name, value, doc
    yield "Version", spec["version"], "version of the link protocol"
    yield "SpecHash", spec_hash(spec), "hash of the specification, in the register SPEC_HASH"
    for name, value in spec["host_space"].items():
        if name != "doc":
            yield camel(name) + "Base", value[0], "host tile: " + value[1]


def header(comment):
    return f"{comment} SPDX-License-Identifier: Apache-2.0\n{comment} Written by rtl/spec/generate.py from chip.json.\n\n"


# ---------------------------------------------------------------------------------------------
# SystemVerilog: package sm_pkg

def systemverilog(spec):
    out = [header("//") + "package sm_pkg;\n"]
    for name, value, doc in constants(spec):
        literal = f"32'h{value:08x}" if value > 0x7FFFFFFF else str(value)
        out.append(f"  localparam int unsigned {name} = {literal};  // {doc}\n")
    for name, enum in spec["enums"].items():
        bits = max(1, max(v[0] for v in enum["values"].values()).bit_length())
        bits = {"flit_kind": 2, "dest_mode": 2, "phase": 2, "region": 4, "entry_kind": 4, "status": 4,
                "command": 4, "port": 3}.get(name, bits)
        out.append(f"\n  // {enum['doc']}\n  typedef enum logic [{bits - 1}:0] {{\n")
        rows = [f"    {camel(name)}{camel(value)} = {bits}'d{code[0]}" for value, code in enum["values"].items()]
        out.append(",\n".join(rows) + f"\n  }} {name}_e;\n")
    for group in ("words", "structs"):
        for name, struct in spec[group].items():
            out.append(f"\n  // {struct['doc']}\n  typedef struct packed {{\n")
            for field in reversed(struct["fields"]):
                sign = "signed " if "signed" in field else ""
                out.append(f"    logic {sign}[{field[1] - 1}:0] {field[0]};\n")
            out.append(f"  }} {name}_t;\n  localparam int unsigned {camel(name)}Width = {width(struct)};\n")
    out.append("\n  // registers of the host tile\n")
    for name, address, _, doc in spec["registers"]:
        out.append(f"  localparam logic [{spec['constants']['AddrBits'][0] - 1}:0] Reg{camel(name.lower())} = {address};  // {doc}\n")
    out.append("endpackage\n")
    return "".join(out)


# ---------------------------------------------------------------------------------------------
# C++: namespace spikemesh::spec

CPP_HEAD = """#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace spikemesh::spec {

/// The low `bits` bits of `value`, sign-extended.
constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  const std::uint32_t low = bits == 32 ? value : value & ((1u << bits) - 1);
  return static_cast<std::int32_t>((low ^ sign) - sign);
}

"""


def cpp_word(name, struct):
    kind = camel(name)
    out = [f"/// {struct['doc']}\nstruct {kind} {{\n"]
    for field in struct["fields"]:
        ctype = "std::int32_t" if "signed" in field else "std::uint32_t"
        out.append(f"  {ctype} {field[0]} = 0;  // {field[1]} bits\n")
    out.append("\n  constexpr std::uint32_t pack() const {\n    return ")
    terms, unpack, low = [], [], 0
    for field in struct["fields"]:
        mask = (1 << field[1]) - 1
        terms.append(f"(static_cast<std::uint32_t>({field[0]}) & 0x{mask:x}u) << {low}")
        raw = f"(word >> {low}) & 0x{mask:x}u"
        unpack.append(f"sign_extend({raw}, {field[1]})" if "signed" in field else raw)
        low += field[1]
    out.append(" |\n           ".join(terms) + ";\n  }\n")
    out.append(f"  static constexpr {kind} unpack(std::uint32_t word) {{\n    return {{" + ",\n            ".join(unpack) + "};\n  }\n")
    out.append(f"  constexpr bool operator==(const {kind}&) const = default;\n}};\n\n")
    return "".join(out)


def cpp_layout(name, struct):
    out = [f"/// Where the fields of the packed struct {name}_t lie: {struct['doc']}\nnamespace {name}_layout {{\ninline constexpr unsigned kWidth = {width(struct)};\n"]
    low, rows = 0, []
    for field in struct["fields"]:
        out.append(f"inline constexpr Field k{camel(field[0])}{{\"{field[0]}\", {low}, {field[1]}}};\n")
        rows.append(f"k{camel(field[0])}")
        low += field[1]
    out.append(f"inline constexpr std::array<Field, {len(rows)}> kFields{{{', '.join(rows)}}};\n}}  // namespace {name}_layout\n\n")
    return "".join(out)


def cpp(spec):
    out = [header("//") + CPP_HEAD]
    for name, value, doc in constants(spec):
        out.append(f"inline constexpr std::uint32_t k{name} = {value}u;  ///< {doc}\n")
    for name, enum in spec["enums"].items():
        out.append(f"\n/// {enum['doc']}\nenum class {camel(name)} : std::uint8_t {{\n")
        for value, code in enum["values"].items():
            out.append(f"  {value} = {code[0]},  ///< {code[1]}\n")
        out.append("};\n")
        out.append(f"constexpr std::string_view to_string({camel(name)} value) {{\n  switch (value) {{\n")
        for value in enum["values"]:
            out.append(f"    case {camel(name)}::{value}: return \"{value}\";\n")
        out.append(f"  }}\n  return \"unknown {name}\";\n}}\n")
        if camel(name) + "s" not in spec["constants"]:
            out.append(f"inline constexpr std::uint32_t k{camel(name)}s = {len(enum['values'])}u;\n")
    out.append("\n")
    out.extend(cpp_word(name, struct) for name, struct in spec["words"].items())
    out.append("/// A field of a packed struct that the RTL exports.\nstruct Field {\n  std::string_view name;\n  unsigned low;   ///< lowest bit\n  unsigned bits;  ///< width\n};\n\n")
    out.extend(cpp_layout(name, struct) for name, struct in spec["structs"].items())
    out.append("/// Registers of the host tile.\nenum class Register : std::uint32_t {\n")
    for name, address, _, doc in spec["registers"]:
        out.append(f"  {name.lower()} = {address},  ///< {doc}\n")
    out.append("};\nstruct RegisterInfo {\n  Register address;\n  std::string_view name;\n  bool writable;\n};\n")
    out.append(f"inline constexpr std::array<RegisterInfo, {len(spec['registers'])}> kRegisters{{{{\n")
    for name, _, access, _ in spec["registers"]:
        out.append(f"    {{Register::{name.lower()}, \"{name}\", {'true' if access == 'rw' else 'false'}}},\n")
    out.append("}};\n\n/// Parameters that a chip is built with.\nstruct Build {\n")
    for key, rule in spec["build"].items():
        out.append(f"  std::uint32_t {snake(key)} = {spec['builds']['default'][key]};  ///< {rule['doc']}\n")
    out.append("  bool operator==(const Build&) const = default;\n};\n\n")
    out.append("struct BuildRule {\n  std::string_view name;  ///< as in a configuration file\n  std::uint32_t Build::*member;\n  std::uint32_t min, max;\n  bool power_of_two, one_less_than_power_of_two;\n};\n")
    out.append(f"inline constexpr std::array<BuildRule, {len(spec['build'])}> kBuildRules{{{{\n")
    for key, rule in spec["build"].items():
        out.append(f"    {{\"{key}\", &Build::{snake(key)}, {rule['min']}, {rule['max']}, {str(rule['power_of_two']).lower()}, "
                   f"{str(rule.get('one_less_than_power_of_two', False)).lower()}}},\n")
    out.append("}};\n\nstruct NamedBuild {\n  std::string_view name;\n  Build build;\n};\n")
    for section, array, doc in (("builds", "kBuilds", "Builds that people use."),
                                ("cover_builds", "kCoverBuilds", "Builds for verification alone: every pair of parameter values stands in one.")):
        out.append(f"/// {doc}\ninline constexpr std::array<NamedBuild, {len(spec[section])}> {array}{{{{\n")
        for name, build in spec[section].items():
            out.append(f"    {{\"{name}\", {{{', '.join(f'.{snake(k)} = {build[k]}' for k in spec['build'])}}}}},\n")
        out.append("}};\n\n")
    out.append("}  // namespace spikemesh::spec\n")
    return "".join(out)


def snake(name):
    out = ""
    for i, letter in enumerate(name):
        if letter.isupper() and i and not name[i - 1].isupper():
            out += "_"
        out += letter.lower()
    return out


# ---------------------------------------------------------------------------------------------
# C for firmware, CMake, documentation, vectors

def c_header(spec):
    out = [header("//") + "#pragma once\n\n"]
    for name, value, doc in constants(spec):
        out.append(f"#define SM_{snake(name).upper()} {value}u  /* {doc} */\n")
    for name, enum in spec["enums"].items():
        out.append(f"\n/* {enum['doc']} */\n")
        out.extend(f"#define SM_{name.upper()}_{v.upper()} {c[0]}u\n" for v, c in enum["values"].items())
    out.append("\n/* fields of words: lowest bit and mask before the shift */\n")
    for name, struct in spec["words"].items():
        low = 0
        for field in struct["fields"]:
            key = f"SM_{name.upper()}_{field[0].upper()}"
            out.append(f"#define {key}_SHIFT {low}u\n#define {key}_MASK 0x{(1 << field[1]) - 1:x}u\n")
            low += field[1]
    out.append("\n/* registers of the host tile, word addresses */\n")
    out.extend(f"#define SM_REG_{n} {a}u  /* {d} */\n" for n, a, _, d in spec["registers"])
    return "".join(out)


def cmake(spec):
    out = [header("#"), f"set(SPIKEMESH_BUILDS {' '.join(spec['builds'])})\n",
           f"set(SPIKEMESH_COVER_BUILDS {' '.join(spec['cover_builds'])})\n"]
    for _, name, build in all_builds(spec):
        out.append(f"set(SPIKEMESH_BUILD_{name} {' '.join(f'-G{k}={v}' for k, v in build.items())})\n")
    return "".join(out)


def registers_page(spec):
    out = ["| address | register | access | meaning |\n| --- | --- | --- | --- |\n"]
    out.extend(f"| {a} | `{n}` | {acc} | {d} |\n" for n, a, acc, d in spec["registers"])
    return "".join(out)


def words_page(spec):
    out = []
    for name, struct in spec["words"].items():
        out.append(f"**{name}**: {struct['doc']}\n\n| bits | field |\n| --- | --- |\n")
        low = 0
        for field in struct["fields"]:
            bits = f"{low + field[1] - 1}..{low}" if field[1] > 1 else str(low)
            out.append(f"| {bits} | `{field[0]}`{' (signed)' if 'signed' in field else ''} |\n")
            low += field[1]
        out.append("\n")
    return "".join(out)[:-1]


def builds_page(spec, section="builds"):
    names = list(spec[section])
    out = ["| parameter | " + " | ".join(f"`{n}`" for n in names) + " | allowed | meaning |\n" + "| --- " * (len(names) + 3) + "|\n"]
    for key, rule in spec["build"].items():
        allowed = f"{rule['min']}..{rule['max']}" + (", power of two" if rule["power_of_two"] else "")
        out.append(f"| `{key}` | " + " | ".join(str(spec[section][n][key]) for n in names) + f" | {allowed} | {rule['doc']} |\n")
    return "".join(out)


def vectors(spec):
    """Words with their fields, and frames with their CRC, for every language's tests."""
    rng = random.Random(1)
    words = []
    for name, struct in spec["words"].items():
        for case in range(4):
            fields, word, low = {}, 0, 0
            for field in struct["fields"]:
                limit = 1 << field[1]
                raw = [0, limit - 1, limit // 2, rng.randrange(limit)][case]
                fields[field[0]] = raw - limit if "signed" in field and raw >= limit // 2 else raw
                word |= raw << low
                low += field[1]
            words.append({"type": name, "fields": fields, "word": word})
    frames = []
    for sequence, tile, address, data in ((1, 0x8000, 0, None), (0xC0DB, 0x0041, 0x30008, [0xC0DBDCDD, 0, 0xFFFFFFFF])):
        command = spec["enums"]["command"]["values"]["read" if data is None else "write"][0]
        body = bytes([spec["version"] << 4 | command]) + sequence.to_bytes(2, "little") + tile.to_bytes(2, "little")
        body += address.to_bytes(3, "little") + (1 if data is None else len(data)).to_bytes(2, "little")
        body += b"".join(word.to_bytes(4, "little") for word in data or [])
        crc = zlib.crc32(body)
        whole = body + crc.to_bytes(4, "little")
        end, esc = bytes([spec["constants"]["SlipEnd"][0]]), bytes([spec["constants"]["SlipEsc"][0]])
        wire = whole.replace(esc, esc + bytes([spec["constants"]["SlipEscEsc"][0]]))
        wire = wire.replace(end, esc + bytes([spec["constants"]["SlipEscEnd"][0]]))
        frames.append({"sequence": sequence, "tile": tile, "address": address, "data": data, "crc": crc,
                       "wire": (end + wire + end).hex()})
    return json.dumps({"words": words, "frames": frames}, indent=1) + "\n"


VIEWS = {"sm_pkg.sv": systemverilog, "include/spikemesh/spec.hpp": cpp, "include/spikemesh_spec.h": c_header,
         "builds.cmake": cmake, "registers.md": registers_page, "words.md": words_page, "builds.md": builds_page,
         "cover_builds.md": lambda spec: builds_page(spec, "cover_builds"),
         "vectors.json": vectors}


def main(source, target):
    spec = json.loads(pathlib.Path(source).read_text())
    check(spec)
    for name, view in VIEWS.items():
        path = pathlib.Path(target) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = view(spec)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Misfit, json.JSONDecodeError, OSError, TypeError) as error:
        sys.exit(f"generate.py: {error}")
