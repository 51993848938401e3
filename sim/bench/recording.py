#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a trace costs: 1,000 steps of 1,000 neurons without a recording, with V of 10 neurons, and with V of all.

    PYTHONPATH=build/python recording.py

Least CPU time of nine runs each, and its ratio to the run without a recording (docs/python/python.md, "Limits").
"""
import time

import spikemesh as sm

STEPS, RUNS = 1000, 9


def network():
    net = sm.Network(0.5)
    net.add_input("in", 100)
    net.add_neurons("out", 1000, sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=1), record=True)
    net.connect_fixed_probability("in", "out", 0.1, weight=9.0, seed=1)
    net.connect_fixed_probability("out", "out", 0.01, weight=0.5, seed=2)
    return net


def main():
    for executor in ("reference", "model"):
        with sm.Machine(executor) as machine:
            machine.load(network())
            least = {}
            for _ in range(RUNS):
                for name, record in (("none", None), ("V of 10", {"v": "out[0..9]"}), ("V of 1,000", {"v": "out"})):
                    begin = time.process_time()
                    spikes = machine.run({"in": sm.Poisson(20.0)}, STEPS, record=record)
                    least[name] = min(least.get(name, 1e9), time.process_time() - begin)
            print(f"{executor}: {spikes.rates('out').mean():.0f} spikes/s; " + ", ".join(
                f"{name} {1000 * took:.1f} ms ({took / least['none']:.2f})" for name, took in least.items()))


if __name__ == "__main__":
    main()
