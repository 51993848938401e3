# SPDX-License-Identifier: Apache-2.0
"""Layers of networks of neurons with shapes: each adds a population and joins it to one that is there.

    net = sm.Network(dt_ms=1)
    net.add_input("in", (2, 34, 34))
    lif = dict(beta=0.9, v_threshold=1)
    sm.layers.conv2d(net, "conv", "in", np.load("conv.npy"), sm.PhysicalNeurons(**lif), stride=2, padding=1)
    sm.layers.pool2d(net, "pool", "conv", 2, sm.PhysicalNeurons(**lif))
    sm.layers.dense(net, "out", "pool", np.load("out.npy"), sm.PhysicalNeurons(**lif), record=True)

Weights are laid out as in torch: kernels [channels out, channels in / groups, height, width], matrices [out, in]. The neurons of
a shape are numbered as numpy numbers an array, so spikes of "conv" may be reshaped to `net["conv"].shape`. A kernel stays a kernel
in a saved network; the mapper makes synapses of it (docs/network.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Union

import numpy as np

from . import _core
from ._calls import helpful
from .views import parameters

if TYPE_CHECKING:
    import numpy.typing as npt

    from .network import Network

    _Population = Union[str, int]
    _Neurons = Union[_core.RawNeurons, _core.PhysicalNeurons]
    _Pair = Union[int, tuple[int, int]]

__all__ = ["conv2d", "dense", "pool2d"]


@helpful
def conv2d(network: Network, name: str, from_: _Population, kernel: npt.ArrayLike, neurons: _Neurons, *, stride: _Pair = 1,
           padding: _Pair = 0, dilation: _Pair = 1, groups: int = 1, bias: npt.ArrayLike | None = None,
           delay: npt.ArrayLike | None = None, delay_ms: npt.ArrayLike | None = None, record: bool = False) -> int:
    """Adds the population `name`, whose shape follows, and slides the kernel over `from_` (Network.connect_conv2d). bias: one
    number for each channel, for neurons that have none of their own. Returns the number of the population."""
    weights = np.asarray(kernel, float)
    if weights.ndim != 4:
        raise _core.InputError(f"kernel: shape {weights.shape}, but [channels out, channels in / groups, height, width] is needed")
    shape = network._slid(_image(network, from_), weights.shape[0], weights.shape[2:], stride, padding, dilation)
    return _added(network, name, _possible(shape, from_), _biased(neurons, bias, shape), record,
                  lambda to: network.connect_conv2d(from_, to, weights, stride, padding, dilation, groups, delay, delay_ms=delay_ms))


@helpful
def pool2d(network: Network, name: str, from_: _Population, kernel_size: _Pair, neurons: _Neurons, *, weight: float | None = None,
           stride: _Pair | None = None, padding: _Pair = 0, dilation: _Pair = 1, delay: int | None = None,
           delay_ms: float | None = None, record: bool = False) -> int:
    """Adds the population `name`, whose shape follows, and pools the channels of `from_` (Network.connect_pool2d). Without a
    weight, it is the average: one divided by the neurons of a window, those beyond the edge included. weight=1 is the sum.
    Returns the number of the population."""
    before = _image(network, from_)
    shape = network._slid(before, before[0], kernel_size, stride, padding, dilation)
    each = 1 / np.prod(np.broadcast_to(kernel_size, 2)) if weight is None else weight
    return _added(network, name, _possible(shape, from_), neurons, record,
                  lambda to: network.connect_pool2d(from_, to, kernel_size, float(each), stride, padding, dilation, delay,
                                                    delay_ms=delay_ms))


@helpful
def dense(network: Network, name: str, from_: _Population, weight: npt.ArrayLike, neurons: _Neurons, *,
          bias: npt.ArrayLike | None = None, delay: npt.ArrayLike | None = None, delay_ms: npt.ArrayLike | None = None,
          record: bool = False) -> int:
    """Adds the population `name` and joins all of `from_`, flattened, to it with a matrix [out, in], as torch's Linear has it.
    bias: one number for each neuron, for neurons that have none of their own. Returns the number of the population."""
    weights = np.asarray(weight, float)
    size = network[from_].size
    if weights.ndim != 2 or weights.shape[1] != size:
        raise _core.InputError(f"weight: shape {weights.shape}, but [out, in] with the {size} neurons of \"{network[from_].name}\" is "
                               "needed")
    return _added(network, name, [weights.shape[0]], _biased(neurons, bias, [weights.shape[0]]), record,
                  lambda to: network.connect_dense(from_, to, weights.T, delay, delay_ms=delay_ms))


def _image(network: Network, from_: _Population) -> tuple[int, ...]:
    shape = network[from_].shape
    if len(shape) != 3:
        raise _core.InputError(f"\"{network[from_].name}\": shape {shape}, but (channels, height, width) is needed; give its size as such a "
                               "shape")
    return tuple(shape)


def _possible(shape: list[int], from_: _Population) -> list[int]:
    if 0 in shape:
        raise _core.InputError(f"kernel_size: the kernel is larger than \"{from_}\" with its padding; make it smaller or the padding larger")
    return shape


def _biased(neurons: _Neurons, bias: npt.ArrayLike | None, shape: list[int]) -> _Neurons:
    """A copy with a bias for each channel."""
    if bias is None:
        return neurons
    given = np.asarray(bias, float)
    if neurons.bias is not None or given.shape != (shape[0],):
        raise _core.InputError("bias: the neurons have a bias already; keep one" if neurons.bias is not None else
                               f"bias: shape {given.shape}, but one number for each of the {shape[0]} channels is needed")
    return type(neurons)(**{**parameters(neurons), "bias": np.repeat(given, int(np.prod(shape[1:])))})


def _added(network: Network, name: str, shape: list[int], neurons: _Neurons, record: bool, connect: Any) -> int:
    """The network stays as it was where the layer is refused."""
    trial = network.copy()
    number = network.add_neurons(name, shape if len(shape) > 1 else shape[0], neurons, record)
    try:
        connect(number)
    except BaseException:
        network._assign(trial)
        raise
    return number
