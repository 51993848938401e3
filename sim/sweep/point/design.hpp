// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "network/network_json_cursor.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// How a design places the parts of the network, by the name that SWEEP.json has for it.
struct PlacementChoice {
  std::string name = "mapper";
  Placement placement = Placement::annealed;
  bool measured = false;           ///< by the spikes of the run instead of one of each neuron
  std::vector<TilePlace> tiles{};  ///< of `given`
};

/// One design of a sweep: all that its points may change.
struct Design {
  spec::Build build;
  std::optional<std::uint64_t> seed{};  ///< instead of the one of the sweep
  std::uint32_t min_tiles = 0;
  std::uint32_t period = 0;  ///< fewest cycles of a step
  std::optional<double> split_weights{};
  double clock_mhz = 50;
  std::optional<double> baud{};
  PlacementChoice placement{};

  /// What the mapper is told, but for the traffic.
  MapOptions map_options(std::uint64_t point_seed) const;
  /// The baud rate of the UART: the one asked for, or the clock divided by UartDivisor.
  double baud_rate() const;
};

/// A value of a parameter, as SWEEP.json gives it.
using Value = std::variant<std::uint64_t, double, PlacementChoice>;

/// A parameter that a sweep may change: a build parameter of the specification, or one of the
/// others of docs/exploration/sweep.md.
class Parameter {
 public:
  std::string_view name() const { return name_; }
  /// Throws InputError, which names path, value and what is allowed.
  Value read(const JsonCursor& cursor) const;
  /// All values from .. to that the parameter takes, ascending. Throws InputError, which names the
  /// path of `dimension`, for a parameter that is no whole number.
  std::vector<Value> range(const JsonCursor& dimension, const JsonCursor& from,
                           const JsonCursor& to) const;
  void set(Design& design, const Value& value) const;

  /// Those there are.
  static const std::vector<Parameter>& all();
  /// Throws InputError, which names the path of `cursor`, for any other name.
  static const Parameter& find(const std::string& name, const JsonCursor& cursor);

 private:
  enum class Kind : std::uint8_t {
    build,
    seed,
    min_tiles,
    period,
    split_weights,
    clock_mhz,
    baud,
    placement
  };
  Parameter(std::string_view name, Kind kind, const spec::BuildRule* rule)
      : name_(name), kind_(kind), rule_(rule) {}
  bool whole() const { return kind_ <= Kind::period; }

  std::string_view name_;
  Kind kind_;
  const spec::BuildRule* rule_;  ///< of a build parameter
};

/// Values of some parameters, set one after another.
using Assignment = std::vector<std::pair<const Parameter*, Value>>;

/// The design as JSON: every parameter, in the order of Parameter::all().
std::string to_json(const Design& design, std::uint64_t seed);

}  // namespace spikemesh::sim
