# SPDX-License-Identifier: Apache-2.0
"""The linear nodes of NIR as sparse matrices over flat elements, in the order of NIR (C order of the shape)."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _core
from .matrix import Array, Matrix

Shape = tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class LinearMap:
    """What a linear node does: matrix, shape of its output, and the constant that it adds ([rows]), if any."""

    matrix: Matrix
    shape: Shape
    bias: Array | None = None


def refuse(name: str, message: str) -> _core.InputError:
    """The error that names a node."""
    return _core.InputError(f'NIR node "{name}": {message}')


def broadcast(name: str, key: str, value: Any, shape: Shape) -> Array:
    """A parameter as one number for each element of `shape`, flat [size]."""
    array = np.asarray(value, np.float64)
    if array.size == 1:
        array = array.reshape(())
    try:
        array = np.broadcast_to(array, shape)
    except ValueError:
        raise refuse(name, f"{key} has the shape {np.shape(value)}, but the node {shape}") from None
    if not np.all(np.isfinite(array)):
        raise refuse(name, f"{key} holds {array[~np.isfinite(array)].flat[0]}; all values must be finite numbers "
                           "(a framework that never leaks exports infinity: use an IF or I node there)")
    return array.reshape(-1)


def _pair(name: str, key: str, value: Any, axes: int) -> tuple[int, ...]:
    numbers = np.ravel(np.asarray(value))
    if numbers.size not in (1, axes) or numbers.dtype.kind not in "iu" or np.any(numbers < 0):
        raise refuse(name, f"{key} is {value!r}, but {axes} integers of at least 0 are needed")
    return tuple(int(n) for n in np.broadcast_to(numbers, axes))


@dataclasses.dataclass(frozen=True)
class _Axis:
    """One axis of a window that slides: which output position meets which input position by which kernel position."""

    size: int
    output: Array
    kernel: Array
    input: Array


def _axis(name: str, size: int, kernel: int, stride: int, before: int, after: int, dilation: int) -> _Axis:
    if stride < 1 or dilation < 1:
        raise refuse(name, f"stride {stride}, dilation {dilation}, but both are at least 1")
    span = dilation * (kernel - 1) + 1
    count = (size + before + after - span) // stride + 1
    if count < 1:
        raise refuse(name, f"its window of {span} is larger than its input of {size} with padding {before} + {after}")
    output, taps = np.meshgrid(np.arange(count), np.arange(kernel), indexing="ij")
    position = output * stride + taps * dilation - before
    inside = (position >= 0) & (position < size)
    return _Axis(count, output[inside], taps[inside], position[inside])


def _padding(name: str, node: Any, kernel: Shape, stride: Shape, dilation: Shape) -> list[tuple[int, int]]:
    padding = node.padding
    if isinstance(padding, bytes):
        padding = padding.decode()
    if isinstance(padding, str):
        if padding == "valid":
            return [(0, 0)] * len(kernel)
        if padding != "same" or any(s != 1 for s in stride):
            raise refuse(name, f'padding "{padding}" with stride {stride}; "same" needs a stride of 1, and numbers, '
                               '"same" and "valid" are known')
        spans = [d * (k - 1) for d, k in zip(dilation, kernel)]
        return [(span // 2, span - span // 2) for span in spans]
    return [(p, p) for p in _pair(name, "padding", padding, len(kernel))]


def _convolution(name: str, node: Any, shape: Shape, axes: int) -> LinearMap:
    weight = np.asarray(node.weight, np.float64)
    if weight.ndim != axes + 2 or len(shape) != axes + 1:
        raise refuse(name, f"weight has the shape {weight.shape} and its input {shape}, but {axes + 2} and {axes + 1} "
                           "dimensions are needed (channels first; no batch); give input_shape=")
    groups = int(np.asarray(node.groups).item())
    outputs, inputs = weight.shape[:2]
    if groups < 1 or inputs * groups != shape[0] or outputs % groups:
        raise refuse(name, f"weight {weight.shape} with {groups} groups does not fit an input of {shape[0]} channels")
    kernel, stride = weight.shape[2:], _pair(name, "stride", node.stride, axes)
    dilation = _pair(name, "dilation", node.dilation, axes)
    padding = _padding(name, node, kernel, stride, dilation)
    if axes == 1:  # one row
        weight, kernel, stride, dilation = weight[:, :, None], (1, *kernel), (1, *stride), (1, *dilation)
        padding, shape = [(0, 0), *padding], (shape[0], 1, shape[1])
    y, x = (_axis(name, shape[i + 1], kernel[i], stride[i], *padding[i], dilation[i]) for i in range(2))
    o, i = np.arange(outputs)[:, None, None, None], np.arange(inputs)[None, :, None, None]
    channel = o // (outputs // groups) * inputs + i
    row = (o * y.size + y.output[:, None]) * x.size + x.output
    col = (channel * shape[1] + y.input[:, None]) * shape[2] + x.input
    matrix = Matrix.of(outputs * y.size * x.size, math.prod(shape), row, col,
                       weight[o, i, y.kernel[:, None], x.kernel]).merged()
    bias = np.repeat(broadcast(name, "bias", node.bias, (outputs,)), y.size * x.size)
    return LinearMap(matrix, (outputs, y.size, x.size) if axes == 2 else (outputs, x.size), bias)


def _pool(name: str, node: Any, shape: Shape, average: bool) -> LinearMap:
    if len(shape) != 3:
        raise refuse(name, f"its input has the shape {shape}, but (channels, height, width) is needed; give input_shape=")
    kernel, stride = (_pair(name, key, getattr(node, key), 2) for key in ("kernel_size", "stride"))
    padding = _pair(name, "padding", node.padding, 2)
    y, x = (_axis(name, shape[i + 1], kernel[i], stride[i], padding[i], padding[i], 1) for i in range(2))
    channel = np.arange(shape[0])[:, None, None]
    row = (channel * y.size + y.output[:, None]) * x.size + x.output
    col = (channel * shape[1] + y.input[:, None]) * shape[2] + x.input
    matrix = Matrix.of(shape[0] * y.size * x.size, math.prod(shape), row, col,
                       1 / (kernel[0] * kernel[1]) if average else 1)
    return LinearMap(matrix.merged(), (shape[0], y.size, x.size))


def _dense(name: str, node: Any, shape: Shape) -> LinearMap:
    """W x along the last axis; further axes of W go with those of x."""
    weight = np.asarray(node.weight, np.float64)
    lead = shape[:-1]
    if weight.shape[-1] != (shape[-1] if shape else None) or (weight.ndim > 2 and weight.shape[:-2] != lead):
        raise refuse(name, f"weight has the shape {weight.shape}, but its input {shape}; the last axes must be equal "
                           "(is a Flatten node missing?)")
    outputs, inputs = weight.shape[-2:]
    count = math.prod(lead)
    weight = np.broadcast_to(weight if weight.ndim > 2 else weight[(None,) * len(lead)], (*lead, outputs, inputs))
    block = np.arange(count)[:, None, None]
    matrix = Matrix.of(count * outputs, count * inputs, block * outputs + np.arange(outputs)[:, None],
                       block * inputs + np.arange(inputs), weight.reshape(count, outputs, inputs)).merged()
    out = (*lead, outputs)
    bias = broadcast(name, "bias", node.bias, out) if hasattr(node, "bias") else None
    return LinearMap(matrix, out, bias)


def _delay(name: str, node: Any, shape: Shape, dt: float, told: Callable[[str], None]) -> LinearMap:
    exact = broadcast(name, "delay", node.delay, shape) / dt
    steps = np.rint(exact)
    if np.any(steps < 0):
        raise refuse(name, f"delay {exact.min() * dt:g} is below 0")
    off = np.abs(exact - steps)
    if off.size and off.max() > 1e-6 * max(1.0, float(exact.max())):
        told(f'Delay "{name}": {np.count_nonzero(off > 1e-6)} of {off.size} delays are rounded to whole steps of {dt:g}, '
             f"by {off.max():.3g} steps at most; choose dt so that they are multiples of it")
    return LinearMap(Matrix.diagonal(np.ones(steps.size), steps), shape)


def _flatten(name: str, node: Any, shape: Shape) -> LinearMap:
    axes = len(shape)
    start, end = int(np.asarray(node.start_dim).item()), int(np.asarray(node.end_dim).item())
    start, end = start % max(axes, 1), end + axes if end < 0 else min(end, axes - 1)
    if end > start:
        shape = (*shape[:start], math.prod(shape[start:end + 1]), *shape[end + 1:])
    return LinearMap(Matrix.identity(math.prod(shape)), shape)


def linear_map(name: str, node: Any, shape: Shape, dt: float, told: Callable[[str], None]) -> LinearMap | None:
    """The map of a linear node for an input of `shape`; None: the node is none. `told` gets what is not exact."""
    kind = type(node).__name__
    if kind in ("Affine", "Linear"):
        return _dense(name, node, shape)
    if kind in ("Conv1d", "Conv2d"):
        return _convolution(name, node, shape, 1 if kind == "Conv1d" else 2)
    if kind in ("SumPool2d", "AvgPool2d"):
        return _pool(name, node, shape, kind == "AvgPool2d")
    if kind == "Scale":
        return LinearMap(Matrix.diagonal(broadcast(name, "scale", node.scale, shape)).merged(), shape)
    if kind == "Delay":
        return _delay(name, node, shape, dt, told)
    if kind == "Flatten":
        return _flatten(name, node, shape)
    if kind == "Pass":
        return LinearMap(Matrix.identity(math.prod(shape)), shape)
    return None
