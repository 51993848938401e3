# SPDX-License-Identifier: Apache-2.0
"""The management core: its package for the RTL, its headers for C++ and for firmware, its tables in docs/."""
from names import camel, header, snake
from rules import mgmt_hash
from view_cpp import enum, word
from view_sv import packed_struct


def constants(spec):
    mgmt = spec["mgmt"]
    yield "MgmtAbi", mgmt["abi"], "version of the registers and of the memory map that a program sees, in the register ABI"
    yield "MgmtHash", mgmt_hash(spec), "hash of the specification with this part of it, in the register HASH"
    for name, (value, doc) in mgmt["constants"].items():
        yield name, value, doc
    for name, place in mgmt["space"].items():
        yield f"Mgmt{camel(name)}Base", place["first"], f"word address in the host tile: {place['doc']}"
        yield f"Mgmt{camel(name)}Words", place["words"], "words of this place"


def systemverilog(spec):
    out = [header("//") + "package sm_mgmt_pkg;\n"]
    for name, value, doc in constants(spec):
        literal = f"32'h{value:08x}" if value > 0x7FFFFFFF else str(value)
        out.append(f"  localparam int unsigned {name} = {literal};  // {doc}\n")
    for name, info in spec["mgmt"]["enums"].items():
        bits = max(1, (len(info["values"]) - 1).bit_length())
        rows = [f"    {camel(name)}{camel(value)} = {bits}'d{code[0]}" for value, code in info["values"].items()]
        out.append(f"\n  // {info['doc']}\n  typedef enum logic [{bits - 1}:0] {{\n" + ",\n".join(rows) + f"\n  }} {name}_e;\n")
    for name, struct in spec["mgmt"]["words"].items():
        out.append(packed_struct(name, struct))
    registers = spec["mgmt"]["registers"]
    bits = (spec["mgmt"]["space"]["registers"]["words"] - 1).bit_length()
    out.append("\n  // registers, from MgmtRegistersBase on\n")
    out.append(f"  localparam int unsigned Registers = {len(registers)};\n  localparam int unsigned RegisterBits = {bits};\n")
    for name, address, _, doc in registers:
        out.append(f"  localparam logic [{bits - 1}:0] Reg{camel(name.lower())} = {address};  // {doc}\n")
    return "".join(out) + "endpackage\n"


def cpp(spec):
    out = [header("//") + "#pragma once\n\n#include \"spikemesh/spec.hpp\"\n\nnamespace spikemesh::spec {\n\n"]
    for name, value, doc in constants(spec):
        out.append(f"inline constexpr std::uint32_t k{name} = {value}u;  ///< {doc}\n")
    out.extend(enum(spec, name, info) for name, info in spec["mgmt"]["enums"].items())
    out.append("\n")
    out.extend(word(spec, name, struct) for name, struct in spec["mgmt"]["words"].items())
    registers = spec["mgmt"]["registers"]
    out.append("/// Registers of the management core, from kMgmtRegistersBase on.\nenum class MgmtRegister : std::uint32_t {\n")
    out.extend(f"  {name.lower()} = {address},  ///< {doc}\n" for name, address, _, doc in registers)
    out.append("};\nstruct MgmtRegisterInfo {\n  MgmtRegister address;\n  std::string_view name;\n  bool writable;\n};\n")
    out.append(f"inline constexpr std::array<MgmtRegisterInfo, {len(registers)}> kMgmtRegisters{{{{\n")
    out.extend(f"    {{MgmtRegister::{name.lower()}, \"{name}\", {'true' if access == 'rw' else 'false'}}},\n"
               for name, _, access, _ in registers)
    return "".join(out) + "}};\n\n}  // namespace spikemesh::spec\n"


def c_header(spec):
    out = ["\n/* management core */\n"]
    out.extend(f"#define SM_{snake(name).upper()} {value}u  /* {doc} */\n" for name, value, doc in constants(spec))
    for name, info in spec["mgmt"]["enums"].items():
        out.extend(f"#define SM_{name.upper()}_{value.upper()} {code[0]}u\n" for value, code in info["values"].items())
    for name, struct in spec["mgmt"]["words"].items():
        low = 0
        for field in struct["fields"]:
            key = f"SM_{name.upper()}_{field[0].upper()}"
            out.append(f"#define {key}_SHIFT {low}u\n#define {key}_MASK 0x{(1 << field[1]) - 1:x}u\n")
            low += field[1]
    out.append("\n/* registers of the management core, word addresses in the host tile */\n")
    first = spec["mgmt"]["space"]["registers"]["first"]
    out.extend(f"#define SM_REG_MGMT_{name} {first + address}u  /* {doc} */\n" for name, address, _, doc in spec["mgmt"]["registers"])
    return "".join(out)


def space(spec):
    """In words, as the link sees it, and in bytes, as the core and the word port do."""
    out = ["| word addresses of the host tile | byte addresses | place | meaning |\n| --- | --- | --- | --- |\n"]
    for name, place in spec["mgmt"]["space"].items():
        first, last = place["first"], place["first"] + place["words"] - 1
        out.append(f"| `0x{first:06x}` .. `0x{last:06x}` | `0x{4 * first:08x}` .. `0x{4 * last + 3:08x}` | {name} | {place['doc']} |\n")
    return "".join(out)


def registers(spec):
    out = ["| address | register | access | meaning |\n| --- | --- | --- | --- |\n"]
    out.extend(f"| {address} | `{name}` | {access} | {doc} |\n" for name, address, access, doc in spec["mgmt"]["registers"])
    return "".join(out)


def words(spec):
    out = ["| word | bits | field |\n| --- | --- | --- |\n"]
    for name, struct in spec["mgmt"]["words"].items():
        low = 0
        for field in struct["fields"]:
            bits = f"{low + field[1] - 1}..{low}" if field[1] > 1 else str(low)
            out.append(f"| {name} | {bits} | `{field[0]}` |\n")
            low += field[1]
    return "".join(out)


def stops(spec):
    out = ["| STOP_CAUSE | name | meaning |\n| --- | --- | --- |\n"]
    out.extend(f"| {code} | `{name}` | {doc} |\n" for name, (code, doc) in spec["mgmt"]["enums"]["mgmt_stop"]["values"].items())
    return "".join(out)
