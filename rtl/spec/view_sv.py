# SPDX-License-Identifier: Apache-2.0
"""SystemVerilog: the package sm_pkg, and the modules that know sizes of regions and rules of builds."""
from expressions import names, parse, parse_rule, written
from names import camel, constants, header
from rules import enum_bits, width


def systemverilog(spec):
    out = [header("//") + "package sm_pkg;\n"]
    for name, value, doc in constants(spec):
        literal = f"32'h{value:08x}" if value > 0x7FFFFFFF else str(value)
        out.append(f"  localparam int unsigned {name} = {literal};  // {doc}\n")
    for name, region in spec["regions"]["values"].items():
        if region["stride"] > 1:
            out.append(f"  localparam int unsigned {camel(name)}Stride = {region['stride']};  // words of an entry of the region\n")
    for name, enum in spec["enums"].items():
        bits = enum_bits(enum)
        out.append(f"\n  // {enum['doc']}\n  typedef enum logic [{bits - 1}:0] {{\n")
        rows = [f"    {camel(name)}{camel(value)} = {bits}'d{code[0]}" for value, code in enum["values"].items()]
        out.append(",\n".join(rows) + f"\n  }} {name}_e;\n")
    for group in ("words", "structs"):
        for name, struct in spec[group].items():
            out.append(packed_struct(name, struct))
    out.append("\n  // registers of the host tile\n")
    out.append(f"  localparam int unsigned Registers = {len(spec['registers'])};  // at the addresses 0 .. Registers - 1\n")
    for name, address, _, doc in spec["registers"]:
        out.append(f"  localparam logic [{spec['constants']['AddrBits'][0] - 1}:0] Reg{camel(name.lower())} = {address};  // {doc}\n")
    out.append("endpackage\n")
    return "".join(out)


def packed_struct(name, struct):
    out = [f"\n  // {struct['doc']}\n  typedef struct packed {{\n"]
    for field in reversed(struct["fields"]):
        sign = "signed " if "signed" in field else ""
        out.append(f"    logic {sign}[{field[1] - 1}:0] {field[0]};\n")
    out.append(f"  }} {name}_t;\n  localparam int unsigned {camel(name)}Width = {width(struct)};\n")
    if len(struct["fields"]) > 1:
        out.extend(f"  localparam int unsigned {camel(name)}{camel(field[0])}Width = {field[1]};\n" for field in struct["fields"])
    return "".join(out)


def operand(spec):
    return lambda name: f"sm_pkg::{name}" if name in spec["constants"] else name


def region_words(spec):
    """The module that every check of a tile address asks."""
    rows, used = [], set()
    for name, region in spec["regions"]["values"].items():
        tree = parse(region["entries"], f"/regions/{name}/entries")
        used.update(key for key in names(tree) if key in spec["build"])
        entries = written(tree, str, operand(spec))
        size = entries if region["stride"] == 1 else f"{region['stride']} * ({entries})"
        writable = "1'b1" if region["access"] == "rw" else "1'b0"
        rows.append(f"      sm_pkg::Region{camel(name)}: begin\n        words_o    = Bits'({size});\n"
                    f"        writable_o = {writable};\n      end\n")
    parameters = ",\n".join(f"  parameter  int unsigned {key} = {spec['builds']['tiny'][key]}" for key in spec["build"] if key in used)
    return header("//") + f"""\
// What each region of a tile holds, by its number: words (0 where no region has it), and whether a
// write is taken. What a word may be is not checked here (sm_tile_port).
module sm_region_words #(
{parameters},
  localparam int unsigned Bits = sm_pkg::IndexBits + 1
) (
  input  logic [sm_pkg::RegionBits-1:0] region_i,
  output logic [Bits-1:0]               words_o,
  output logic                          writable_o
);
  always_comb begin
    words_o    = '0;
    writable_o = 1'b0;
    unique case (region_i)
{"".join(rows)}      default: words_o = '0;
    endcase
  end
endmodule
"""


def build_check(spec):
    """The module that refuses a build at elaboration, with the words of every tool's $error."""
    out = [header("//") + """\
// Refuses parameters that chip.json does not allow, at elaboration and in every tool: a module that
// takes parameters of a build instantiates it with those that it has. Holds no logic.
module sm_build_check #(
"""]
    out.append(",\n".join(f"  parameter int unsigned {key} = {spec['builds']['tiny'][key]}" for key in spec["build"]) + "\n) ();\n")

    def refuse(block, condition, message):
        out.append(f"  if ({condition}) begin : gen_{block}\n    $error(\"{message}\");\n  end\n")

    for key, rule in spec["build"].items():
        least = f"{key} < {rule['min']} || " if rule["min"] > 0 else ""
        refuse(f"range_{key.lower()}", f"{least}{key} > {rule['max']}", f"{key} must be {rule['min']}..{rule['max']}")
        if rule["power_of_two"]:
            refuse(f"power_{key.lower()}", f"({key} & ({key} - 1)) != 0", f"{key} must be a power of two")
        if rule.get("one_less_than_power_of_two"):
            refuse(f"power_{key.lower()}", f"({key} & ({key} + 1)) != 0", f"{key} must be one less than a power of two")
    for number, (text, why) in enumerate(spec["build_rules"]):
        _, left, _, right = parse_rule(text, f"/build_rules/{number}")
        sides = [written(side, str, operand(spec)) for side in (left, right)]
        refuse(f"rule_{number}", f"{sides[0]} > {sides[1]}", f"{text} must hold: {why}")
    out.append("endmodule\n")
    return "".join(out)
