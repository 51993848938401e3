# SPDX-License-Identifier: Apache-2.0
"""What follows from chip.json: the enums of regions and events, the structs of the retire ports and of the
counters, the constants that count them."""
import copy
import json
import pathlib

from rules import check, need, width


def load(path):
    """The checked specification with all that follows from it."""
    return derive(json.loads(pathlib.Path(path).read_text(encoding="utf-8")))


def derive(raw):
    spec = copy.deepcopy(raw)
    need_keys(spec)
    derive_regions(spec)
    derive_events(spec)
    derive_counters(spec)
    check(spec)
    return spec


def need_keys(spec):
    keys = {"name", "version", "constants", "enums", "regions", "words", "structs", "events", "host_space", "byte_map",
            "registers", "mgmt", "build", "build_rules", "builds", "cover_builds"}
    need(set(spec) == keys, "/", f"keys {sorted(set(spec) ^ keys)} are unknown or missing")


def derive_regions(spec):
    regions = spec["regions"]["values"]
    for name, region in regions.items():
        keys = {"number", "entries", "words", "access", "doc"}
        need(set(region) == keys, f"/regions/{name}", f"keys {sorted(set(region) ^ keys)} are unknown or missing")
        for word in region["words"]:
            need(word in spec["words"], f"/regions/{name}/words", f"there is no word {word}")
        need(region["access"] in ("ro", "rw"), f"/regions/{name}/access", f"{region['access']}, but it is ro or rw")
    spec["enums"]["region"] = {
        "doc": spec["regions"]["doc"], "bits": spec["constants"]["RegionBits"][0],
        "values": {name: [region["number"], region["doc"]] for name, region in regions.items()}}
    for name, region in regions.items():
        region["stride"] = 1 << (len(region["words"]) - 1).bit_length()


def derive_counters(spec):
    counters = spec["enums"]["counter"]["values"]
    need([counter[0] for counter in counters.values()] == list(range(len(counters))), "/enums/counter",
         "counters are numbered from 0 on, without a gap")
    for name, counter in counters.items():
        need(counter[2:] in ([], ["timing"]), f"/enums/counter/{name}", f"{counter[2:]}, but a third item is \"timing\"")
    spec["structs"]["counted"] = {
        "doc": "what a core counts in a cycle, one bit a lane that did it", "fields":
        [[name, spec["constants"]["LanesMax"][0]] for name in counters]}
    spec["constants"]["Counters"] = [len(counters), "counters of a tile"]


def units(spec, event):
    """Names of the units of a tile that retire an event of this kind, "" where there is one."""
    if event["tile"] == "port":
        return [f"_{port}" for port in spec["enums"]["port"]["values"]]
    if event["tile"] == "lane":
        return [str(lane) for lane in range(spec["constants"]["LanesMax"][0])]
    return [""] if event["tile"] else []


def derive_events(spec):
    tile, host = [], []
    for name, event in spec["events"]["values"].items():
        path = f"/events/{name}"
        keys = {"tile", "host", "fields", "doc"}
        need(set(event) == keys, path, f"keys {sorted(set(event) ^ keys)} are unknown or missing")
        need(event["tile"] in ("port", "lane", True, False), f"{path}/tile", f"{event['tile']}, but it is port, lane, true or false")
        need(event["tile"] or event["host"], path, "neither a tile nor the host tile retires it")
        fields = [*event["fields"], ["valid", 1]]
        spec["structs"][f"retire_{name}"] = {"doc": event["doc"], "fields": fields}
        bits = width(spec["structs"][f"retire_{name}"])
        need(bits - 1 <= 128, path, f"{bits - 1} bits of fields, but at most 128 are compared")
        tile += [[name + unit, bits, f"retire_{name}"] for unit in units(spec, event)]
        host += [[name, bits, f"retire_{name}"]] if event["host"] else []
        # A field that is a packet is compared as the packet's fields.
        event["leaves"] = [leaf for field in event["fields"]
                           for leaf in (spec["structs"]["flit"]["fields"] if field[2:] == ["flit"] else [field])]
    # A field of a port that holds an event's struct names its kind.
    spec["structs"]["retire_tile"] = {"doc": "events of one tile in one cycle", "fields": tile}
    spec["structs"]["retire_host"] = {"doc": "events of the host tile in one cycle", "fields": host}
    spec["enums"]["event_kind"] = {"doc": spec["events"]["doc"], "values": {
        name: [number, event["doc"]] for number, (name, event) in enumerate(spec["events"]["values"].items())}}
