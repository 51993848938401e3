// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>

#include "spikemesh/error.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {

/// One population (or projection) being checked: knows its path.
struct Place {
  const Network& network;
  std::string path;

  [[noreturn]] void fail(const std::string& rest, const std::string& message) const {
    throw InputError(network.where(path + rest) + ": " + message);
  }
  template <typename T>
  void size(const Values<T>& values, std::size_t wanted, const std::string& rest,
            const char* of) const {
    if (values.size() > 1 && values.size() != wanted)
      fail(rest, fmt::format("{} values for {} {}; give one value, or one for each", values.size(),
                             wanted, of));
  }
};

template <typename T>
std::string element(const Values<T>& values, std::size_t i) {
  return values.single() ? "" : fmt::format("/{}", i);
}

/// Throws InputError unless the size is that of the shape.
void check_shape(const Place& place, const Population& population);
/// Throws InputError for potentials and currents to begin with that no neuron can have.
void check_state(const Place& place, const Population& population);
/// Throws InputError unless the window of a conv2d or pool2d projection and the shapes that it
/// joins fit together.
void check_layer(const Place& place, const Projection& projection);
/// `/2/0/1/1`: the path of the i-th value of a conv2d projection, which has fitting shapes, below
/// its kernel.
std::string kernel_rest(const Network& network, const Projection& projection, std::size_t i);

}  // namespace spikemesh
