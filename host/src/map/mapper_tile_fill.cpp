// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_tile_fill.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace spikemesh {
namespace {

constexpr std::uint32_t kGroupsMax = 8191, kListMax = 32767;  // of an axon word, a learn word

struct MemoryName {
  const char* plural;
  const char* parameter;
};
MemoryName name_of(MapMemory memory) {
  switch (memory) {
    case MapMemory::neurons:
      return {"neurons", "Neurons"};
    case MapMemory::synapses:
      return {"synapse words", "Synapses"};
    case MapMemory::axons:
      return {"axons", "Axons"};
    case MapMemory::fanouts:
      return {"fan-out entries", "Fanouts"};
    case MapMemory::plastics:
      return {"plastic fan-in entries", "Plastics"};
    case MapMemory::rules:
      return {"learning rules", ""};
  }
  return {"", ""};
}

}  // namespace

std::string MapMisfit::text() const {
  return fmt::format("needs {} {}, but a tile has {}", needed, name_of(memory).plural, available);
}

std::string MapMisfit::remedy() const {
  const std::string parameter = name_of(memory).parameter;
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    if (rule.name != parameter) continue;
    std::uint64_t wanted = rule.min;
    while (wanted < needed) wanted *= 2;
    if (wanted <= rule.max) return fmt::format("build with {}={}", parameter, wanted);
  }
  if (memory == MapMemory::rules)
    return "spread the populations over more tiles (min_tiles, tiles), or use fewer rules; a rule "
           "counts for each scale of weights";
  return fmt::format("no build has so many {}: split the neuron's inputs", name_of(memory).plural);
}

std::vector<std::vector<MapSource>> sources_of(const IntegerNetwork& network) {
  std::vector<std::vector<MapSource>> sources(network.units());
  for (std::uint32_t unit = 0; unit < network.units(); ++unit)
    for (std::uint64_t i = network.row[unit]; i < network.row[unit + 1]; ++i) {
      const IntegerSynapse& synapse = network.synapses[i];
      auto& list = sources[synapse.target];
      auto found = list.rbegin();
      while (found != list.rend() && found->source == unit && found->rule != synapse.rule) ++found;
      if (found == list.rend() || found->source != unit) {
        list.push_back({unit, 0, synapse.rule});
        found = list.rbegin();
      }
      ++found->count;
    }
  return sources;
}

/// What learning needs for a neuron of this lane; changes nothing where something does not fit.
std::optional<MapMisfit> MapTileFill::add_plastic(const std::vector<MapSource>& sources,
                                                  std::uint32_t lane) {
  std::uint64_t count = 0;
  std::set<std::uint8_t> rules = rules_;
  for (const MapSource& source : sources) {
    if (source.rule == 0) continue;
    count += source.count;
    rules.insert(source.rule);
  }
  if (rules.size() > spec::kRules) return MapMisfit{MapMemory::rules, rules.size(), spec::kRules};
  const std::uint64_t entries = build_->plastics / build_->lanes;
  if (plastics_[lane] + count > entries || count > kListMax)
    return MapMisfit{MapMemory::plastics, (plastics_[lane] + count) * build_->lanes,
                     std::min<std::uint64_t>(entries, kListMax) * build_->lanes};
  plastics_[lane] += count;
  rules_ = std::move(rules);
  return std::nullopt;
}

std::optional<MapMisfit> MapTileFill::add(std::uint32_t unit, const std::vector<MapSource>& sources,
                                          std::uint32_t fanouts) {
  if (units_.size() >= build_->neurons)
    return MapMisfit{MapMemory::neurons, units_.size() + 1, build_->neurons};
  if (fanouts_ + fanouts > build_->fanouts)
    return MapMisfit{MapMemory::fanouts, fanouts_ + fanouts, build_->fanouts};
  const std::uint32_t lane = static_cast<std::uint32_t>(units_.size()) & (build_->lanes - 1);
  std::uint64_t groups = groups_, axons = rows_.size();
  for (const MapSource& source : sources) {
    const auto row = rows_.find({source.source, source.rule});
    axons += row == rows_.end();
    if (row == rows_.end()) {
      groups += source.count;
      continue;
    }
    const std::uint32_t longest = *std::max_element(row->second.begin(), row->second.end());
    groups += std::max(longest, row->second[lane] + source.count) - longest;
  }
  if (axons > build_->axons) return MapMisfit{MapMemory::axons, axons, build_->axons};
  // One row alone could be as long as the largest memory; its count of groups has one bit too few
  // for that.
  const std::uint64_t words = std::min(build_->synapses, kGroupsMax * build_->lanes);
  if (groups * build_->lanes > words)
    return MapMisfit{MapMemory::synapses, groups * build_->lanes, words};
  if (auto misfit = add_plastic(sources, lane)) return misfit;
  for (const MapSource& source : sources) rows_[{source.source, source.rule}][lane] += source.count;
  units_.push_back(unit);
  groups_ = groups;
  fanouts_ += fanouts;
  return std::nullopt;
}

}  // namespace spikemesh
