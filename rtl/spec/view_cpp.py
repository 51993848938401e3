# SPDX-License-Identifier: Apache-2.0
"""C++: namespace spikemesh::spec."""
from expressions import names, parse, parse_rule, written
from names import camel, constants, header, snake
from rules import width

HEAD = """#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace spikemesh::spec {

/// The low `bits` bits of `value`, sign-extended.
constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
  const std::uint32_t sign = 1u << (bits - 1);
  const std::uint32_t low = bits == 32 ? value : value & ((1u << bits) - 1);
  return static_cast<std::int32_t>((low ^ sign) - sign);
}

/// How a field is meant.
enum class Form : std::uint8_t {
  number,
  integer,  ///< two's complement
  mask,     ///< a bit each
  raw,      ///< any bits
  value,    ///< of an enum
  word,     ///< of the specification
  packed    ///< a packed struct
};

/// A field of a word or of a packed struct.
struct Field {
  std::string_view name;
  unsigned low;   ///< lowest bit
  unsigned bits;  ///< width
  Form form = Form::number;
  std::string_view holds = {};                               ///< name of its word or struct
  std::string_view (*value_name)(std::uint64_t) = nullptr;  ///< names a value of its enum
};

"""

EVENT_HEAD = """/// The fields of an event as the RTL packs them, the lowest bit first, without the valid bit.
using EventBits = std::array<std::uint64_t, 2>;

constexpr std::uint64_t get_bits(const EventBits& from, unsigned low, unsigned bits) {
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  if (low >= 64) return from[1] >> (low - 64) & mask;
  const std::uint64_t above = low == 0 ? 0 : from[1] << (64 - low);
  return (from[0] >> low | above) & mask;
}
constexpr void put_bits(EventBits& to, unsigned low, unsigned bits, std::uint64_t value) {
  const std::uint64_t mask = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  value &= mask;
  if (low >= 64) {
    to[1] |= value << (low - 64);
    return;
  }
  to[0] |= value << low;
  if (low != 0) to[1] |= value >> (64 - low);
}

"""


FORMS = {"signed": "integer", "mask": "mask", "raw": "raw"}


def field(spec, entry, low):
    """Initialiser of a Field."""
    name, bits, kind = entry[0], entry[1], entry[2] if len(entry) > 2 else ""
    text = f"{{\"{name}\", {low}, {bits}"
    if kind in FORMS:
        text += f", Form::{FORMS[kind]}"
    elif kind in spec["enums"]:
        text += f", Form::value, {{}}, [](std::uint64_t v) {{ return to_string(static_cast<{camel(kind)}>(v)); }}"
    elif kind:
        text += f", Form::{'word' if kind in spec['words'] else 'packed'}, \"{kind}\""
    return text + "}"


def fields(spec, entries):
    """Initialisers of Fields, lowest first."""
    low, rows = 0, []
    for entry in entries:
        rows.append(field(spec, entry, low))
        low += entry[1]
    return f"std::array<Field, {len(rows)}> kFields{{{{\n    " + ",\n    ".join(rows) + "}};\n"


def word(spec, name, struct):
    kind = camel(name)
    out = [f"/// {struct['doc']}\nstruct {kind} {{\n"]
    for entry in struct["fields"]:
        ctype = "std::int32_t" if "signed" in entry else "std::uint32_t"
        out.append(f"  {ctype} {entry[0]} = 0;  // {entry[1]} bits\n")
    out.append(f"  static constexpr {fields(spec, struct['fields'])}")
    out.append("\n  constexpr std::uint32_t pack() const {\n    return ")
    terms, unpack, low = [], [], 0
    for entry in struct["fields"]:
        mask = (1 << entry[1]) - 1
        terms.append(f"(static_cast<std::uint32_t>({entry[0]}) & 0x{mask:x}u) << {low}")
        raw = f"(word >> {low}) & 0x{mask:x}u"
        unpack.append(f"sign_extend({raw}, {entry[1]})" if "signed" in entry else raw)
        low += entry[1]
    out.append(" |\n           ".join(terms) + ";\n  }\n")
    out.append(f"  static constexpr {kind} unpack(std::uint32_t word) {{\n    return {{" + ",\n            ".join(unpack) + "};\n  }\n")
    out.append(f"  constexpr bool operator==(const {kind}&) const = default;\n}};\n\n")
    return "".join(out)


def layout(spec, name, struct):
    out = [f"/// Where the fields of the packed struct {name}_t lie: {struct['doc']}\nnamespace {name}_layout {{\ninline constexpr unsigned kWidth = {width(struct)};\n"]
    low = 0
    for entry in struct["fields"]:
        out.append(f"inline constexpr Field k{camel(entry[0])}{field(spec, entry, low)};\n")
        low += entry[1]
    rows = [f"k{camel(entry[0])}" for entry in struct["fields"]]
    out.append(f"inline constexpr std::array<Field, {len(rows)}> kFields{{{', '.join(rows)}}};\n}}  // namespace {name}_layout\n\n")
    return "".join(out)


def fields_of(spec):
    out = ["/// The fields of a packed struct, or of a word, by the name that a Field holds; none for any other name.\n"
           "constexpr std::span<const Field> fields_of(std::string_view name) {\n"]
    out.extend(f"  if (name == \"{name}\") return {camel(name)}::kFields;\n" for name in spec["words"])
    out.extend(f"  if (name == \"{name}\") return {name}_layout::kFields;\n" for name in spec["structs"])
    return "".join(out) + "  return {};\n}\n\n"


def event(spec, name, info):
    kind = camel(name) + "Event"
    out = [f"/// {info['doc']}\nstruct {kind} {{\n  static constexpr EventKind kKind = EventKind::{name};\n"]
    pack, unpack, low = [], [], 0
    for entry in info["leaves"]:
        ctype = "std::int32_t" if "signed" in entry else "std::uint32_t" if entry[1] <= 32 else "std::uint64_t"
        out.append(f"  {ctype} {entry[0]} = 0;  // {entry[1]} bits\n")
        value = f"static_cast<std::uint64_t>({entry[0]})"
        pack.append(f"    put_bits(out, {low}, {entry[1]}, {value});\n")
        got = f"get_bits(bits, {low}, {entry[1]})"
        if "signed" in entry:
            unpack.append(f"sign_extend(static_cast<std::uint32_t>({got}), {entry[1]})")
        else:
            unpack.append(f"static_cast<{ctype}>({got})")
        low += entry[1]
    out.append(f"  static constexpr {fields(spec, info['leaves'])}\n  constexpr EventBits pack() const {{\n    EventBits out{{}};\n")
    out.extend(pack)
    out.append(f"    return out;\n  }}\n  static constexpr {kind} unpack(const EventBits& bits) {{\n    return {{" + ",\n            ".join(unpack) + "};\n  }\n")
    out.append(f"  constexpr bool operator==(const {kind}&) const = default;\n}};\n\n")
    return "".join(out)


def events(spec):
    out = [EVENT_HEAD]
    values = spec["events"]["values"]
    out.extend(event(spec, name, info) for name, info in values.items())
    out.append("/// What the units of a tile are that retire events of one kind.\nenum class EventUnit : std::uint8_t { one, port, lane };\n"
               "struct EventInfo {\n  std::string_view name, doc;\n  std::span<const Field> fields;\n  unsigned bits;  ///< of all fields\n  EventUnit unit;\n};\n")
    out.append(f"/// By number of the kind.\ninline constexpr std::array<EventInfo, {len(values)}> kEvents{{{{\n")
    for name, info in values.items():
        out.append(f"    {{\"{name}\", \"{info['doc']}\", {camel(name)}Event::kFields, {sum(leaf[1] for leaf in info['leaves'])},\n     EventUnit::{info['tile'] if isinstance(info['tile'], str) else 'one'}}},\n")
    out.append("}};\n\n/// Where a retire port shows the events of a kind and unit (its field of the same index); the valid\n/// bit follows the fields.\n"
               "struct RetireSlot {\n  EventKind kind;\n  std::uint8_t unit;\n  unsigned low;  ///< lowest bit of the fields\n};\n")
    for port in ("tile", "host"):
        rows, low, unit = [], 0, {}
        for _, bits, struct in spec["structs"][f"retire_{port}"]["fields"]:
            kind = struct.removeprefix("retire_")
            rows.append(f"    {{EventKind::{kind}, {unit.setdefault(kind, 0)}, {low}}},\n")
            unit[kind] += 1
            low += bits
        out.append(f"inline constexpr std::array<RetireSlot, {len(rows)}> k{camel(port)}Slots{{{{\n{''.join(rows)}}}}};\n")
    out.append("\n")
    return "".join(out)


def cpp_operand(spec):
    return lambda name: f"std::uint64_t{{k{name}}}" if name in spec["constants"] else f"std::uint64_t{{build.{snake(name)}}}"


def number(value):
    return f"std::uint64_t{{{value}}}"


def regions(spec):
    out = ["/// Words of a memory of a tile; 0 when there is no such region.\n"
           "constexpr std::uint32_t region_words(const Build& build, Region region) {\n  switch (region) {\n"]
    for name, region in spec["regions"]["values"].items():
        tree = parse(region["entries"], f"/regions/{name}/entries")
        out.append(f"    case Region::{name}:\n      return static_cast<std::uint32_t>({region['stride']} * "
                   f"({written(tree, number, cpp_operand(spec))}));\n")
    out.append("  }\n  static_cast<void>(build);\n  return 0;\n}\n/// A region takes writes.\nconstexpr bool region_writable(Region region) {\n")
    closed = [f"region != Region::{name}" for name, region in spec["regions"]["values"].items() if region["access"] == "ro"]
    out.append(f"  return {' && '.join(closed)};\n}}\n")
    for name, region in spec["regions"]["values"].items():
        if region["stride"] > 1:
            out.append(f"inline constexpr std::uint32_t k{camel(name)}Stride = {region['stride']};  ///< words of an entry of the region\n")
    return "".join(out) + "\n"


def tile_words(spec):
    """A header of its own: a program that tests fields one by one needs it, nobody else."""
    rows, fields_all = [], 0
    for name, region in spec["regions"]["values"].items():
        if region["access"] == "ro":
            continue
        for number_of, held in enumerate(region["words"]):
            rows.append(f"    {{Region::{name}, \"{name}\", {number_of}, {region['stride']}, {camel(held)}::kFields}}")
            fields_all += len(spec["words"][held]["fields"])
    return header("//") + f"""
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "spikemesh/spec.hpp"

namespace spikemesh::spec {{

/// A word of an entry of a tile memory that takes writes.
struct TileWord {{
  Region region;
  std::string_view name;  ///< of the region
  unsigned word;          ///< in its entry
  unsigned stride;        ///< words of an entry
  std::span<const Field> fields;
}};

inline constexpr std::array<TileWord, {len(rows)}> kTileWords{{{{
{(","+chr(10)).join(rows)},
}}}};
/// Of all of them.
inline constexpr std::size_t kTileFields = {fields_all};

}}  // namespace spikemesh::spec
"""


def counters(spec):
    timing = [name for name, counter in spec["enums"]["counter"]["values"].items() if counter[2:] == ["timing"]]
    said = " || ".join(f"counter == Counter::{name}" for name in timing) or "false"
    return ("/// What the counter counts depends on cycles: the reference does not have it.\n"
            f"constexpr bool counts_timing([[maybe_unused]] Counter counter) {{\n  return {said};\n}}\n\n")


def build_relations(spec):
    out = ["/// A rule across parameters: left is at most right.\nstruct BuildRelation {\n  std::string_view rule, left, right, why;\n"
           "  std::uint64_t (*left_value)(const Build& build);\n  std::uint64_t (*right_value)(const Build& build);\n"
           "  std::span<const std::uint32_t> parameters;  ///< indices into kBuildRules\n};\n"]
    rows = []
    for index, (text, why) in enumerate(spec["build_rules"]):
        left_text, left, right_text, right = parse_rule(text, f"/build_rules/{index}")
        used = [str(i) for i, key in enumerate(spec["build"]) if key in names(left) + names(right)]
        out.append(f"inline constexpr std::array<std::uint32_t, {len(used)}> kRelation{index}{{{', '.join(used)}}};\n")
        sides = ", ".join(f"[]([[maybe_unused]] const Build& build) {{ return {written(side, number, cpp_operand(spec))}; }}"
                          for side in (left, right))
        rows.append(f"    {{\"{text}\", \"{left_text}\", \"{right_text}\", \"{why}\",\n     {sides}, kRelation{index}}},\n")
    out.append(f"inline constexpr std::array<BuildRelation, {len(rows)}> kBuildRelations{{{{\n{''.join(rows)}}}}};\n\n")
    return "".join(out)


def registers(spec):
    out = ["/// Registers of the host tile.\nenum class Register : std::uint32_t {\n"]
    for name, address, _, doc in spec["registers"]:
        out.append(f"  {name.lower()} = {address},  ///< {doc}\n")
    out.append("};\nstruct RegisterInfo {\n  Register address;\n  std::string_view name;\n  bool writable;\n};\n")
    out.append(f"inline constexpr std::array<RegisterInfo, {len(spec['registers'])}> kRegisters{{{{\n")
    for name, _, access, _ in spec["registers"]:
        out.append(f"    {{Register::{name.lower()}, \"{name}\", {'true' if access == 'rw' else 'false'}}},\n")
    return "".join(out) + "}};\n\n"


def builds(spec):
    out = ["/// Parameters that a chip is built with.\nstruct Build {\n"]
    for key, rule in spec["build"].items():
        out.append(f"  std::uint32_t {snake(key)} = {spec['builds']['default'][key]};  ///< {rule['doc']}\n")
    out.append("  bool operator==(const Build&) const = default;\n};\n\n")
    out.append("struct BuildRule {\n  std::string_view name;  ///< as in a configuration file\n  std::uint32_t Build::*member;\n  std::uint32_t min, max;\n  bool power_of_two, one_less_than_power_of_two;\n};\n")
    out.append(f"inline constexpr std::array<BuildRule, {len(spec['build'])}> kBuildRules{{{{\n")
    for key, rule in spec["build"].items():
        out.append(f"    {{\"{key}\", &Build::{snake(key)}, {rule['min']}, {rule['max']}, {str(rule['power_of_two']).lower()}, "
                   f"{str(rule.get('one_less_than_power_of_two', False)).lower()}}},\n")
    out.append("}};\n\n" + build_relations(spec) + "struct NamedBuild {\n  std::string_view name;\n  Build build;\n};\n")
    for section, array, doc in (("builds", "kBuilds", "Builds that people use."),
                                ("cover_builds", "kCoverBuilds", "Builds for verification alone: every pair of parameter values stands in one.")):
        out.append(f"/// {doc}\ninline constexpr std::array<NamedBuild, {len(spec[section])}> {array}{{{{\n")
        for name, build in spec[section].items():
            out.append(f"    {{\"{name}\", {{{', '.join(f'.{snake(k)} = {build[k]}' for k in spec['build'])}}}}},\n")
        out.append("}};\n\n")
    return "".join(out)


def enum(spec, name, info):
    kind = camel(name)
    out = [f"\n/// {info['doc']}\nenum class {kind} : std::uint8_t {{\n"]
    out.extend(f"  {value} = {code[0]},  ///< {code[1]}\n" for value, code in info["values"].items())
    out.append(f"}};\nconstexpr std::string_view to_string({kind} value) {{\n  switch (value) {{\n")
    out.extend(f"    case {kind}::{value}: return \"{value}\";\n" for value in info["values"])
    out.append(f"  }}\n  return \"unknown {name}\";\n}}\n")
    if kind + "s" not in spec["constants"]:
        out.append(f"inline constexpr std::uint32_t k{kind}s = {len(info['values'])}u;\n")
    return "".join(out)


def cpp(spec):
    out = [header("//") + HEAD]
    for name, value, doc in constants(spec):
        out.append(f"inline constexpr std::uint32_t k{name} = {value}u;  ///< {doc}\n")
    out.extend(enum(spec, name, info) for name, info in spec["enums"].items())
    out.append("\n")
    out.extend(word(spec, name, struct) for name, struct in spec["words"].items())
    out.extend(layout(spec, name, struct) for name, struct in spec["structs"].items())
    out += [fields_of(spec), events(spec), counters(spec), registers(spec), builds(spec), regions(spec)]
    out.append("}  // namespace spikemesh::spec\n")
    return "".join(out)
