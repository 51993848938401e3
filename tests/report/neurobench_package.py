#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The metrics that spikemesh.report.neurobench gives of a run are those that the package neurobench measures on the same weights and spikes.

    neurobench_package.py PROGRAM

Needs the packages neurobench and snntorch, and torch; without them it ends with 77, which says that it was skipped. Debian's torch will do:

    apt install python3-torch && python3 -m venv --system-site-packages VENV && VENV/bin/pip install --no-deps neurobench==2.3.0 snntorch==1.0.0
"""
import csv
import json
import pathlib
import random
import sys
import tempfile

try:
    import snntorch
    import torch
    from neurobench.metrics.static import ConnectionSparsity
    from neurobench.metrics.workload import ActivationSparsity, SynapticOperations
    from neurobench.models import SNNTorchModel
except ImportError as error:
    print(f"skipped: {error}; this file says how to install it")
    sys.exit(77)

import numpy as np
import runs
from runs import call, report

SIZES, STEPS, SAMPLES = {"in": 30, "a": 20, "b": 10}, 25, 4


def draw(folder):
    """A network with weights of which a third are zero, and input spikes [sample, step, neuron]."""
    source = random.Random(3)
    weights = {pair: [[0 if source.random() < 0.33 else source.uniform(0.5, 3) for _ in range(SIZES[pair[1]])] for _ in range(SIZES[pair[0]])]
               for pair in (("in", "a"), ("a", "b"))}
    neuron = {"tau_m_ms": 10, "v_threshold": 1, "w_in": 1}
    network = {"spikemesh_network": 1, "dt_ms": 1,
               "populations": [{"name": "in", "size": SIZES["in"], "input": {}}] + [{"name": name, "size": SIZES[name], "record": True, "neuron": neuron} for name in "ab"],
               "projections": [{"from": a, "to": b, "connect": "dense", "weight": rows} for (a, b), rows in weights.items()]}
    (folder / "net.json").write_text(json.dumps(network))
    spikes = np.random.default_rng(4).random((SAMPLES, STEPS, SIZES["in"])) < 0.1
    with open(folder / "in.csv", "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sample", "step", "population", "neuron"])
        rows.writerows([sample, step, "in", neuron] for sample, step, neuron in np.argwhere(spikes).tolist())
    return {pair: np.array(rows) for pair, rows in weights.items()}, spikes


class Replayed(snntorch.SpikingNeuron):
    """Neurons that fire as the chip's did: spikes [step, sample, neuron]."""

    def __init__(self, spikes):
        super().__init__()
        self.spikes, self.step = torch.tensor(spikes, dtype=torch.float32).transpose(0, 1), 0

    def forward(self, _):
        self.step += 1
        return self.spikes[self.step - 1], None


class Net(torch.nn.Module):
    def __init__(self, weights, fired):
        super().__init__()
        self.one, self.two = (torch.nn.Linear(*each.shape, bias=False) for each in weights.values())
        for layer, each in zip((self.one, self.two), weights.values()):
            layer.weight.data = torch.tensor(each.T, dtype=torch.float32)
        self.a, self.b = Replayed(fired["a"]), Replayed(fired["b"])

    def reset(self):
        self.a.step = self.b.step = 0

    def forward(self, spikes):
        first, _ = self.a(self.one(spikes))
        return self.b(self.two(first))


def package_metrics(weights, spikes, fired):
    model = SNNTorchModel(Net(weights, fired))
    metrics = {"activation_sparsity": ActivationSparsity(), "synaptic_operations": SynapticOperations()}
    static = {"connection_sparsity": ConnectionSparsity()(model)}
    model.register_hooks()
    data = torch.tensor(spikes, dtype=torch.float32)
    predictions = model(data)
    return {**static, **{name: metric(model, predictions, (data, None)) for name, metric in metrics.items()}}


def main(program):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        weights, spikes = draw(folder)
        call(program, "run", folder / "net.json", "--input", folder / "in.csv", "--steps", STEPS, "--samples", SAMPLES, "--out", folder / "run")
        fired = {name: np.zeros((SAMPLES, STEPS, SIZES[name])) for name in "ab"}
        with open(folder / "run/spikes.csv", newline="") as file:
            for row in csv.DictReader(file):
                fired[row["population"]][int(row["sample"]), int(row["step"]), int(row["neuron"])] = 1
        ours, theirs = report.neurobench(folder / "run"), package_metrics(weights, spikes, fired)
    if not all(each.sum() > 20 for each in fired.values()):
        sys.exit("neurobench_package.py: the network does not fire")
    # The package rounds the sparsity of connections to four digits.
    if abs(ours["connection_sparsity"] - theirs["connection_sparsity"]) > 0.51e-4 or ours["synaptic_operations"] != theirs["synaptic_operations"] \
            or abs(ours["activation_sparsity"] - theirs["activation_sparsity"]) > 1e-12:
        sys.exit(f"neurobench_package.py: {ours}, but the package says {theirs}")
    print(f"equal: {theirs}")


if __name__ == "__main__":
    main(sys.argv[1])
