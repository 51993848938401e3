// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_grow.hpp"

#include <algorithm>
#include <functional>

namespace spikemesh {

NeuronGrower::NeuronGrower(const IntegerNetwork& network, const MapSources& sources,
                           const std::vector<std::uint32_t>& units)
    : network_(network),
      sources_(sources),
      first_(network.units() + 1),
      state_(network.units(), State::elsewhere),
      shared_(network.units()),
      has_(network.units()),
      changed_by_(network.units()),
      seeds_(network.parts.size()),
      closed_(network.parts.size()),
      order_(units) {
  std::size_t most = 0;
  for (const std::uint32_t unit : units) {
    state_[unit] = State::waiting;
    most = std::max<std::size_t>(most, sources.count(unit));
    for (const MapSource& source : sources.of(unit)) ++first_[source.source + 1];
  }
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
  targets_.resize(first_.back());
  std::vector<std::uint64_t> next(first_.begin(), first_.end() - 1);
  for (const std::uint32_t unit : units)
    for (const MapSource& source : sources.of(unit)) targets_[next[source.source]++] = unit;
  offers_.resize(most + 1);
  for (std::size_t i = 0; i < order_.size(); ++i) {
    Seeds& seeds = seeds_[network.part_of[order_[i]]];
    if (seeds.end == 0) seeds.next = i;
    seeds.end = i + 1;
  }
  begin_tile();
}

void NeuronGrower::begin_tile() {
  ++tile_;
  for (const std::uint32_t unit : touched_) shared_[unit] = 0;
  touched_.clear();
  for (auto& list : offers_) list.clear();
  least_ = offers_.size();
}

void NeuronGrower::offer(std::uint32_t unit) {
  const std::uint32_t missing = this->missing(unit);
  offers_[missing].push_back(unit);
  least_ = std::min<std::size_t>(least_, missing);
}

std::optional<std::uint32_t> NeuronGrower::best() {
  for (; least_ < offers_.size(); ++least_) {
    auto& list = offers_[least_];
    const auto stale = [&](std::uint32_t unit) {
      return !waits(unit) || missing(unit) != least_ || !open(unit);
    };
    while (!list.empty() && stale(list.back())) list.pop_back();
    if (!list.empty()) return list.back();
  }
  for (std::size_t population = 0; population < seeds_.size(); ++population) {
    Seeds& seeds = seeds_[population];
    while (seeds.next < seeds.end && !waits(order_[seeds.next])) ++seeds.next;
    if (seeds.next < seeds.end && closed_[population] != tile_) return order_[seeds.next];
  }
  return std::nullopt;
}

void NeuronGrower::take(std::uint32_t unit) {
  state_[unit] = State::taken;
  ++takes_;
  changed_.clear();
  for (const MapSource& source : sources_.of(unit)) {
    if (has_[source.source] == tile_) continue;
    has_[source.source] = tile_;
    work_ += first_[source.source + 1] - first_[source.source];
    for (std::uint64_t i = first_[source.source]; i < first_[source.source + 1]; ++i) {
      const std::uint32_t target = targets_[i];
      if (!waits(target)) continue;
      if (shared_[target]++ == 0) touched_.push_back(target);
      if (changed_by_[target] == takes_) continue;
      changed_by_[target] = takes_;
      changed_.push_back(target);
    }
  }
  std::sort(changed_.begin(), changed_.end(), std::greater<>());  // of equals the first is offered
  for (const std::uint32_t target : changed_) offer(target);
}

}  // namespace spikemesh
