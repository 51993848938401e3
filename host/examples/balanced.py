# SPDX-License-Identifier: Apache-2.0
# %% [markdown]
# # A balanced network, cell by cell
# Excitatory and inhibitory neurons at random, driven by Poisson spikes. Open this file as a notebook (Jupytext,
# VS Code), or run it: `python balanced.py [EXECUTOR]`.

# %%
import sys

import numpy as np

import spikemesh as sm

EXECUTOR = sys.argv[1] if len(sys.argv) == 2 and not sys.argv[1].startswith("-") else "reference"

# %% The network: 80 excitatory and 20 inhibitory neurons, 20 ms membranes, delays of 1 and 2 steps of 1 ms
net = sm.Network(dt_ms=1.0)
lif = sm.PhysicalNeurons(tau_m_ms=20, tau_syn_ms=5, v_threshold=1, t_refractory_ms=2)
net.add_input("noise", 40)
net.add_neurons("exc", 80, lif, record=True)
net.add_neurons("inh", 20, lif, record=True)
for target in ("exc", "inh"):
    net.connect_fixed_in_degree("noise", target, in_degree=10, weight=9.0, seed=1)
    net.connect_fixed_probability("exc", target, probability=0.1, weight=4.0, seed=2, delay=2, allow_self=False)
    net.connect_fixed_probability("inh", target, probability=0.2, weight=-12.0, seed=3, allow_self=False)

# %% A machine, and where everything went on it
machine = sm.Machine(EXECUTOR)
report = machine.load(net)
print(report)

# %% 300 ms of noise, then the rates
spikes = machine.run({"noise": sm.Poisson(rate_hz=60, seed=7)}, steps=300)
for name in ("exc", "inh"):
    print(f"{name}: {spikes.rates(name).mean():.1f} spikes/s a neuron")

# %% V and I of one neuron, step by step, in silence
trace = np.zeros((20, 2), int)
for t in range(len(trace)):
    machine.run()
    trace[t] = machine.v("exc")[0], machine.i("exc")[0]
v_scale = np.ravel(report["conversion"]["v_scale"]["exc"])[0]  # of neuron 0: a population may have one for each
print("V of exc[0]:", np.round(trace[:, 0] / v_scale, 3))

# %% The weights that the chip holds
weights = machine.weights("inh", "exc")
print(f"inh -> exc: {np.count_nonzero(weights)} synapses, raw weights {weights.min()} .. {weights.max()}")
print(repr(spikes), repr(machine))
