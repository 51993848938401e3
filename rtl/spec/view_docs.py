# SPDX-License-Identifier: Apache-2.0
"""Tables for docs/, between the marks of tests/lint/generated_docs.py."""


def kind(field):
    """What a field holds, in brackets."""
    return f" ({field[2]})" if len(field) > 2 else ""


def registers(spec):
    out = ["| address | register | access | meaning |\n| --- | --- | --- | --- |\n"]
    out.extend(f"| {a} | `{n}` | {acc} | {d} |\n" for n, a, acc, d in spec["registers"])
    return "".join(out)


def byte_map(spec):
    out = ["| bytes | name | access | meaning |\n| --- | --- | --- | --- |\n"]
    for name, place in spec["byte_map"].items():
        if name != "doc":
            first, last = place["first"], place["first"] + place["bytes"] - 1
            where = f"`0x{first:08x}`" + (f" .. `0x{last:08x}`" if place["bytes"] > 4 else "")
            out.append(f"| {where} | `{name.upper()}` | {place['access']} | {place['doc']} |\n")
    return "".join(out)


def words(spec):
    out = []
    for name, struct in spec["words"].items():
        out.append(f"**{name}**: {struct['doc']}\n\n| bits | field |\n| --- | --- |\n")
        low = 0
        for field in struct["fields"]:
            bits = f"{low + field[1] - 1}..{low}" if field[1] > 1 else str(low)
            out.append(f"| {bits} | `{field[0]}`{kind(field)} |\n")
            low += field[1]
        out.append("\n")
    return "".join(out)[:-1]


def builds(spec, section="builds"):
    names = list(spec[section])
    out = ["| parameter | " + " | ".join(f"`{n}`" for n in names) + " | allowed | meaning |\n" + "| --- " * (len(names) + 3) + "|\n"]
    for key, rule in spec["build"].items():
        allowed = f"{rule['min']}..{rule['max']}" + (", power of two" if rule["power_of_two"] else "")
        out.append(f"| `{key}` | " + " | ".join(str(spec[section][n][key]) for n in names) + f" | {allowed} | {rule['doc']} |\n")
    return "".join(out)


def build_rules(spec):
    return "| rule | why |\n| --- | --- |\n" + "".join(f"| `{rule}` | {why} |\n" for rule, why in spec["build_rules"])


def regions(spec):
    out = ["| number | region | access | entries | words of an entry | meaning |\n| --- | --- | --- | --- | --- | --- |\n"]
    for name, region in spec["regions"]["values"].items():
        first, last = region["words"][0], region["words"][-1]
        held = f"`{first}`" if first == last else f"`{first}` .. `{last}`"
        entry = held if region["stride"] == len(region["words"]) else f"{held}, then {region['stride'] - len(region['words'])} that read as zero"
        out.append(f"| {region['number']} | `{name}` | {region['access']} | {region['entries']} | {entry} | {region['doc']} |\n")
    return "".join(out)


def counters(spec):
    out = ["| word | counter | what it counts |\n| --- | --- | --- |\n"]
    out.extend(f"| {counter[0]} | `{name}` | {counter[1]} |\n" for name, counter in spec["enums"]["counter"]["values"].items())
    return "".join(out)


def enums(spec):
    """Those of words, registers and frames; ports, flits and counters have tables of their own."""
    out = []
    for name in ("status", "command", "entry_kind", "clear_mask", "ring_policy", "flit_kind", "phase", "bus_master"):
        enum = spec["enums"][name]
        number = "bit" if name == "clear_mask" else "value"
        out.append(f"**{name}**: {enum['doc']}\n\n| {number} | name | meaning |\n| --- | --- | --- |\n")
        out.extend(f"| {value[0]} | `{key}` | {value[1]} |\n" for key, value in enum["values"].items())
        out.append("\n")
    return "".join(out)[:-1]


def events(spec):
    out = ["| kind | what is retired | fields compared |\n| --- | --- | --- |\n"]
    for name, event in spec["events"]["values"].items():
        unit = {"port": ["port"], "lane": ["lane"]}.get(event["tile"], [])
        fields = ", ".join([*unit, *(f"`{field[0]}`" for field in event["leaves"])])
        out.append(f"| `{name}` | {event['doc']} | {fields} |\n")
    return "".join(out)
