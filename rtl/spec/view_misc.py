# SPDX-License-Identifier: Apache-2.0
"""C for firmware, CMake, and vectors for every language's tests."""
import json
import random
import zlib

from names import header, snake, constants
from rules import all_builds


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
