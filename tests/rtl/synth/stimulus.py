#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the bytes that a host sends to a small chip, from chip.json and a seed, one byte a line in hex.

    stimulus.py chip.json BUILD OUTPUT.hex [--seed 1] [--runs 2] [--short]

Reset, a random network with its read-back, runs with input spikes, a clear and learning switched, rings,
state and counters read, and frames that must be refused or dropped. Nothing waits for an answer: after a run
come as many polls as it lasts at most, so that what follows finds the chip at a step boundary.
"""
import argparse
import json
import pathlib
import random
import struct
import zlib


STEPS = 20      # of a run
POLLS = 150     # last longer than a run does
RING_READ = 16  # entries of the spike-out ring: fewer than the steps, in each of which neuron 0 fires


class Chip:
    """Frames and words of one build, packed as chip.json says."""

    def __init__(self, spec, build):
        self.spec, self.build = spec, spec["builds"][build]
        self.registers = {name: address for name, address, *_ in spec["registers"]}
        self.sequence = 0
        self.out = bytearray()

    def word(self, name, **values):
        """A word of chip.json: fields from bit 0 on."""
        packed, at = 0, 0
        for field, width, *_ in self.spec["words"][name]["fields"]:
            packed |= (values.pop(field, 0) & ((1 << width) - 1)) << at
            at += width
        assert not values, f"{name} has no field {', '.join(values)}"
        return packed

    def code(self, enum, name):
        return self.spec["enums"][enum]["values"][name][0]

    def frame(self, command, tile, address, length, words=(), spoil=0):
        """Appends a frame; `spoil` is xored to its CRC."""
        const = {name: value[0] for name, value in self.spec["constants"].items()}
        self.sequence = (self.sequence + 1) & 0xFFFF
        body = struct.pack("<BHH", self.spec["version"] << 4 | command, self.sequence, tile)
        body += struct.pack("<I", address)[:3] + struct.pack("<H", length) + struct.pack(f"<{len(words)}I", *words)
        body += struct.pack("<I", zlib.crc32(body) ^ spoil)
        esc = {const["SlipEnd"]: bytes((const["SlipEsc"], const["SlipEscEnd"])),
               const["SlipEsc"]: bytes((const["SlipEsc"], const["SlipEscEsc"]))}
        end = bytes((const["SlipEnd"],))
        self.out += end + b"".join(esc.get(byte, bytes((byte,))) for byte in body) + end

    def write(self, tile, address, words):
        for at in range(0, len(words), self.build["FrameWords"]):
            part = words[at:at + self.build["FrameWords"]]
            self.frame(self.code("command", "write"), tile, address + at, len(part), part)

    def read(self, tile, address, length):
        for at in range(0, length, self.build["FrameWords"]):
            self.frame(self.code("command", "read"), tile, address + at, min(self.build["FrameWords"], length - at))

    def set(self, **values):
        for name, value in values.items():
            self.write(self.host, self.registers[name], [value])

    def get(self, name):
        self.read(self.host, self.registers[name], 1)

    @property
    def host(self):
        return self.word("tile", host=1)

    def region(self, name, index=0):
        return self.word("tile_addr", region=self.spec["regions"]["values"][name]["number"], index=index)


def network(chip, dice):
    """Random memories of tile (0, 0) that keep the neurons busy: {(region, index): words}."""
    b = chip.build
    rows = [dice.randrange(0, 9) for _ in range(b["Axons"])]
    axons, synapses, inputs = [], [], []
    for length in rows:
        length = min(length, b["Synapses"] - len(synapses))
        plastic, rule = int(len(axons) % 3 > 0), len(axons) % 2
        axons.append(chip.word("axon", first=len(synapses), groups=length, plastic=plastic, rule=rule))
        for _ in range(length):
            target = dice.randrange(b["Neurons"])
            if plastic and len(inputs) < b["Plastics"]:
                inputs.append((target, chip.word("fanin", row=len(synapses), axon=len(axons) - 1, rule=rule)))
            synapses.append(chip.word("synapse", weight=dice.randrange(-3000, 9000), plastic=plastic, target=target,
                                      delay=dice.randrange(0, b["DelayMax"] + 1)))
    one = 1 << b["DecayBits"]
    fanouts = [chip.word("fanout", axon=0, host=1)]
    parameters = [chip.word("neuron0"), chip.word("neuron1"), chip.word("neuron2", bias=1 << 22)] + [0] * 4
    parameters.append(chip.word("neuron7", count=1))
    for neuron in range(1, b["Neurons"]):
        count = min(dice.randrange(0, 4), b["Fanouts"] - len(fanouts) - 1)
        parameters += [
            chip.word("neuron0", theta=dice.choice((4000, 12000, 30000)), refractory=dice.choice((0, 0, 2))),
            chip.word("neuron1", v_reset=dice.choice((0, -500)), gain=dice.choice((0, 1, 2)), subtract=dice.randrange(2)),
            chip.word("neuron2", bias=dice.choice((0, 700, -300))),
            chip.word("neuron3", decay_i=dice.randrange(one + 1)),
            chip.word("neuron4", decay_v=dice.choice((one, one * 15 // 16, one // 2))),
            chip.word("neuron5", adapt_step=dice.choice((0, 0, 5000 << 16))),
            chip.word("neuron6", decay_adapt=dice.randrange(one + 1)),
            chip.word("neuron7", first=len(fanouts), count=count + 1)]
        fanouts += [chip.word("fanout", axon=dice.randrange(b["Axons"])) for _ in range(count)]
        fanouts.append(chip.word("fanout", axon=neuron, host=1))
    return {"synapse": synapses, "axon": axons, "fanout": fanouts, "neuron": parameters, **learning(chip, dice, inputs)}


def learning(chip, dice, inputs):
    """Two rules, and a list for every neuron; inputs: (neuron, fan-in entry). For one lane."""
    rules, tables, fanin, lists = [], [], [], []
    for soft in (0, 1):
        rules += [chip.word("rule0", a_plus=dice.randrange(500, 3000), a_minus=-dice.randrange(500, 3000)),
                  chip.word("rule1", x_target=4000, soft_bound=soft), chip.word("rule2", w_min=-3000, w_max=9000),
                  chip.word("rule3", pre_unit=30000, pre_max=60000), chip.word("rule4", post_unit=30000, post_max=60000),
                  0, 0, 0]
        tables += [max(0, 65536 - age * 900) for age in range(chip.spec["constants"]["TraceSteps"][0])] * 2
    for neuron in range(chip.build["Neurons"]):
        own = [entry for target, entry in inputs if target == neuron]
        lists.append(chip.word("learn", first=len(fanin) % chip.build["Plastics"], count=len(own), rule=neuron % 2))
        fanin += own
    return {"rule": rules, "table": tables, "fanin": fanin, "learn": lists}


def run(chip, dice, first_entry, begin, end, polls):
    """Ring entries for the steps begin..end-1, then a run until `end`; returns the next entry's index."""
    entries = []
    for step in range(begin, end):
        if step == begin + 7:
            entries.append((step, chip.word("entry", kind=chip.code("entry_kind", "clear"),
                                            payload=1 << chip.code("clear_mask", "membrane"))))
        if step == begin + 3:
            entries.append((step, chip.word("entry", kind=chip.code("entry_kind", "learning"), payload=1)))
        for _ in range(dice.randrange(0, 4)):
            entries.append((step, chip.word("entry", payload=dice.randrange(chip.build["Axons"]))))
    base, depth = chip.spec["host_space"]["ring_in"][0], chip.build["RingIn"]
    for at, entry in enumerate(entries[:depth - 1], first_entry):
        chip.write(chip.host, base + 2 * (at % depth), list(entry))
    last = first_entry + min(len(entries), depth - 1)
    chip.set(RING_IN_WRITE=last)
    chip.set(RUN_UNTIL_LO=end, RUN_UNTIL_HI=0, RUN_TAG=0x1234)
    for _ in range(polls):
        chip.get("STATUS")
    return last


def look(chip, image):
    """Everything that a host can read; of the spike-out ring, what is undefined until written, only the beginning."""
    chip.read(chip.host, 0, len(chip.registers) - 1)
    chip.read(chip.host, chip.spec["host_space"]["ring_out"][0], 2 * RING_READ)
    for region, words in image.items():
        chip.read(0, chip.region(region), len(words))
    chip.read(0, chip.region("state"), 4 * chip.build["Neurons"])
    chip.read(0, chip.region("pre_trace"), chip.build["Axons"])
    chip.read(0, chip.region("post_trace"), chip.build["Neurons"])
    chip.read(0, chip.region("accumulator"), (chip.build["DelayMax"] + 1) * chip.build["Neurons"])
    chip.read(0, chip.region("counter"), len(chip.spec["enums"]["counter"]["values"]))


def abuse(chip):
    """What must be refused, and what must be dropped."""
    chip.frame(chip.code("command", "read"), chip.host, 0, 1, spoil=1)
    chip.frame(7, chip.host, 0, 1)
    chip.frame(chip.code("command", "read"), chip.host, 0, 0)
    chip.read(chip.host, len(chip.registers), 1)
    chip.read(chip.word("tile", x=chip.build["MeshW"]), 0, 1)
    chip.set(MAGIC=1, RUN_TAG=0)
    chip.write(0, chip.region("counter"), [0])
    chip.out += bytes(range(0x20, 0x30))
    chip.get("BAD_FRAMES")


def short(chip, dice):
    """A neuron that fires in every step, one that it drives, and what they leave in the ring and in their state."""
    chip.set(RESET_NONCE=0xC0DB)  # answered when all memories are zero
    one = 1 << chip.build["DecayBits"]
    weight = dice.randrange(5000, 9000)
    driver = [chip.word("neuron0"), chip.word("neuron1"), chip.word("neuron2", bias=1 << 22)] + [0] * 4
    driven = [chip.word("neuron0", theta=weight), chip.word("neuron1"), chip.word("neuron2"),
              chip.word("neuron3", decay_i=one // 2), chip.word("neuron4", decay_v=one), 0, 0]
    chip.write(0, chip.region("neuron"), driver + [chip.word("neuron7", count=2)]
               + driven + [chip.word("neuron7", first=2, count=1)])
    chip.write(0, chip.region("fanout"), [chip.word("fanout", axon=0, host=1), chip.word("fanout", axon=0),
                                          chip.word("fanout", axon=1, host=1)])
    chip.write(0, chip.region("axon"), [chip.word("axon", groups=1)])
    chip.write(0, chip.region("synapse"), [chip.word("synapse", weight=weight, delay=1, target=1)])
    chip.set(RING_OUT_POLICY=chip.code("ring_policy", "overwrite"), IMAGE_TAG=0x1234)
    chip.set(RUN_UNTIL_LO=6, RUN_UNTIL_HI=0, RUN_TAG=0x1234)
    for _ in range(20):
        chip.get("STATUS")
    chip.get("RING_OUT_WRITE")
    chip.read(chip.host, chip.spec["host_space"]["ring_out"][0], 12)
    chip.read(0, chip.region("state"), 8)


def whole(chip, dice, runs):
    chip.set(RESET_NONCE=0xC0DB)
    image = network(chip, dice)
    for region, words in image.items():
        chip.write(0, chip.region(region), words)
    chip.set(ADAPT_PERIOD=1, RING_OUT_POLICY=chip.code("ring_policy", "overwrite"), IMAGE_TAG=0x1234)
    abuse(chip)
    entries = 0
    for begin in range(0, STEPS * runs, STEPS):
        entries = run(chip, dice, entries, begin, begin + STEPS, polls=POLLS)
        look(chip, image)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spec", type=pathlib.Path)
    parser.add_argument("build")
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--short", action="store_true", help="two neurons and one run: for a simulator of gates")
    arguments = parser.parse_args()
    chip = Chip(json.loads(arguments.spec.read_text(encoding="utf-8")), arguments.build)
    dice = random.Random(arguments.seed)
    if arguments.short:
        short(chip, dice)
    else:
        whole(chip, dice, arguments.runs)
    arguments.output.write_text("".join(f"{byte:02x}\n" for byte in chip.out), encoding="utf-8")
    print(f"{arguments.output}: {len(chip.out)} bytes, {chip.sequence} frames, seed {arguments.seed}")


if __name__ == "__main__":
    main()
