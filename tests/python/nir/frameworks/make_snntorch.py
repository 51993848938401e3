# SPDX-License-Identifier: Apache-2.0
"""Networks of snnTorch as .nir files, and the spikes that snnTorch gives:  make_snntorch.py FOLDER"""
import pathlib
import sys

import nir
import numpy as np
import snntorch
import torch
from snntorch.export_nir import export_to_nir

STEPS, SIZES = 80, (12, 20, 6)


def layer(kind, size, reset):
    """beta and threshold have to be tensors of the layer's shape, or the export fails."""
    keys = {"beta": torch.linspace(0.7, 0.95, size), "threshold": torch.ones(size), "reset_mechanism": reset, "init_hidden": True}
    if kind == "Synaptic":
        keys["alpha"] = torch.linspace(0.5, 0.8, size)
    return getattr(snntorch, kind)(**keys)


def main(folder):
    torch.manual_seed(1)
    inputs = (torch.rand(STEPS, SIZES[0]) < 0.3).float()
    for kind, scale in (("Leaky", 3.0), ("Synaptic", 1.5)):
        for reset in ("zero", "subtract"):
            net = torch.nn.Sequential(torch.nn.Linear(SIZES[0], SIZES[1], bias=False), layer(kind, SIZES[1], reset),
                                      torch.nn.Linear(SIZES[1], SIZES[2], bias=False), layer(kind, SIZES[2], reset))
            with torch.no_grad():
                for each in (net[0], net[2]):
                    each.weight.mul_(scale)
                graph = export_to_nir(net, torch.zeros(1, SIZES[0]), ignore_dims=[0])
                for each in (net[1], net[3]):
                    each.reset_hidden()
                hidden, output = [], []
                for row in inputs:
                    hidden.append(net[1](net[0](row[None])))
                    output.append(net[3](net[2](hidden[-1])))
            name = f"snntorch_{kind.lower()}_{reset}"
            nir.write(folder / f"{name}.nir", graph)
            np.savez_compressed(folder / f"{name}.npz", inputs=inputs.numpy().astype(np.uint8), hidden=torch.cat(hidden).numpy().astype(np.uint8),
                                output=torch.cat(output).numpy().astype(np.uint8))
            print(name, int(torch.cat(hidden).sum()), int(torch.cat(output).sum()))


main(pathlib.Path(sys.argv[1]))
