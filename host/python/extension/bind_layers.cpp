// SPDX-License-Identifier: Apache-2.0
// Layers of shapes: spikemesh/layers.py and Network.connect_conv2d are made of it.
#include "host/python/extension/bind.hpp"

namespace py = pybind11;

namespace spikemesh::sim {
namespace {

using Id = Network::Id;

/// (vertical, horizontal), or one number for both.
Window::Pair pair_of(const py::object& object, const char* name) {
  const auto array = py::array::ensure(object);
  if (!array) PyErr_Clear();
  if (array && array.ndim() == 0) {
    const auto both = number<std::uint32_t>(object, name);
    return {both, both};
  }
  const auto given = numbers<std::uint32_t>(object, name);
  if (given.size() != 2)
    throw InputError(fmt::format("{}: {} numbers, but one or (vertical, horizontal) are needed",
                                 name, given.size()));
  return {given[0], given[1]};
}

std::vector<std::size_t> shape_of(const py::array& array) {
  return {array.shape(), array.shape() + array.ndim()};
}

/// `kernel`: of conv2d, [out, in / groups, height, width]; of pool2d, the weight.
Id add_layer(Network& self, Id from, Id to, const std::string& connect, const py::object& kernel,
             const py::object& kernel_size, const py::object& stride, const py::object& padding,
             const py::object& dilation, const py::object& groups, const py::object& delay,
             bool in_ms) {
  Projection projection{.from = from, .to = to};
  projection.connect = connect == "conv2d" ? Connect::conv2d : Connect::pool2d;
  for (const Id id : {from, to})
    if (id >= self.populations().size())
      throw InputError(
          fmt::format("population: {}, but there are {}", id, self.populations().size()));
  Window& window = projection.window;
  window.groups = number<std::uint32_t>(groups, "groups");
  if (projection.connect == Connect::conv2d) {
    const auto given = py::array::ensure(kernel);
    if (!given) PyErr_Clear();
    self.check_kernel(projection, given ? shape_of(given) : std::vector<std::size_t>{});
    projection.weight = numbers<double>(kernel, "kernel", 4);
    window.size = {static_cast<std::uint32_t>(given.shape(2)),
                   static_cast<std::uint32_t>(given.shape(3))};
    const auto delays = py::array::ensure(delay);
    if (!delays) PyErr_Clear();
    if (delays && delays.ndim() > 0 && shape_of(delays) != shape_of(given))
      throw InputError(self.where_projection(
          static_cast<Id>(self.projections().size()),
          "/delay: one number or an array of the shape of the kernel is needed"));
    projection.delay = delays && delays.ndim() == 4
                           ? Values<std::uint32_t>(numbers<std::uint32_t>(delay, "delay", 4))
                           : values<std::uint32_t>(delay, "delay");
  } else {
    projection.weight = number<double>(kernel, "weight");
    window.size = pair_of(kernel_size, "kernel_size");
    projection.delay = number<std::uint32_t>(delay, "delay");
  }
  window.stride = stride.is_none() ? window.size : pair_of(stride, "stride");
  window.padding = pair_of(padding, "padding");
  window.dilation = pair_of(dilation, "dilation");
  projection.delay_in_ms = in_ms;
  return self.add(std::move(projection));
}

/// The shape that a window makes of `shape`, with so many channels.
std::vector<std::uint32_t> slid(const std::vector<std::uint32_t>& shape, std::uint32_t channels,
                                const py::object& kernel_size, const py::object& stride,
                                const py::object& padding, const py::object& dilation) {
  Window window;
  window.size = pair_of(kernel_size, "kernel_size");
  window.stride = stride.is_none() ? window.size : pair_of(stride, "stride");
  window.padding = pair_of(padding, "padding");
  window.dilation = pair_of(dilation, "dilation");
  for (const auto& [name, pair] :
       {std::pair{"kernel_size", window.size}, std::pair{"stride", window.stride},
        std::pair{"dilation", window.dilation}})
    if (pair[0] < 1 || pair[1] < 1)
      throw InputError(
          fmt::format("{}: ({}, {}), but both are at least 1", name, pair[0], pair[1]));
  return slide(shape, window, channels);
}

}  // namespace

void bind_layers(py::class_<Network>& network) {
  const auto arg = [](const char* name) { return py::arg(name); };
  network
      .def("_add_layer", &add_layer, arg("from_"), arg("to"), arg("connect"), arg("kernel"),
           arg("kernel_size"), arg("stride"), arg("padding"), arg("dilation"), arg("groups"),
           arg("delay"), arg("in_ms"))
      .def_static("_slid", &slid, arg("shape"), arg("channels"), arg("kernel_size"), arg("stride"),
                  arg("padding"), arg("dilation"));
}

}  // namespace spikemesh::sim
