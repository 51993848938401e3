// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "spikemesh/error.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::sim {

void bind_network(pybind11::module_& module);
void bind_machine(pybind11::module_& module);
void bind_sweep(pybind11::module_& module);
void bind_core(pybind11::module_& module);
void bind_rules(pybind11::class_<Network>& network);
void bind_edit(pybind11::class_<Network>& network);
void bind_layers(pybind11::class_<Network>& network);
void bind_raw(pybind11::class_<RawNeurons>& raw);
void bind_physical(pybind11::class_<PhysicalNeurons>& physical);
/// Whether "subtract"; throws InputError for what is neither that nor "to_value".
bool subtracts(const std::string& reset);

/// Numbers of any array-like of one dimension (or `dimensions`), flattened row by row. `name` is
/// what errors call it, and `written` what its author wrote, where that is not `object`. Integers
/// must be integers: 1.5 is refused, 2.0 is taken.
template <typename T>
std::vector<T> numbers(const pybind11::object& object, const char* name, int dimensions = 1,
                       const pybind11::object* written = nullptr) {
  namespace py = pybind11;
  const auto given = py::array::ensure(object);
  if (!given) PyErr_Clear();
  if (!given || std::string_view("biuf").find(given.dtype().kind()) == std::string_view::npos)
    throw InputError(
        fmt::format("{}: numbers are needed, not {}", name,
                    py::repr(written ? *written : object).cast<std::string>().substr(0, 60)));
  const auto array = py::array_t<double, py::array::c_style | py::array::forcecast>::ensure(given);
  if (array.ndim() != dimensions)
    throw InputError(fmt::format("{}: an array of {} dimensions, but {} are needed", name,
                                 array.ndim(), dimensions));
  std::vector<T> values;
  values.reserve(static_cast<std::size_t>(array.size()));
  for (py::ssize_t i = 0; i < array.size(); ++i) {
    const double value = array.data()[i];
    if constexpr (std::is_integral_v<T>) {
      if (value != std::floor(value) ||
          value < static_cast<double>(std::numeric_limits<T>::min()) ||
          value > static_cast<double>(std::numeric_limits<T>::max()) || std::abs(value) > 0x1p53)
        throw InputError(fmt::format("{}: {}, but {}integers are needed", name, value,
                                     std::is_signed_v<T> ? "" : "non-negative "));
    }
    values.push_back(static_cast<T>(value));
  }
  return values;
}

/// One number. Integers must be integers and have room in T; InputError calls it `name`.
template <typename T>
T number(const pybind11::object& object, const char* name) {
  namespace py = pybind11;
  if constexpr (std::is_integral_v<T>) {
    const auto index = py::reinterpret_steal<py::object>(PyNumber_Index(object.ptr()));
    if (index) {
      try {
        return index.cast<T>();
      } catch (const py::cast_error&) {
        throw InputError(fmt::format("{}: {}, but an integer of {} to {} is needed", name,
                                     py::str(index).cast<std::string>(),
                                     std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
      }
    }
    PyErr_Clear();
  }
  const auto one = py::array::ensure(object);
  if (!one) PyErr_Clear();
  if (one && one.ndim() != 0)
    throw InputError(
        fmt::format("{}: an array of {} numbers, but one is needed", name, one.size()));
  return numbers<T>(py::make_tuple(object), name, 1, &object).front();
}

/// None, one number, or one for each.
template <typename T>
Values<T> values(const pybind11::object& object, const char* name) {
  if (object.is_none()) return {};
  const auto array = pybind11::array::ensure(object);
  if (!array) PyErr_Clear();
  return array && array.ndim() == 0 ? Values<T>(number<T>(object, name)) : numbers<T>(object, name);
}

/// A structured or plain column of `values` as a numpy array of its own.
template <typename T>
pybind11::array_t<T> column(const std::vector<T>& values) {
  return pybind11::array_t<T>(static_cast<pybind11::ssize_t>(values.size()), values.data());
}

}  // namespace spikemesh::sim
