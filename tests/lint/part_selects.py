#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""No bits of a word, flit or event of the specification are cut out by hand: fields have names (sm_pkg).

    part_selects.py RTL_FOLDER

Looked at are signals of a struct type of sm_pkg, their fields, vectors that are a whole word (assigned to or from
such a struct, or named as words are), and lists of structs, of which only whole elements may be taken. Then every
entry of PLANTED is put into the RTL in memory, and must be found.
"""
import pathlib
import re
import sys

# A vector of these names that is as wide as a word is a word.
WORDS = re.compile(r"(\w+_)?(word|wdata|rdata|entry|fanout|payload|header|flit|data)(_new)?(_[ioqd])?")
DECLARED = re.compile(r"(?:input|output)?\s*(logic|wire|sm_pkg::\w+_t)\s+(?:signed\s+)?((?:\[[^\]]*\]\s*)?)"
                      r"((?:\w+\s*(?:/\*.*?\*/)?\s*,\s*)*\w+)\s*(?=[;,=)]|$)", re.M)
STRUCT_LIST = re.compile(r"\b(?!Index|Region|Addr)(\w+)Width\b")
SELECT = re.compile(r"\b([a-z]\w*)((?:\.\w+)?)\s*\[([^\[\]]*(?:\[[^\]]*\][^\[\]]*)*)\]")
# Numbers, parameters and constants: no signal, no loop variable.
CONSTANT = re.compile(r"(?:[\s+*/:()<>-]|\$clog2|\d+(?:'[a-z]\w+)?|sm_pkg::\w+|[A-Z]\w*)+")
PLANTED = (  # file, text that stands there once, text in its place
    ("core/sm_lanes.sv", "LeftBits'(axon_new.groups)", "word_i[16+:LeftBits]"),
    ("core/sm_plastic.sv", "value5 <= trace4.value;", "value5 <= trace4[15:0];"),
    ("core/sm_lane.sv", "sm_pkg::Neuron3Width'(word_q[ParamBase+3*32+:32])", "word_q[ParamBase+3*32+:17]"),
    ("host/sm_tile_port.sv", "FieldBits'(word.index)", "word.index[2:0]"),
    ("host/sm_ring_in.sv", "spike_d = entry_d.payload;", "spike_d = entry_d[23:0];"),
    ("noc/sm_switch.sv", ".data_i ({want_i[in*B+:B], flit_i[in*W+:W]}),",
     ".data_i ({want_i[in*B+:B], flit_i[in*W+52+:17], flit_i[in*W+:52]}),"),
    ("host/sm_host_regs.sv", "adapt_period_q <= 5'(wdata_q);", "adapt_period_q <= wdata_q[4:0];"),
    ("link/sm_bridge.sv", "bus_tile_o = header.tile;", "bus_tile_o = header[39:24];"),
)


def whole_element(index):
    """Elements of a list: X*W+:W, X*W+:Y*W, a slice from one element's end to another's, W being its width."""
    def multiple(text, width):
        return text == "0" or re.fullmatch(rf"(.*\*)?\s*{re.escape(width)}(\s*-\s*1)?", text.strip()) is not None
    for sign in ("+:", "-:"):
        if sign in index:
            first, width = (part.strip() for part in index.split(sign))
            unit = width.split("*")[-1].strip()
            return multiple(first, unit)
    if ":" in index:
        high, low = (part.strip() for part in index.split(":", 1))
        unit = re.sub(r"\s*-\s*1$", "", high).split("*")[-1].strip()
        return multiple(low, unit)
    return CONSTANT.fullmatch(index) is None


def bare(text):
    """Without comments, as long as before."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", lambda match: re.sub(r"[^\n]", " ", match[0]), text, flags=re.S)


def carriers(text):
    """{name: kind} of the signals that hold words: struct, word, or list."""
    found, vectors = {}, {}
    widths = set(re.findall(r"localparam int unsigned (\w+)\s*=\s*sm_pkg::\w+Width;", text))
    for kind, width, names in DECLARED.findall(text):
        for name in re.findall(r"\w+", names):
            if kind.startswith("sm_pkg::"):
                found[name] = "struct"
                continue
            vectors[name] = width
            if WORDS.fullmatch(name) and re.match(r"\[\s*31\s*:\s*0\]", width):
                found[name] = "word"
            of_list = re.search(r"\*\s*(?:sm_pkg::)?(\w+)", width)
            if of_list and (of_list[1] in widths or STRUCT_LIST.search(of_list[1]) or of_list[1] == "32"):
                found[name] = "list"
    structs = [name for name, kind in found.items() if kind == "struct"]
    for name in structs:
        for whole in re.findall(rf"\b{name}\s*(?:<=|=)\s*(?:[\w:]+')?\(?(\w+)\)?;", text):
            if whole in vectors and found.get(whole) is None:
                found[whole] = "word"
    return found


def findings(name, text):
    text = bare(text)
    held = carriers(text)
    seen, out = 0, []
    for match in SELECT.finditer(text):
        signal, member, index = match[1], match[2], match[3].strip()
        kind = held.get(signal)
        line_start = text.rfind("\n", 0, match.start()) + 1
        if kind is None or re.match(r"\s*(input|output|logic|wire|localparam|parameter|typedef)\b", text[line_start:match.start()] + " "):
            continue
        seen += 1
        if kind == "list" and not member:
            wrong = not whole_element(index)
        else:
            # A bit that an enum of the specification names is no number.
            wrong = CONSTANT.fullmatch(index) is not None and not re.fullmatch(r"sm_pkg::\w+", index)
        if wrong:
            line = text.count("\n", 0, match.start()) + 1
            out.append(f"{name}:{line}: {match[0]}: bits of {'a field' if member else 'a ' + kind} are cut out by hand; "
                       "assign it to a struct of sm_pkg, and name the field")
    return seen, out


def look(texts):
    seen, out = 0, []
    for name, text in texts.items():
        count, wrong = findings(name, text)
        seen += count
        out += wrong
    return seen, out


def main(folder):
    root = pathlib.Path(folder)
    texts = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.sv"))}
    seen, out = look(texts)
    if out:
        sys.exit("\n".join(out))
    if len(texts) < 20 or seen == 0:
        sys.exit(f"{folder}: {len(texts)} files and {seen} selects of words; is this the RTL?")
    for file, old, new in PLANTED:
        if texts[file].count(old) != 1:
            sys.exit(f"PLANTED: this stands {texts[file].count(old)} times in {file}, not once; name what it became: {old}")
        _, found = findings(file, texts[file].replace(old, new))
        if not found:
            sys.exit(f"{file}: planted, and not found: {new}")
    print(f"{len(texts)} files, {seen} selects of whole words, none of a part; {len(PLANTED)} planted ones were found")


if __name__ == "__main__":
    main(sys.argv[1])
