// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "convert/conversion_report.hpp"
#include "spikemesh/mapper.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::ordered_json;

std::string cell(const MapReport::Use& use) {
  return fmt::format("{:>6} {:>3.0f}%", use.used, 100.0 * use.used / use.available);
}

struct Memory {
  const char* name;
  MapReport::Use MapReport::Tile::*use;
};

/// Columns of the table: those of learning only where something learns.
std::vector<Memory> memories_of(const MapReport& report) {
  std::vector<Memory> memories{{"neurons", &MapReport::Tile::neurons},
                               {"synapses", &MapReport::Tile::synapses},
                               {"axons", &MapReport::Tile::axons},
                               {"fan-out", &MapReport::Tile::fanouts}};
  const auto learns = [](const MapReport::Tile& tile) { return tile.plastics.used > 0; };
  if (std::any_of(report.tiles.begin(), report.tiles.end(), learns)) {
    memories.push_back({"plastic", &MapReport::Tile::plastics});
    memories.push_back({"rules", &MapReport::Tile::rules});
  }
  return memories;
}

/// What a larger network would run out of first (of rules it would need no more).
std::string fullest_text(const MapReport& report, const std::vector<Memory>& memories) {
  const auto share = [](const MapReport::Use& use) {
    return static_cast<double>(use.used) / std::max(1u, use.available);
  };
  double most = 0;
  std::string text;
  for (const MapReport::Tile& tile : report.tiles)
    for (const Memory& memory : memories) {
      const MapReport::Use& use = tile.*memory.use;
      if (memory.use == &MapReport::Tile::rules || share(use) <= most) continue;
      most = share(use);
      text = fmt::format("Fullest memory: {}, tile ({}, {}): {} of {} in use\n", memory.name,
                         tile.x, tile.y, use.used, use.available);
    }
  return text;
}

std::string where_text(const MapReport::Tile& tile) {
  std::string text;
  for (const MapReport::Range& range : tile.ranges)
    text += fmt::format("{}{}[{}..{}]", text.empty() ? "" : " ", range.population, range.first,
                        range.first + range.count - 1);
  if (tile.relays > 0) text += fmt::format("{}{} relays", text.empty() ? "" : " ", tile.relays);
  return text;
}

Json to_value(const MapReport::Use& use) {
  return {{"used", use.used}, {"available", use.available}};
}

Json to_value(const RoundingError& error) {
  return {{"count", error.count},   {"vanished", error.vanished},
          {"coarse", error.coarse}, {"max_absolute", error.max_absolute},
          {"max", error.max},       {"rms", error.rms},
          {"worst", error.worst}};
}

Json to_value(const Values<double>& values) {
  return values.single() ? Json(values[0]) : Json(values.all());
}

Json to_value(const PopulationConversion& population) {
  Json out{{"name", population.name},
           {"v_scale", to_value(population.v_scale)},
           {"gain_max", population.gain_max},
           {"pull", population.pull}};
  for (const PopulationQuantity& quantity : kPopulationQuantities)
    out[quantity.key] = to_value(population.*quantity.error);
  return out;
}

Json to_value(const ConversionReport& report) {
  Json scales = Json::object(), populations = Json::array(), projections = Json::array(),
       rules = Json::array();
  for (const PopulationConversion& one : report.populations) {
    scales[one.name] = to_value(one.v_scale);
    populations.push_back(to_value(one));
  }
  for (const ProjectionConversion& one : report.projections)
    projections.push_back({{"from", one.from},
                           {"to", one.to},
                           {"path", one.path},
                           {"step", one.step},
                           {"clipped", one.clipped},
                           {"split", one.split},
                           {"split_words", one.split_words},
                           {"weight", to_value(one.weight)}});
  for (const RuleConversion& one : report.rules) {
    Json rule{{"name", one.name}};
    for (const RuleQuantity& quantity : kRuleQuantities)
      rule[quantity.key] = to_value(one.*quantity.error);
    rules.push_back(std::move(rule));
  }
  const RoundingError weights = report.weights();
  return {{"v_scale", std::move(scales)},
          {"adapt_period", report.adapt_period},
          {"split_weights", report.split_weights},
          {"split", report.split},
          {"split_words", report.split_words},
          {"relays_wanted", report.relays_wanted},
          {"relays", report.relays},
          {"relayed", report.relayed},
          {"relay_words", report.relay_words},
          {"vanished", weights.vanished},
          {"weight", to_value(weights)},
          {"populations", std::move(populations)},
          {"projections", std::move(projections)},
          {"rules", std::move(rules)},
          {"warnings", report.warnings()}};
}

Json to_value(const MapReport::Tile& tile) {
  Json ranges = Json::array();
  for (const MapReport::Range& range : tile.ranges)
    ranges.push_back({{"population", range.population},
                      {"first", range.first},
                      {"count", range.count},
                      {"index", range.index}});
  return {{"x", tile.x},
          {"y", tile.y},
          {"neurons", to_value(tile.neurons)},
          {"synapses", to_value(tile.synapses)},
          {"padding", tile.padding},
          {"relays", tile.relays},
          {"axons", to_value(tile.axons)},
          {"fanouts", to_value(tile.fanouts)},
          {"plastics", to_value(tile.plastics)},
          {"rules", to_value(tile.rules)},
          {"populations", std::move(ranges)}};
}

}  // namespace

std::string to_text(const MapReport& report) {
  const std::vector<Memory> memories = memories_of(report);
  std::string text = fmt::format("{:<8}", "tile");
  for (const Memory& memory : memories) text += fmt::format(" {:>11}", memory.name);
  text += "  holds\n";
  for (const MapReport::Tile& tile : report.tiles) {
    text += fmt::format("{:<8}", fmt::format("({}, {})", tile.x, tile.y));
    for (const Memory& memory : memories) text += fmt::format(" {}", cell(tile.*memory.use));
    text += fmt::format("  {}\n", where_text(tile));
  }
  std::uint64_t padding = 0;
  for (const MapReport::Tile& tile : report.tiles) padding += tile.padding;
  text += fmt::format(
      "{} of {} tiles; {} synapses, {} empty words for lanes; {} links crossed if every neuron and "
      "input fires once\n",
      report.tiles.size(), report.build.mesh_w * report.build.mesh_h, report.synapses, padding,
      report.flit_hops);
  if (const ConversionReport& c = report.conversion; c.relays > 0)
    text += fmt::format(
        "Relay neurons: {} pass on the spikes of {} inputs and neurons for delays beyond {} steps, "
        "with {} more synapse words\n",
        c.relays, c.relayed, report.build.delay_max, c.relay_words);
  text += fullest_text(report, memories);
  text += fmt::format("No accumulator can wrap: sums reach {} of 8388607 at most\n",
                      report.accumulator_bound);
  return text + to_text(report.conversion);
}

std::string to_json(const MapReport& report) {
  Json build = Json::object();
  for (const spec::BuildRule& rule : spec::kBuildRules)
    build[std::string(rule.name)] = report.build.*rule.member;
  Json tiles = Json::array();
  for (const MapReport::Tile& tile : report.tiles) tiles.push_back(to_value(tile));
  const Json root{{"schema", "spikemesh-map-2"},
                  {"build", std::move(build)},
                  {"seed", report.seed},
                  {"synapses", report.synapses},
                  {"flit_hops", report.flit_hops},
                  {"accumulator_bound", report.accumulator_bound},
                  {"conversion", to_value(report.conversion)},
                  {"tiles", std::move(tiles)}};
  return root.dump(2) + "\n";
}

}  // namespace spikemesh
