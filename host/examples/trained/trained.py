#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A network that snnTorch trains, from the first line to the chip, and trained once more against the chip's own arithmetic.

    trained.py [--seeds 3] [--plot trained.png]

Needs torch (Debian: apt install python3-torch), snntorch, nir, nirtorch, scikit-learn and matplotlib; a minute on one core.
"""
import argparse
import json
import pathlib
import tempfile
import time
import warnings

import numpy as np
import snntorch
import torch
from sklearn.datasets import load_digits
from snntorch import surrogate
from snntorch.export_nir import export_to_nir

import spikemesh as sm

STEPS, HIDDEN, CLASSES, BETA = 16, 48, 10, 0.9
EPOCHS, AGAIN, BATCH = 40, 30, 64
BITS, GAIN, DECAY = 4, 8, 4096  # of a weight of the small chip; V has 2**GAIN units in one of a weight; decay factors have 12 bits
FIRES = surrogate.fast_sigmoid(slope=10)


def data():
    """Spikes [samples, steps, 64] and labels, to train with and to test. A pixel of 0..16 fires so many times, evenly."""
    digits = load_digits()
    step = np.arange(STEPS + 1)[:, None, None]
    spikes = np.diff(step * digits.data[None] // STEPS, axis=0).transpose(1, 0, 2)
    order = np.random.default_rng(0).permutation(len(spikes))
    spikes, labels = spikes[order].astype(np.int64), digits.target[order]
    return (spikes[:1200], labels[:1200]), (spikes[1200:], labels[1200:])


def float_network():
    """As an author writes it; beta and threshold are tensors because the export wants them so."""
    def neurons(size):
        return snntorch.Leaky(beta=torch.full((size,), BETA), threshold=torch.ones(size), reset_mechanism="zero", spike_grad=FIRES, init_hidden=True)
    return torch.nn.Sequential(torch.nn.Linear(64, HIDDEN, bias=False), neurons(HIDDEN), torch.nn.Linear(HIDDEN, CLASSES, bias=False), neurons(CLASSES))


class ChipNetwork(torch.nn.Module):
    """The same network in the integers of a chip with weights of BITS bits (docs/arithmetic.md). The values that flow forward are
    those of the chip, bit by bit; gradients flow as if nothing were rounded."""

    def __init__(self, net):
        super().__init__()
        self.weights = torch.nn.ParameterList([torch.nn.Parameter(net[at].weight.detach().clone()) for at in (0, 2)])
        most = 2 ** (BITS - 1) - 1
        self.units = [float(w.abs().quantile(0.99)) / most for w in self.weights]  # of a weight; the few beyond it are cut
        self.theta = [round(2**GAIN / unit) for unit in self.units]
        self.decay = round(BETA * DECAY)

    def integers(self, layer):
        most = 2 ** (BITS - 1) - 1
        return torch.clamp(torch.round(self.weights[layer].detach() / self.units[layer]), -most, most)

    def forward(self, spikes):
        """[samples, steps, 64] -> [samples, steps, classes]"""
        rows = spikes
        for layer, weight in enumerate(self.weights):
            scaled = weight / self.units[layer]
            whole = scaled + (self.integers(layer) - scaled).detach()
            arriving = rows @ whole.T * 2**GAIN
            v, fired = torch.zeros(arriving[:, 0].shape), []
            for step in range(rows.shape[1]):
                kept = v * self.decay / DECAY
                v = kept + (torch.trunc(kept) - kept).detach() + arriving[:, step]
                fired.append(FIRES((v - self.theta[layer] - 0.5) / self.theta[layer]))
                v = v * (1 - fired[-1].detach())
            rows = torch.stack(fired, dim=1)
        return rows

    def on_chip(self):
        """The network for sm.Machine: the integers themselves."""
        net = sm.Network(dt_ms=1.0)
        net.add_input("pixel", 64)
        for layer, (source, name, size) in enumerate((("pixel", "hidden", HIDDEN), ("hidden", "digit", CLASSES))):
            net.add_neurons(name, size, sm.RawNeurons(theta=self.theta[layer], decay_v=self.decay, gain=GAIN), record=True)
            net.connect_dense(source, name, self.integers(layer).numpy().T)
        return net


def run_float(net, spikes):
    net[1].reset_hidden()
    net[3].reset_hidden()
    return torch.stack([net(spikes[:, step]) for step in range(STEPS)], dim=1)


def train(run, parameters, given, labels, epochs, rate):
    """By cross entropy of the spike counts."""
    optimizer = torch.optim.Adam(parameters, lr=rate)
    for _ in range(epochs):
        for rows in torch.randperm(len(labels)).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(run(given[rows]).sum(dim=1), labels[rows]).backward()
            optimizer.step()


def percent(outputs, labels):
    """Right answers of outputs [samples, steps, classes], in %; of equal counts the lowest class is taken, as evaluate does."""
    return 100 * np.mean(np.asarray(outputs).sum(axis=1).argmax(axis=1) == labels)


def small_chip(folder):
    """The default build with weights of BITS bits."""
    path = pathlib.Path(folder) / "small.json"
    path.write_text(json.dumps({"WeightBits": BITS}), encoding="utf-8")
    return path


def chip_outputs(network, spikes, config):
    """[samples, steps, classes] of the chip, in the steps of the original: each layer is a step later."""
    return sm.run(network, {"pixel": spikes}, STEPS + 2, config=config).dense("digit")[:, 2:]


def experiment(seed, config):
    """Accuracy of each stage, in %, and how many output bits of the chip differ from what torch computed."""
    torch.manual_seed(seed)
    (given, labels), (test, wanted) = data()
    as_torch = torch.tensor(given, dtype=torch.float32), torch.tensor(labels)
    test_torch = torch.tensor(test, dtype=torch.float32)

    net = float_network()
    train(lambda rows: run_float(net, rows), net.parameters(), *as_torch, EPOCHS, 2e-3)
    with torch.no_grad():
        outputs = run_float(net, test_torch).numpy()
        for layer in (net[1], net[3]):
            layer.reset_hidden()
        graph = export_to_nir(net, torch.zeros(1, 64), ignore_dims=[0])
    imported = sm.from_nir(graph, dt=1e-4)
    result = {"float": percent(outputs, wanted), "chip, 16 bits": 100 * sm.evaluate(imported, (test, wanted)).accuracy}
    differ = {"16 bits": np.count_nonzero(imported.run(test)["output"] != outputs)}

    small = ChipNetwork(net)
    result[f"chip, {BITS} bits"] = 100 * sm.evaluate(small.on_chip(), (test, wanted), output="digit", steps=STEPS + 2, config=config).accuracy
    train(small, small.parameters(), *as_torch, AGAIN, 1e-3)
    with torch.no_grad():
        outputs = small(test_torch).numpy()
    got = chip_outputs(small.on_chip(), test, config)
    result[f"chip, {BITS} bits, trained"] = percent(got, wanted)
    train(lambda rows: run_float(net, rows), net.parameters(), *as_torch, AGAIN, 1e-3)  # what longer training alone does
    with torch.no_grad():
        result["float, trained as long"] = percent(run_float(net, test_torch), wanted)
    differ[f"{BITS} bits"] = np.count_nonzero(got != outputs)
    return result, differ, outputs.size


def draw(results, path):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    stages = list(results[0])  # in the order in which they were reached
    figure, axes = plt.subplots(figsize=(5.2, 2.8), layout="constrained")
    for seed, result in enumerate(results, 1):
        axes.plot(range(len(stages)), [result[stage] for stage in stages], "o-", lw=0.8, ms=4, label=f"seed {seed}")
    axes.set_xticks(range(len(stages)), [stage.replace("bits, trained", "bits,\ntrained against\nits arithmetic").replace("float, ", "float,\n") for stage in stages], fontsize=8)
    axes.set_ylabel("test digits right (%)")
    axes.grid(axis="y", lw=0.3)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--plot", help="picture to make (.png, .svg, .pdf)")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.seeds + 1):
            begin = time.perf_counter()
            result, differ, bits = experiment(seed, small_chip(folder))
            results.append(result)
            print(f"seed {seed}: " + ", ".join(f"{stage} {value:.2f} %" for stage, value in result.items()) + f" ({time.perf_counter() - begin:.0f} s)")
            print(f"        of {bits} output bits " + ", ".join(f"{count} differ from torch with {name}" for name, count in differ.items()))
    if options.plot:
        draw(results, options.plot)
    last = f"chip, {BITS} bits, trained"
    if any(each[last] < each["float"] - 3 for each in results) or differ[f"{BITS} bits"]:
        raise SystemExit("trained.py: the chip is more than 3 % worse than float, or does not do what it was trained for")


if __name__ == "__main__":
    main()
