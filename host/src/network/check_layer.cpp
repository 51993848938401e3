// SPDX-License-Identifier: Apache-2.0
// Shapes of populations, and of the layers between them.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "network/check_place.hpp"
#include "network/layer.hpp"
#include "network/network_check.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh {
namespace {

using Shape = std::vector<std::uint32_t>;

std::string text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

const char* name_of(const Projection& projection) {
  return projection.connect == Connect::conv2d ? "conv2d" : "pool2d";
}

const Shape& shape_of(const Place& place, const Projection& projection, Network::Id id,
                      const char* rest) {
  const Population& population = place.network.populations()[id];
  if (population.shape.size() != 3)
    place.fail(rest,
               fmt::format("{} joins shapes [channels, height, width], but \"{}\" has {}; give "
                           "the population such a shape",
                           name_of(projection), population.name,
                           population.shape.empty() ? "none" : text(population.shape)));
  return population.shape;
}

void check_window(const Place& place, const Window& window) {
  struct Rule {
    const char* key;
    const Window::Pair& pair;
    std::uint32_t min;
  };
  for (const Rule& rule :
       {Rule{"/kernel_size", window.size, 1}, Rule{"/stride", window.stride, 1},
        Rule{"/padding", window.padding, 0}, Rule{"/dilation", window.dilation, 1}})
    for (const std::uint32_t value : rule.pair)
      if (value < rule.min || value > kWindowMax)
        place.fail(rule.key,
                   fmt::format("{}, but {}..{} are allowed", value, rule.min, kWindowMax));
}

void check_channels(const Place& place, const Projection& projection, const Shape& from,
                    const Shape& to) {
  const std::uint32_t groups = projection.window.groups;
  if (projection.connect == Connect::pool2d && groups != 1)
    place.fail("/groups",
               fmt::format("{}, but pool2d has each channel for itself; remove it", groups));
  if (projection.connect == Connect::pool2d && from[0] != to[0])
    place.fail("/to", fmt::format("{} channels, but pool2d keeps the {} of the sending population; "
                                  "make them equal",
                                  to[0], from[0]));
  if (groups < 1 || from[0] % groups != 0 || to[0] % groups != 0)
    place.fail("/groups", fmt::format("{}, but it must divide the {} channels that send and the {} "
                                      "that receive; choose another",
                                      groups, from[0], to[0]));
}

}  // namespace

std::uint32_t size_of_shape(const Network& network, const Shape& shape) {
  const Place place{network, fmt::format("/populations/{}", network.populations().size())};
  std::uint64_t size = 1;
  for (const std::uint32_t axis : shape) {
    size *= axis;
    if (axis == 0)
      place.fail("/shape", fmt::format("{}, but each axis has at least 1 neuron", text(shape)));
    if (size > kUnitsMax)
      place.fail("/shape", fmt::format("{}, but a network has at most {} inputs and neurons; make "
                                       "it smaller",
                                       text(shape), kUnitsMax));
  }
  return static_cast<std::uint32_t>(size);
}

void check_shape(const Place& place, const Population& population) {
  if (population.shape.empty()) return;
  const std::uint32_t size = size_of_shape(place.network, population.shape);
  if (size != population.size)
    place.fail("/shape", fmt::format("{} has {} neurons, but the size is {}; leave one of them out",
                                     text(population.shape), size, population.size));
}

void check_state(const Place& place, const Population& population) {
  const bool raw = std::holds_alternative<RawNeurons>(population.neurons);
  constexpr double kMax = (1 << (spec::kStateBits - 1)) - 1;
  const auto check = [&](const Values<double>& values, const char* rest, const char* what) {
    place.size(values, population.size, rest, "neurons");
    if (values.given() && population.is_input())
      place.fail(rest, fmt::format("these are inputs, which have no {}; remove it", what));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      if (raw && !(value == std::floor(value) && value >= -kMax - 1 && value <= kMax))
        place.fail(rest + element(values, i),
                   fmt::format("{}, but an integer of {}..{} is needed", value, -kMax - 1, kMax));
      if (!std::isfinite(value))
        place.fail(rest + element(values, i),
                   fmt::format("{}, but a finite number is needed", value));
    }
  };
  check(population.v, "/v", "potential");
  check(population.i, "/i", "current");
}

void check_layer(const Place& place, const Projection& projection) {
  if (!is_layer(projection)) {
    if (projection.window != Window{})
      place.fail("/connect", "only conv2d and pool2d have a window that slides; remove it");
    return;
  }
  const Shape& from = shape_of(place, projection, projection.from, "/from");
  const Shape& to = shape_of(place, projection, projection.to, "/to");
  check_window(place, projection.window);
  check_channels(place, projection, from, to);
  const Shape fits = slide(from, projection.window, to[0]);
  if (fits[1] == 0 || fits[2] == 0)
    place.fail(
        "/kernel_size",
        fmt::format("[{}] with the dilation [{}] goes beyond the {} x {} neurons of a channel "
                    "and the padding [{}]; make the kernel smaller or the padding larger",
                    fmt::join(projection.window.size, ", "),
                    fmt::join(projection.window.dilation, ", "), from[1], from[2],
                    fmt::join(projection.window.padding, ", ")));
  if (fits != to)
    place.fail("/to",
               fmt::format("\"{}\" has the shape {}, but {} of {} gives {}; give it that shape",
                           place.network.populations()[projection.to].name, text(to),
                           name_of(projection), text(from), text(fits)));
  if (const std::size_t count = place.network.weight_count(projection);
      projection.connect == Connect::conv2d && projection.weight.size() != count)
    place.fail("/weight", fmt::format("{} values for {} places of the kernel; give each place one",
                                      projection.weight.size(), count));
  if (projection.connect == Connect::pool2d &&
      (projection.weight.size() > 1 || projection.delay.size() > 1))
    place.fail(projection.weight.size() > 1 ? "/weight" : "/delay",
               "pool2d has one for all its synapses; use conv2d for several");
}

void Network::check_kernel(const Projection& projection,
                           const std::vector<std::size_t>& shape) const {
  const Place place{*this, fmt::format("/projections/{}", projections_.size())};
  const Shape& from = shape_of(place, projection, projection.from, "/from");
  const Shape& to = shape_of(place, projection, projection.to, "/to");
  check_channels(place, projection, from, to);
  const std::size_t seen = from[0] / projection.window.groups;
  if (shape.size() == 4 && shape[0] == to[0] && shape[1] == seen) return;
  place.fail("/weight", fmt::format("a kernel of the shape ({}), but ({}, {}, height, width) is "
                                    "needed: channels that receive, channels that send / groups",
                                    fmt::join(shape, ", "), to[0], seen));
}

std::string kernel_rest(const Network& network, const Projection& projection, std::size_t i) {
  const Window& window = projection.window;
  const std::size_t plane = std::size_t{window.size[0]} * window.size[1];
  const std::size_t places =
      network.populations()[projection.from].shape[0] / window.groups * plane;
  return fmt::format("/{}/{}/{}/{}", i / places, i % places / plane, i % plane / window.size[1],
                     i % window.size[1]);
}

}  // namespace spikemesh
