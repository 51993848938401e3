# SPDX-License-Identifier: Apache-2.0
"""Networks of Sinabs as .nir files, and the spikes that Sinabs gives:  make_sinabs.py FOLDER"""
import pathlib
import sys

import nir
import numpy as np
import sinabs.activation as activation
import sinabs.layers as layers
import torch
from sinabs.nir import to_nir

STEPS, SIZES = 80, (12, 20, 6)


def layer(kind, size, reset):
    keys = {"spike_threshold": torch.ones(size), "spike_fn": activation.SingleSpike, "reset_fn": reset, "batch_size": 1}
    return layers.IAFSqueeze(**keys) if kind == "IAF" else layers.LIFSqueeze(tau_mem=torch.linspace(3, 20, size), **keys)


def main(folder):
    torch.manual_seed(3)
    inputs = (torch.rand(STEPS, SIZES[0]) < 0.3).float()
    for kind, scale in (("IAF", 1.5), ("LIF", 10.0)):
        for name, reset in (("subtract", activation.MembraneSubtract()), ("zero", activation.MembraneReset())):
            net = torch.nn.Sequential(torch.nn.Linear(SIZES[0], SIZES[1], bias=False), layer(kind, SIZES[1], reset),
                                      torch.nn.Linear(SIZES[1], SIZES[2], bias=False), layer(kind, SIZES[2], reset))
            with torch.no_grad():
                net[0].weight.mul_(scale)
                net[2].weight.mul_(scale).add_(0.1 * scale)
                hidden = net[1](net[0](inputs))
                output = net[3](net[2](hidden))
                graph = to_nir(net, torch.zeros(1, SIZES[0]))
            name = f"sinabs_{kind.lower()}_{name}"
            nir.write(folder / f"{name}.nir", graph)
            np.savez_compressed(folder / f"{name}.npz", inputs=inputs.numpy().astype(np.uint8), hidden=hidden.numpy().astype(np.uint8),
                                output=output.numpy().astype(np.uint8))
            print(name, int(hidden.sum()), int(output.sum()))


main(pathlib.Path(sys.argv[1]))
