// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_tile_fill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace spikemesh {
namespace {

// An axon word counts this many groups, a learn word this many entries.
constexpr std::uint32_t kGroupsMax = spec::Axon::unpack(0xffffffff).groups;
constexpr std::uint32_t kListMax = spec::Learn::unpack(0xffffffff).count;

struct MemoryName {
  const char* plural;
  const char* parameter;
  const char* holder;
};
MemoryName name_of(MapMemory memory) {
  switch (memory) {
    case MapMemory::neurons:
      return {"neurons", "Neurons", "a tile has"};
    case MapMemory::synapses:
      return {"synapse words", "Synapses", "a tile has"};
    case MapMemory::row:
      return {"groups of synapse words from one source", "", "a row counts"};
    case MapMemory::axons:
      return {"axons", "Axons", "a tile has"};
    case MapMemory::fanouts:
      return {"fan-out entries", "Fanouts", "a tile has"};
    case MapMemory::plastics:
      return {"plastic fan-in entries", "Plastics", "a tile has"};
    case MapMemory::list:
      return {"plastic fan-in entries of its own", "", "a neuron's list counts"};
    case MapMemory::rules:
      return {"learning rules", "", "a tile has"};
  }
  return {"", "", ""};
}

}  // namespace

std::string MapMisfit::text() const {
  const MemoryName name = name_of(memory);
  return fmt::format("needs {} {}, but {} {}", needed, name.plural, name.holder, available);
}

const spec::BuildRule* MapMisfit::parameter() const {
  for (const spec::BuildRule& rule : spec::kBuildRules)
    if (rule.name == name_of(memory).parameter) return &rule;
  return nullptr;
}

std::string MapMisfit::remedy() const {
  if (const spec::BuildRule* rule = parameter()) {
    std::uint64_t wanted = rule->min;
    while (wanted < needed) wanted *= 2;
    if (wanted <= rule->max) return fmt::format("build with {}={}", rule->name, wanted);
  }
  if (memory == MapMemory::rules)
    return "spread the populations over more tiles (min_tiles, tiles), or use fewer rules; a rule "
           "counts for each scale of weights";
  if (memory == MapMemory::row)
    return "spread the source's targets over more tiles (min_tiles, tiles), or let one synapse "
           "stand "
           "for several between the same neurons";
  return fmt::format("no build has that many {}: split the neuron's inputs",
                     name_of(memory).plural);
}

MapSources::MapSources(const IntegerNetwork& network)
    : first_(network.units() + 1),
      source_(network.synapses.size()),
      rule_(network.rules.empty() ? 0 : network.synapses.size()),
      counts_(network.units()) {
  for (const IntegerSynapse& synapse : network.synapses) ++first_[synapse.target + 1];
  for (std::uint32_t unit = 0; unit < network.units(); ++unit) first_[unit + 1] += first_[unit];
  for (std::uint32_t unit = 0; unit < network.units(); ++unit)
    for (std::uint64_t i = network.row[unit]; i < network.row[unit + 1]; ++i) {
      const IntegerSynapse& synapse = network.synapses[i];
      const std::uint64_t at = first_[synapse.target] + counts_[synapse.target]++;
      source_[at] = unit;
      if (!rule_.empty()) rule_[at] = synapse.rule;
    }
  for (std::uint32_t unit = 0; unit < network.units(); ++unit) {
    list(unit);
    counts_[unit] = static_cast<std::uint32_t>(listed_.size());
  }
}

void MapSources::list(std::uint32_t unit) const {
  listed_.clear();
  for (std::uint64_t i = first_[unit]; i < first_[unit + 1]; ++i) {
    const std::uint32_t source = source_[i];
    const std::uint8_t rule = rule_.empty() ? 0 : rule_[i];
    std::size_t at = listed_.size();  // entries of this source are the last
    while (at > 0 && listed_[at - 1].source == source && listed_[at - 1].rule != rule) --at;
    if (at == 0 || listed_[at - 1].source != source)
      listed_.push_back({source, 1, rule});
    else
      ++listed_[at - 1].count;
  }
}

std::span<const MapSource> MapSources::of(std::uint32_t unit) const {
  list(unit);
  return listed_;
}

std::size_t MapTileFill::Rows::slot_of(std::uint64_t key) const {
  const std::size_t mask = keys_.size() - 1;
  std::size_t slot = (key * 0x9e3779b97f4a7c15u >> 32) & mask;
  while (keys_[slot] != 0 && keys_[slot] != key) slot = (slot + 1) & mask;
  return slot;
}

std::span<const std::uint32_t> MapTileFill::Rows::find(const MapSource& source) const {
  if (keys_.empty()) return {};
  const std::size_t slot = slot_of(key_of(source));
  if (keys_[slot] == 0) return {};
  return std::span(counts_).subspan(slot * lanes_, lanes_);
}

std::span<std::uint32_t> MapTileFill::Rows::at(const MapSource& source) {
  if (2 * size_ >= keys_.size()) grow();
  const std::size_t slot = slot_of(key_of(source));
  size_ += keys_[slot] == 0;
  keys_[slot] = key_of(source);
  return std::span(counts_).subspan(slot * lanes_, lanes_);
}

void MapTileFill::Rows::grow() {
  const auto keys =
      std::exchange(keys_, std::vector<std::uint64_t>(std::max<std::size_t>(64, 4 * keys_.size())));
  const auto counts = std::exchange(counts_, std::vector<std::uint32_t>(keys_.size() * lanes_));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i] == 0) continue;
    const std::size_t slot = slot_of(keys[i]);
    keys_[slot] = keys[i];
    std::copy_n(&counts[i * lanes_], lanes_, &counts_[slot * lanes_]);
  }
}

void MapTileFill::open(const MapSources& sources) {
  closed_ = false;
  for (std::uint32_t i = 0; i < units_.size(); ++i)
    for (const MapSource& source : sources.of(units_[i]))
      rows_.at(source)[i & (build_->lanes - 1)] += source.count;
}

/// What learning needs for a neuron of this lane; changes nothing where something does not fit.
std::optional<MapMisfit> MapTileFill::add_plastic(std::span<const MapSource> sources,
                                                  std::uint32_t lane) {
  std::uint64_t count = 0;
  std::set<std::uint8_t> rules = rules_;
  for (const MapSource& source : sources) {
    if (source.rule == 0) continue;
    count += source.count;
    rules.insert(source.rule);
  }
  if (rules.size() > spec::kRules) return MapMisfit{MapMemory::rules, rules.size(), spec::kRules};
  if (count > kListMax) return MapMisfit{MapMemory::list, count, kListMax};
  const std::uint64_t entries = build_->plastics / build_->lanes;
  if (plastics_[lane] + count > entries)
    return MapMisfit{MapMemory::plastics, (plastics_[lane] + count) * build_->lanes,
                     build_->plastics};
  plastics_[lane] += count;
  rules_ = std::move(rules);
  return std::nullopt;
}

/// Axons and synapse words for a neuron of this lane, the only thing that nothing after it undoes.
std::optional<MapMisfit> MapTileFill::add_rows(std::span<const MapSource> sources,
                                               std::uint32_t lane) {
  std::uint64_t groups = groups_, axons = rows_.size();
  for (const MapSource& source : sources) {
    const std::span<const std::uint32_t> row = rows_.find(source);
    const std::uint32_t before = row.empty() ? 0 : row[lane];
    const std::uint32_t longest = row.empty() ? 0 : *std::max_element(row.begin(), row.end());
    if (before + source.count > kGroupsMax)
      return MapMisfit{MapMemory::row, before + source.count, kGroupsMax};
    axons += row.empty();
    groups += std::max(longest, before + source.count) - longest;
  }
  if (axons > build_->axons) return MapMisfit{MapMemory::axons, axons, build_->axons};
  if (groups * build_->lanes > build_->synapses)
    return MapMisfit{MapMemory::synapses, groups * build_->lanes, build_->synapses};
  if (auto misfit = add_plastic(sources, lane)) return misfit;
  for (const MapSource& source : sources) rows_.at(source)[lane] += source.count;
  groups_ = groups;
  return std::nullopt;
}

std::optional<MapMisfit> MapTileFill::add(std::uint32_t unit, const MapSources& sources,
                                          std::uint32_t fanouts) {
  if (units_.size() >= build_->neurons)
    return MapMisfit{MapMemory::neurons, units_.size() + 1, build_->neurons};
  if (fanouts_ + fanouts > build_->fanouts)
    return MapMisfit{MapMemory::fanouts, fanouts_ + fanouts, build_->fanouts};
  const std::uint32_t lane = static_cast<std::uint32_t>(units_.size()) & (build_->lanes - 1);
  if (closed_) open(sources);
  if (auto misfit = add_rows(sources.of(unit), lane)) return misfit;
  units_.push_back(unit);
  fanouts_ += fanouts;
  return std::nullopt;
}

}  // namespace spikemesh
