# SPDX-License-Identifier: Apache-2.0
"""Names as each language writes them, and the constants of the specification."""
from rules import spec_hash


def camel(name):
    return "".join(part.capitalize() for part in name.split("_"))


def snake(name):
    out = ""
    for i, letter in enumerate(name):
        if letter.isupper() and i and not name[i - 1].isupper():
            out += "_"
        out += letter.lower()
    return out


def constants(spec):
    for name, (value, doc) in spec["constants"].items():
        yield name, value, doc
    yield "Version", spec["version"], "version of the link protocol"
    yield "SpecHash", spec_hash(spec), "hash of the specification, in the register SPEC_HASH"
    for name, value in spec["host_space"].items():
        if name != "doc":
            yield camel(name) + "Base", value[0], "host tile: " + value[1]
    for name, place in spec["byte_map"].items():
        if name != "doc":
            yield "Byte" + camel(name), place["first"], "byte map: " + place["doc"]
            if place["bytes"] > 4:
                yield f"Byte{camel(name)}Size", place["bytes"], "bytes of it"


def header(comment):
    return f"{comment} SPDX-License-Identifier: Apache-2.0\n{comment} Written by rtl/spec/generate.py from chip.json.\n\n"
