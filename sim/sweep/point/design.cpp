// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/design.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "spikemesh/build_rules.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::int64_t kMostSeed = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMostTiles = std::int64_t{1} << 2 * spec::kCoordBits;
constexpr std::int64_t kMostPeriod = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kMostValues = 1'000'000;  // of a range

/// Those without tiles of their own.
const std::vector<PlacementChoice>& placements() {
  static const std::vector<PlacementChoice> all{{"mapper", Placement::annealed},
                                                {"annealed", Placement::annealed, true},
                                                {"row_major", Placement::row_major},
                                                {"random", Placement::random},
                                                {"spectral", Placement::spectral, true}};
  return all;
}

/// A name, or {"tiles": [[x, y], ...]}.
PlacementChoice read_placement(const JsonCursor& cursor) {
  if (!cursor.is_object()) {
    std::vector<std::string_view> names;
    for (const PlacementChoice& each : placements()) names.push_back(each.name);
    return placements()[cursor.choice(names)];
  }
  cursor.object({"tiles"});
  PlacementChoice choice{"given", Placement::given};
  const JsonCursor tiles = cursor.at("tiles");
  for (std::size_t i = 0; i < tiles.array_size(); ++i) {
    const JsonCursor tile = tiles.at(i);
    if (tile.array_size() != 2)
      tile.fail(fmt::format("{} values, but a tile is written as [x, y]", tile.array_size()));
    choice.tiles.push_back({static_cast<std::uint32_t>(tile.at(std::size_t{0}).integer(0, 63)),
                            static_cast<std::uint32_t>(tile.at(1).integer(0, 63))});
  }
  return choice;
}

}  // namespace

MapOptions Design::map_options(std::uint64_t point_seed) const {
  return {.seed = point_seed,
          .min_tiles = min_tiles,
          .split_weights = split_weights,
          .placement = placement.placement,
          .tiles = placement.tiles};
}

double Design::baud_rate() const { return baud.value_or(clock_mhz * 1e6 / build.uart_divisor); }

const std::vector<Parameter>& Parameter::all() {
  static const std::vector<Parameter> parameters = [] {
    std::vector<Parameter> made;
    for (const spec::BuildRule& rule : spec::kBuildRules)
      made.push_back(Parameter(rule.name, Kind::build, &rule));
    made.push_back(Parameter("seed", Kind::seed, nullptr));
    made.push_back(Parameter("min_tiles", Kind::min_tiles, nullptr));
    made.push_back(Parameter("period", Kind::period, nullptr));
    made.push_back(Parameter("split_weights", Kind::split_weights, nullptr));
    made.push_back(Parameter("clock_mhz", Kind::clock_mhz, nullptr));
    made.push_back(Parameter("baud", Kind::baud, nullptr));
    made.push_back(Parameter("placement", Kind::placement, nullptr));
    return made;
  }();
  return parameters;
}

const Parameter& Parameter::find(const std::string& name, const JsonCursor& cursor) {
  std::vector<std::string_view> names;
  for (const Parameter& each : all()) {
    if (each.name() == name) return each;
    names.push_back(each.name());
  }
  cursor.fail(
      fmt::format("\"{}\" is no parameter; there are {}", shown(name), fmt::join(names, ", ")));
}

Value Parameter::read(const JsonCursor& cursor) const {
  switch (kind_) {
    case Kind::build: {
      const auto value = static_cast<std::uint64_t>(cursor.integer(0, kMostSeed));
      if (!spec::allows(*rule_, value))
        cursor.fail(fmt::format("{}, but {} is {}", value, name_, spec::allowed(*rule_)));
      return value;
    }
    case Kind::seed:
      return static_cast<std::uint64_t>(cursor.integer(0, kMostSeed));
    case Kind::min_tiles:
      return static_cast<std::uint64_t>(cursor.integer(0, kMostTiles));
    case Kind::period:
      return static_cast<std::uint64_t>(cursor.integer(0, kMostPeriod));
    case Kind::split_weights:
      if (!(cursor.number() >= 0 && cursor.number() < 1))
        cursor.fail(fmt::format("{}, but {} is from 0 to below 1", cursor.number(), name_));
      return cursor.number();
    case Kind::placement:
      return read_placement(cursor);
    case Kind::clock_mhz:
    case Kind::baud:
      break;
  }
  const double value = cursor.number();
  if (!(value > 0 && value <= 1e9))
    cursor.fail(fmt::format("{}, but {} is above 0 and at most 1e9", value, name_));
  return value;
}

std::vector<Value> Parameter::range(const JsonCursor& dimension, const JsonCursor& from,
                                    const JsonCursor& to) const {
  if (!whole())
    dimension.fail(
        fmt::format("{} is no whole number, so it has no range; give \"values\"", name_));
  const auto first = std::get<std::uint64_t>(read(from)), last = std::get<std::uint64_t>(read(to));
  if (last < first) to.fail(fmt::format("{} is below \"from\", {}; exchange them", last, first));
  if (last - first >= kMostValues)
    dimension.fail(fmt::format("{} values, but at most {} are allowed; narrow the range",
                               last - first + 1, kMostValues));
  std::vector<Value> values;
  for (std::uint64_t value = first; value <= last; ++value)
    if (rule_ == nullptr || spec::allows(*rule_, value)) values.emplace_back(value);
  return values;
}

void Parameter::set(Design& design, const Value& value) const {
  const auto integer = [&] { return std::get<std::uint64_t>(value); };
  const auto real = [&] { return std::get<double>(value); };
  switch (kind_) {
    case Kind::build:
      design.build.*rule_->member = static_cast<std::uint32_t>(integer());
      break;
    case Kind::seed:
      design.seed = integer();
      break;
    case Kind::min_tiles:
      design.min_tiles = static_cast<std::uint32_t>(integer());
      break;
    case Kind::period:
      design.period = static_cast<std::uint32_t>(integer());
      break;
    case Kind::split_weights:
      design.split_weights = real();
      break;
    case Kind::clock_mhz:
      design.clock_mhz = real();
      break;
    case Kind::baud:
      design.baud = real();
      break;
    case Kind::placement:
      design.placement = std::get<PlacementChoice>(value);
      break;
  }
}

std::string to_json(const Design& design, std::uint64_t seed) {
  nlohmann::ordered_json json;
  for (const spec::BuildRule& rule : spec::kBuildRules)
    json[std::string(rule.name)] = design.build.*rule.member;
  json["seed"] = seed;
  json["min_tiles"] = design.min_tiles;
  json["period"] = design.period;
  if (design.split_weights) json["split_weights"] = *design.split_weights;
  json["clock_mhz"] = design.clock_mhz;
  json["baud"] = design.baud_rate();
  json["placement"] = design.placement.name;
  if (design.placement.placement == Placement::given) {
    nlohmann::ordered_json tiles = nlohmann::ordered_json::array();
    for (const TilePlace& tile : design.placement.tiles) tiles.push_back({tile.x, tile.y});
    json["placement"] = {{"tiles", tiles}};
  }
  return json.dump();
}

}  // namespace spikemesh::sim
