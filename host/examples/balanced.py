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
print(machine.load(net))

# %% 300 ms of noise, then the rates
spikes = machine.run({"noise": sm.Poisson(rate_hz=60, seed=7)}, steps=300)
for name in ("exc", "inh"):
    print(f"{name}: {spikes.rates(name).mean():.1f} spikes/s a neuron")

# %% V of one neuron in silence, recorded while it runs
trace = machine.run(steps=20, record={"v": "exc[0]"}).trace("v")
print("V of exc[0]:", np.round(trace.in_units[0, :, 0], 3))

# %% The weights that the chip holds
weights = machine.weights("inh", "exc", unit=True)
print(f"inh -> exc: {np.count_nonzero(weights)} synapses, weights {weights.min():.3f} .. {weights.max():.3f}")
print(repr(spikes), repr(machine))
