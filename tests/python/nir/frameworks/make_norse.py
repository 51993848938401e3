# SPDX-License-Identifier: Apache-2.0
"""Networks of Norse as .nir files, and the spikes that Norse gives:  make_norse.py FOLDER"""
import pathlib
import sys

import nir
import numpy as np
import torch
from torch.utils import _pytree

if not hasattr(_pytree, "register_pytree_node"):  # the name that torch 1.13 has for it
    _pytree.register_pytree_node = _pytree._register_pytree_node

import norse.torch as norse  # noqa: E402

STEPS, SIZES = 80, (12, 20, 6)


def cell(kind, size):
    tau_mem_inv = torch.linspace(50, 300, size)
    if kind == "LIFBoxCell":
        return norse.LIFBoxCell(norse.LIFBoxParameters(tau_mem_inv=tau_mem_inv, v_th=torch.ones(size), v_leak=torch.zeros(size),
                                                       v_reset=torch.zeros(size), method="heaviside"))
    return norse.LIFCell(norse.LIFParameters(tau_mem_inv=tau_mem_inv, tau_syn_inv=torch.linspace(100, 400, size), v_th=torch.ones(size),
                                             v_leak=torch.zeros(size), v_reset=torch.zeros(size), method="heaviside"))


def main(folder):
    torch.manual_seed(2)
    inputs = (torch.rand(STEPS, SIZES[0]) < 0.3).float()
    for kind, scale in (("LIFBoxCell", 12.0), ("LIFCell", 5.0)):
        parts = (torch.nn.Linear(SIZES[0], SIZES[1], bias=False), cell(kind, SIZES[1]),
                 torch.nn.Linear(SIZES[1], SIZES[2], bias=False), cell(kind, SIZES[2]))
        with torch.no_grad():
            for each in (parts[0], parts[2]):
                each.weight.mul_(scale)
            graph = norse.to_nir(norse.SequentialState(*parts), torch.zeros(SIZES[0]))
            hidden, output, states = [], [], [None, None]
            for row in inputs:
                spikes, states[0] = parts[1](parts[0](row[None]), states[0])
                hidden.append(spikes)
                spikes, states[1] = parts[3](parts[2](spikes), states[1])
                output.append(spikes)
        name = f"norse_{kind.lower()}"
        nir.write(folder / f"{name}.nir", graph)
        np.savez_compressed(folder / f"{name}.npz", inputs=inputs.numpy().astype(np.uint8), hidden=torch.cat(hidden).numpy().astype(np.uint8),
                            output=torch.cat(output).numpy().astype(np.uint8))
        print(name, int(torch.cat(hidden).sum()), int(torch.cat(output).sum()))


main(pathlib.Path(sys.argv[1]))
