# SPDX-License-Identifier: Apache-2.0
"""The row cuba of spikemesh_bench in Brian2 (C++ standalone): builds FOLDER/main, which runs STEPS steps of 0.1 ms.

usage: cuba_brian2.py STEPS FOLDER
"""
import sys

import brian2 as b2

steps, folder = int(sys.argv[1]), sys.argv[2]
b2.set_device("cpp_standalone", directory=folder, build_on_run=False)
b2.prefs.devices.cpp_standalone.openmp_threads = 0
dt = 0.1 * b2.ms
b2.defaultclock.dt = dt
b2.seed(1)
cells = b2.NeuronGroup(4000, """
    dv/dt = (current - (v + 60*mV)) / (20*ms) : volt (unless refractory)
    dcurrent/dt = (bias - current) / (5*ms) : volt
    bias : volt""", threshold="v > -50*mV", reset="v = -60*mV", refractory=5 * b2.ms, method="euler")
cells.v = -60 * b2.mV
cells.bias = "(10.5 + 1.5*rand())*mV"
synapses = []
for condition, weight in (("i < 3200", "1.62*mV"), ("i >= 3200", "-9*mV")):
    each = b2.Synapses(cells, cells, on_pre=f"current += {weight}")
    each.connect(condition, p=0.02)
    each.delay = dt
    synapses.append(each)
monitor = b2.SpikeMonitor(cells)
network = b2.Network(cells, *synapses, monitor)
network.run(steps * dt)
b2.device.build(directory=folder, compile=True, run=False)
