# SPDX-License-Identifier: Apache-2.0
"""NIR graphs in double precision, step by step and node by node, written from NIR's documentation and docs/nir.md alone:
what an import has to give. Nothing here is shared with the importer."""
import dataclasses

import numpy as np


@dataclasses.dataclass
class Simulated:
    """What each node put out, [steps, *shape]; of neurons that fire also how far v was from its threshold."""

    out: dict
    margin: dict
    v: dict


def flat(graph, prefix=""):
    """Nodes and edges without sub-graphs; an Input or Output of a sub-graph passes on what comes in."""
    nodes, edges, ends = {}, [], {}
    for name, node in graph.nodes.items():
        if hasattr(node, "nodes"):
            inner_nodes, inner_edges = flat(node, f"{prefix}{name}.")
            nodes.update(inner_nodes)
            edges += inner_edges
            kinds = {type(child).__name__: f"{prefix}{name}.{key}" for key, child in node.nodes.items()}
            ends[name] = (kinds["Input"], kinds["Output"])
        else:
            nodes[prefix + name] = node
            ends[name] = (prefix + name,) * 2
    return nodes, edges + [(ends[a][1], ends[b][0]) for a, b in graph.edges]


def windows(x, kernel, stride, padding, dilation=(1, 1)):
    """[channels, y, x] -> [channels, ky, kx, oy, ox]"""
    x = np.pad(x, [(0, 0), *padding])
    size = [(n - d * (k - 1) - 1) // s + 1 for n, d, k, s in zip(x.shape[1:], dilation, kernel, stride)]
    out = np.zeros((x.shape[0], *kernel, *size))
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            out[:, i, j] = x[:, i * dilation[0]:, j * dilation[1]:][:, ::stride[0], ::stride[1]][:, :size[0], :size[1]]
    return out


def convolution(node, x):
    """Conv2d, and Conv1d as one row."""
    weight = np.asarray(node.weight, float)
    one = weight.ndim == 3
    two = lambda value, fill: (fill, int(value)) if one else tuple(int(n) for n in np.broadcast_to(value, 2))
    if one:
        weight, x = weight[:, :, None], x[:, None]
    kernel, stride, dilation = weight.shape[2:], two(node.stride, 1), two(node.dilation, 1)
    if isinstance(node.padding, str):
        spans = [d * (k - 1) if node.padding == "same" else 0 for d, k in zip(dilation, kernel)]
        padding = [(n // 2, n - n // 2) for n in spans]
    else:
        padding = [(p, p) for p in two(node.padding, 0)]
    seen = windows(x, kernel, stride, padding, dilation)
    groups, share = int(node.groups), weight.shape[0] // int(node.groups)
    parts = [np.tensordot(weight[g * share:(g + 1) * share], seen[g * weight.shape[1]:(g + 1) * weight.shape[1]], 3)
             for g in range(groups)]
    y = np.concatenate(parts) + np.reshape(node.bias, (-1, 1, 1))
    return y[:, 0] if one else y


def pool(node, x, average):
    kernel, stride, padding = ([int(n) for n in np.broadcast_to(v, 2)] for v in (node.kernel_size, node.stride, node.padding))
    seen = windows(x, kernel, stride, [(p, p) for p in padding])
    return seen.sum(axis=(1, 2)) / (kernel[0] * kernel[1] if average else 1)


class Neurons:
    """One neuron node, from rest."""

    def __init__(self, node, dt, reset, at_threshold, late):
        self.node, self.kind, self.dt = node, type(node).__name__, dt
        self.reset, self.at, self.late = reset, at_threshold, late
        if self.kind == "Threshold":  # no state
            self.reset, self.late = "to_value", False
        self.v = None

    def step(self, x):
        n, dt = self.node, self.dt
        if self.v is None:
            self.v = np.zeros(x.shape) + getattr(n, "v_leak", 0.0)
            self.i, self.spike, self.before = np.zeros(x.shape), np.zeros(x.shape), np.zeros(x.shape)
        if self.late:
            x, self.before = self.before, x
        i = x
        if hasattr(n, "tau_syn"):
            i = self.i = self.i + dt / n.tau_syn * (-self.i + n.w_in * x)
        if self.kind in ("I", "IF"):
            v = self.v + dt * n.r * i
        elif self.kind == "Threshold":
            v = x
        else:
            v = self.v + dt / (n.tau if hasattr(n, "tau") else n.tau_mem) * (n.v_leak - self.v + n.r * i)
        if self.kind in ("I", "LI", "CubaLI"):
            self.v = v
            return v, None
        threshold = n.threshold if self.kind == "Threshold" else n.v_threshold
        v_reset = np.zeros_like(v) if self.kind == "Threshold" else n.v_reset
        if self.reset == "subtract_later":
            v = v - self.spike * (threshold - v_reset)
        elif self.reset == "to_value_later":
            v = np.where(self.spike > 0, v_reset, v)
        self.spike = (v >= threshold if self.at else v > threshold).astype(float)
        self.seen = v
        if self.reset == "subtract":
            v = v - self.spike * (threshold - v_reset)
        elif self.reset == "to_value":
            v = np.where(self.spike > 0, v_reset, v)
        self.v = v
        return self.spike, self.seen - threshold


def delay_steps(node, dt):
    return np.rint(np.asarray(node.delay) / dt).astype(int)


def delayed(node, history, t, dt):
    """Each element as it was its delay ago."""
    steps = delay_steps(node, dt)
    result = np.zeros(steps.shape)
    for index in np.ndindex(result.shape):
        past = t - steps[index]
        result[index] = history[past][index] if past >= 0 else 0
    return result


def simulate(graph, inputs, dt, recurrent=(), reset="to_value", at_threshold=False, late=False):
    """inputs: Input node -> [steps, *shape]. recurrent: edges (flat names) that carry the step before."""
    nodes, edges = flat(graph)
    edges = list(dict.fromkeys(edges))
    neurons = {name: Neurons(node, dt, reset, at_threshold, late) for name, node in nodes.items()
               if type(node).__name__ in ("I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Threshold")}
    before = {name: [(a, (a, b) in recurrent) for a, b in edges if b == name] for name in nodes}
    old = {name for name, node in nodes.items() if type(node).__name__ == "Delay" and delay_steps(node, dt).min() >= 1}
    order = sorted(old)  # what they put out came in before this step
    while len(order) < len(nodes):
        ready = [name for name in nodes if name not in order and all(a in order or earlier for a, earlier in before[name])]
        assert ready, "a loop without a recurrent edge"
        order += ready
    result = Simulated({name: [] for name in nodes}, {name: [] for name in neurons}, {name: [] for name in neurons})
    seen = {name: [] for name in nodes}

    def arriving(name, t):
        """The sum of what comes in, in step t."""
        return sum((result.out[a][t - 1 if earlier else t] for a, earlier in before[name] if not earlier or t > 0), 0.0)

    for t in range(len(next(iter(inputs.values())))):
        for name in order:
            node, kind = nodes[name], type(nodes[name]).__name__
            if name in old:
                result.out[name].append(delayed(node, seen[name], t, dt))
                continue
            x = arriving(name, t)
            if np.ndim(x) == 0 and kind == "Linear":  # a loop in its first step
                x = np.zeros(np.shape(node.weight)[-1])
            if kind == "Input" and not before[name]:
                x = np.asarray(inputs[name][t], float)
            seen[name].append(x)
            y = x
            if kind in ("Affine", "Linear"):
                y = np.asarray(node.weight, float) @ x + (node.bias if kind == "Affine" else 0)
            elif kind in ("Conv1d", "Conv2d"):
                y = convolution(node, x)
            elif kind in ("SumPool2d", "AvgPool2d"):
                y = pool(node, x, kind == "AvgPool2d")
            elif kind == "Scale":
                y = x * node.scale
            elif kind == "Delay":
                y = delayed(node, seen[name], t, dt)
            elif kind == "Flatten":
                y = x.reshape(-1)
            elif name in neurons:
                y, margin = neurons[name].step(x)
                result.margin[name].append(margin)
                result.v[name].append(neurons[name].v)
            result.out[name].append(y)
        for name in old:
            seen[name].append(arriving(name, t))
    for each in (result.out, result.v):
        for name in each:
            each[name] = np.array([np.broadcast_to(value, np.shape(each[name][-1])) for value in each[name]])
    return result
