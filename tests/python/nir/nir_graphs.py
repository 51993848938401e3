# SPDX-License-Identifier: Apache-2.0
"""Random NIR graphs in which neurons fire, with every type of node."""
import dataclasses

import nir
import numpy as np

DT = 1e-3


@dataclasses.dataclass
class Case:
    """A graph, the edges (of the flat graph) that carry the step before, and the options of its import."""

    graph: object
    recurrent: set
    options: dict
    inputs: dict


class Maker:
    """Adds nodes one after another; `last` is the name and `shape` the shape of what came out last."""

    def __init__(self, draw, steps):
        self.draw, self.steps = draw, steps
        self.nodes, self.edges, self.recurrent = {}, [], set()
        self.last, self.shape, self.gain = None, None, 1.0

    def add(self, node, shape=None, source=None):
        name = f"{type(node).__name__.lower()}{len(self.nodes)}"
        self.nodes[name] = node
        if self.last is not None:
            self.edges.append((source or self.last, name))
        self.last = name
        self.shape = self.shape if shape is None else tuple(shape)
        return name

    def chance(self, probability):
        return self.draw.random() < probability

    def times(self, low, high, size=None):
        """Delays in whole steps."""
        return self.draw.integers(low, high + 1, self.shape if size is None else size) * DT

    # linear nodes; weights so that some of the neurons that follow fire

    def dense(self, size):
        inputs = self.shape[-1]
        weight = self.draw.normal(0.4, 1.0, (size, inputs)) / np.sqrt(inputs)
        bias = self.draw.normal(0.1, 0.2, size)
        self.add(nir.Affine(weight, bias) if self.chance(0.5) else nir.Linear(weight), (*self.shape[:-1], size))

    def conv2d(self):
        channels, (height, width) = self.shape[0], self.shape[1:]
        groups = int(self.draw.choice([g for g in (1, 2) if channels % g == 0]))
        kernel = tuple(np.minimum(self.draw.integers(1, 4, 2), (height, width)))
        padding = ("same", "valid", int(self.draw.integers(0, 2)), tuple(self.draw.integers(0, 2, 2)))[self.draw.integers(4)]
        dilation = int(self.draw.integers(1, 3)) if min(height, width) >= 6 else 1
        stride = 1 if padding == "same" else tuple(int(n) for n in self.draw.integers(1, 3, 2))
        outputs = 2 * int(self.draw.integers(1, 3))
        weight = self.draw.normal(0.3, 1, (outputs, channels // groups, *kernel)) / np.sqrt(channels // groups * kernel[0] * kernel[1])
        node = nir.Conv2d((height, width), weight, stride, padding, dilation, groups, self.draw.normal(0, 0.1, outputs))
        self.add(node, self._slid((height, width), kernel, stride, padding, dilation, outputs))

    def conv1d(self):
        channels, length = self.shape
        kernel, padding = min(int(self.draw.integers(1, 4)), length), ("same", "valid", 1)[self.draw.integers(3)]
        stride = 1 if padding == "same" else int(self.draw.integers(1, 3))
        outputs = int(self.draw.integers(1, 4))
        weight = self.draw.normal(0.3, 1, (outputs, channels, kernel)) / np.sqrt(channels * kernel)
        node = nir.Conv1d(length, weight, stride, padding, 1, 1, self.draw.normal(0, 0.1, outputs))
        self.add(node, self._slid((length,), (kernel,), stride, padding, 1, outputs))

    def pool(self):
        kernel, stride = np.minimum(self.draw.integers(1, 3, 2), self.shape[1:]), self.draw.integers(1, 3, 2)
        padding = np.minimum(self.draw.integers(0, 2, 2), kernel // 2)
        kind = nir.SumPool2d if self.chance(0.5) else nir.AvgPool2d
        self.add(kind(kernel, stride, padding), self._slid(self.shape[1:], kernel, stride, tuple(padding), 1, self.shape[0]))

    @staticmethod
    def _slid(size, kernel, stride, padding, dilation, channels):
        axes = len(size)
        stride, dilation = np.broadcast_to(stride, axes), np.broadcast_to(dilation, axes)
        if padding == "same":
            return (channels, *size)
        padding = np.broadcast_to(0 if padding == "valid" else padding, axes)
        return (channels, *((n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(size, padding, dilation, kernel, stride)))

    def scale(self):
        self.add(nir.Scale(self.draw.uniform(0.7, 1.3, self.shape)))

    def delay(self, low=0, high=4):
        self.add(nir.Delay(self.times(low, high)))

    # neurons

    def neuron(self, kind):
        draw, shape = self.draw, self.shape
        tau, tau_syn = (draw.uniform(2, 12, shape) * DT for _ in range(2))
        v_threshold, v_leak = draw.uniform(0.4, 1.2, shape), draw.choice([0, 0.1, -0.2]) * np.ones(shape)
        v_reset = draw.choice([0, -0.3, 0.1]) * np.ones(shape)
        r, cuba = draw.uniform(2, 4, shape), {"tau_mem": tau, "tau_syn": tau_syn, "v_leak": v_leak, "w_in": draw.uniform(1.5, 3, shape)}
        made = {"IF": lambda: nir.IF(r / DT / 4, v_threshold, v_reset), "LIF": lambda: nir.LIF(tau, r, v_leak, v_threshold, v_reset),
                "CubaLIF": lambda: nir.CubaLIF(r=r, v_threshold=v_threshold, v_reset=v_reset, **cuba),
                "Threshold": lambda: nir.Threshold(v_threshold), "I": lambda: nir.I(r / DT / 4), "LI": lambda: nir.LI(tau, r, v_leak),
                "CubaLI": lambda: nir.CubaLI(r=r, **cuba)}
        return self.add(made[kind]())

    def loop(self, name):
        """Back to neurons of shape (n,): by weights, with or without a Delay node."""
        keep, size = self.last, self.shape[-1]
        self.last = name
        if self.chance(0.4):
            first = self.add(nir.Delay(self.times(1, 4)))
        else:
            first = None
        weights = self.add(nir.Linear(self.draw.normal(-0.1, 0.4, (size, size)) / np.sqrt(size)))
        self.edges.append((weights, name))
        if first is None:
            self.recurrent.add((name, weights))
        self.last = keep

    def output(self):
        name = self.last
        self.nodes[f"output_{name}"] = nir.Output(np.array(self.shape))
        self.edges.append((name, f"output_{name}"))


def spiking(draw):
    return str(draw.choice(["IF", "LIF", "CubaLIF", "Threshold"]))


def flat_case(make):
    """Vectors: dense layers, scales, delays, loops, a second path around a layer."""
    make.dense(int(make.draw.integers(3, 9)))
    for _ in range(int(make.draw.integers(1, 3))):
        if make.chance(0.4):
            make.scale()
        if make.chance(0.4):
            make.delay()
        name = make.neuron(spiking(make.draw))
        if make.chance(0.5):
            make.loop(name)
        if make.chance(0.5):
            make.output()
        make.dense(int(make.draw.integers(3, 9)))
    if make.chance(0.3):  # the layer before arrives by another way as well
        size = make.shape[-1]
        before = next(iter(make.nodes))
        other = make.add(nir.Linear(make.draw.normal(0, 0.5, (size, make.nodes[before].input_type["input"][0]))), source=before)
        last = make.neuron(spiking(make.draw))
        make.edges.append(([n for n in make.nodes if n not in (other, last)][-1], last))


def image_case(make):
    make.conv2d()
    make.neuron(spiking(make.draw))
    if make.chance(0.5):
        make.output()
    if make.chance(0.7):
        make.pool()
    make.conv2d()
    if make.chance(0.5):
        make.scale()
    make.neuron(spiking(make.draw))
    make.add(nir.Flatten(np.array(make.shape), 0, -1), (int(np.prod(make.shape)),))
    make.dense(int(make.draw.integers(3, 7)))


def line_case(make):
    make.conv1d()
    make.neuron(spiking(make.draw))
    make.conv1d()
    make.neuron(spiking(make.draw))
    make.add(nir.Flatten(np.array(make.shape), 0, 1), (int(np.prod(make.shape)),))
    make.dense(int(make.draw.integers(3, 7)))


def finish(make):
    """What is read: spikes, potentials, potentials through weights, sums of spikes, a threshold upon a potential."""
    way = make.draw.integers(5)
    if way in (1, 2, 4):
        make.neuron(str(make.draw.choice(["I", "LI", "CubaLI"])))
    if way == 0:
        make.neuron(spiking(make.draw))
    if way == 2:
        make.output()
        make.scale()
    if way == 4:
        make.add(nir.Threshold(make.draw.uniform(0.3, 1, make.shape)))
    make.output()


def nested(make):
    """The same graph with its middle in a sub-graph."""
    names = list(make.nodes)
    spine = [n for n in names if not n.startswith(("input", "output"))]
    inner = [n for n in spine if sum(b == n for _, b in make.edges) == 1 and sum(a == n for a, _ in make.edges) == 1]
    if not inner:
        return nir.NIRGraph(make.nodes, make.edges, type_check=False)
    one = inner[len(inner) // 2]
    shape_in = next(a for a, b in make.edges if b == one)
    node = make.nodes[one]
    child = nir.NIRGraph({"input": nir.Input(None), "node": node, "output": nir.Output(None)},
                         [("input", "node"), ("node", "output")], type_check=False)
    del shape_in
    nodes = {name: child if name == one else each for name, each in make.nodes.items()}
    rename = lambda name, end: f"{one}.{end}" if name == one else name
    make.recurrent = {(rename(a, "output"), rename(b, "input")) for a, b in make.recurrent}
    return nir.NIRGraph(nodes, make.edges, type_check=False)


def random_case(seed, steps=40):
    draw = np.random.default_rng(seed)
    make = Maker(draw, steps)
    kind = (flat_case, flat_case, image_case, line_case)[draw.integers(4)]
    shape = {flat_case: (int(draw.integers(2, 8)),), image_case: (2, int(draw.integers(5, 9)), int(draw.integers(5, 9))),
             line_case: (2, int(draw.integers(6, 12)))}[kind]
    make.shape = shape
    name = make.add(nir.Input(np.array(shape)))
    kind(make)
    finish(make)
    reset = str(draw.choice(["to_value", "subtract", "to_value_later", "subtract_later"]))
    options = {"reset": reset, "integrator_steps": steps, "input_step": str(draw.choice(["same", "next"]))}
    graph = nested(make) if draw.random() < 0.3 else nir.NIRGraph(make.nodes, make.edges, type_check=False)
    inputs = {name: (draw.random((steps, *shape)) < draw.uniform(0.1, 0.5)).astype(int)}
    return Case(graph, make.recurrent, options, inputs)
