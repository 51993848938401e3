# SPDX-License-Identifier: Apache-2.0
"""Convolutional networks of 9,018 and 102,410 neurons with random kernels, and how long it takes to map, load and run them.

    convolution.py [small|large] [reference|model]
"""
import json
import pathlib
import sys
import tempfile
import time

import numpy as np

import spikemesh as sm

#           input          channels    pool  the chip
NETWORKS = {"small": ((2, 34, 34), (16, 16), 2, {"MeshW": 12, "MeshH": 12}),
            "large": ((2, 128, 128), (8, 16), 4, {"MeshW": 12, "MeshH": 12, "Neurons": 1024, "Synapses": 65536, "Axons": 4096, "Fanouts": 8192})}
STEPS = 100


def network(shape, channels, pool):
    random = np.random.default_rng(1)
    lif = sm.PhysicalNeurons(beta=0.9, v_threshold=1)
    net = sm.Network(dt_ms=1)
    net.add_input("in", shape)
    sm.layers.conv2d(net, "conv1", "in", random.normal(0, 0.3, (channels[0], shape[0], 5, 5)), lif, stride=2, padding=2)
    sm.layers.conv2d(net, "conv2", "conv1", random.normal(0, 0.3, (channels[1], channels[0], 3, 3)), lif, padding=1 if pool == 4 else 0)
    sm.layers.pool2d(net, "pool", "conv2", pool, lif, weight=1)
    sm.layers.dense(net, "out", "pool", random.normal(0, 0.1, (10, net["pool"].size)), lif, record=True)
    return net


def timed(what, action):
    begin, busy = time.perf_counter(), time.process_time()
    result = action()
    print(f"{what:<28} {time.perf_counter() - begin:8.3f} s, {time.process_time() - busy:8.3f} s of CPU")
    return result


def main(name, executor):
    shape, channels, pool, chip = NETWORKS[name]
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "chip.json").write_text(json.dumps(chip), encoding="utf-8")
        net = timed("say", lambda: network(shape, channels, pool))
        timed("save", lambda: net.save(path / "net.json"))
        size = sum(each.stat().st_size for each in path.glob("net*"))
        net = timed("read", lambda: sm.load_network(path / "net.json"))
        report = timed("map", lambda: sm.map_network(net, path / "chip.json"))
        machine = sm.Machine(executor, path / "chip.json")
        timed(f"map and load, {executor}", lambda: machine.load(net))
        spikes = timed(f"run {STEPS} steps, {executor}", lambda: machine.run({"in": sm.Poisson(rate_hz=20, seed=1)}, STEPS))
    neurons = sum(each.size for each in net) - net["in"].size
    print(f"{neurons} neurons, {report['synapses']} synapses on {len(report['tiles'])} tiles; {size} bytes of files; "
          f"{len(spikes['out']['step'])} spikes of out, {machine.stats()['spikes']} of all neurons")


if __name__ == "__main__":
    main(*(sys.argv[1:] + ["small", "reference"][len(sys.argv) - 1:]))
