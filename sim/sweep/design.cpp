// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/design.hpp"

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
constexpr std::uint64_t kMostValues = 1'000'000;  // of a range

}  // namespace

MapOptions Design::map_options(std::uint64_t point_seed) const {
  return {.seed = point_seed, .min_tiles = min_tiles, .split_weights = split_weights};
}

double Design::baud_rate() const { return baud.value_or(clock_mhz * 1e6 / build.uart_divisor); }

const std::vector<Parameter>& Parameter::all() {
  static const std::vector<Parameter> parameters = [] {
    std::vector<Parameter> made;
    for (const spec::BuildRule& rule : spec::kBuildRules)
      made.push_back(Parameter(rule.name, Kind::build, &rule));
    made.push_back(Parameter("seed", Kind::seed, nullptr));
    made.push_back(Parameter("min_tiles", Kind::min_tiles, nullptr));
    made.push_back(Parameter("split_weights", Kind::split_weights, nullptr));
    made.push_back(Parameter("clock_mhz", Kind::clock_mhz, nullptr));
    made.push_back(Parameter("baud", Kind::baud, nullptr));
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
    case Kind::split_weights:
      if (!(cursor.number() >= 0 && cursor.number() < 1))
        cursor.fail(fmt::format("{}, but {} is from 0 to below 1", cursor.number(), name_));
      return cursor.number();
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
    case Kind::split_weights:
      design.split_weights = real();
      break;
    case Kind::clock_mhz:
      design.clock_mhz = real();
      break;
    case Kind::baud:
      design.baud = real();
      break;
  }
}

std::string to_json(const Design& design, std::uint64_t seed) {
  nlohmann::ordered_json json;
  for (const spec::BuildRule& rule : spec::kBuildRules)
    json[std::string(rule.name)] = design.build.*rule.member;
  json["seed"] = seed;
  json["min_tiles"] = design.min_tiles;
  if (design.split_weights) json["split_weights"] = *design.split_weights;
  json["clock_mhz"] = design.clock_mhz;
  json["baud"] = design.baud_rate();
  return json.dump();
}

}  // namespace spikemesh::sim
