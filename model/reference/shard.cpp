// SPDX-License-Identifier: Apache-2.0
#include "model/reference/shard.hpp"

#include <algorithm>
#include <bit>

#include "model/core/tile_memory_learn.hpp"

namespace spikemesh::model {

namespace {

constexpr std::uint32_t kMostMerged = 32;  // synapses of a row; a longer one is walked as fast
constexpr std::size_t kMostTargets = 1'000'000;  // of all merged rows of all shards: 6 MB

}  // namespace

Shard::Shard(const spec::Build& build, std::span<TileMemory> tiles, std::uint32_t index,
             std::uint32_t shards)
    : build_(build),
      tiles_(tiles),
      index_(index),
      shards_(shards),
      need_((static_cast<std::uint32_t>(tiles.size()) - index + shards - 1) / shards,
            build.delay_max + 1),
      routes_(tiles.size()),
      by_delay_(build.delay_max + 1) {}

void Shard::update(const StepOrder& order) {
  fired_.clear();
  for (const std::uint32_t place : need_.begin(order.slot, order.adapt_due)) {
    const std::uint32_t tile = place * shards_ + index_;
    groups_.clear();
    const Visit visit = need_.visit(place, order.adapt_due);
    const UpdateResult result = tiles_[tile].update(order.slot, order.adapt_due, visit, groups_);
    need_.updated(place, {visit, !result.changed, result.waits});
    for (const Fired& group : groups_) {
      for (std::uint32_t mask = group.mask; mask != 0; mask &= mask - 1) {
        const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
        fired_.emplace_back(tile, group.group * build_.lanes + lane);
      }
    }
  }
}

void Shard::integrate(const StepOrder& order, std::span<const std::unique_ptr<Shard>> all,
                      std::span<const Spike> elsewhere) {
  labels_.clear(), packets_.clear();
  for (const Packet& packet : order.packets)
    if (owns(packet.tile)) packets_.push_back(packet);
  for (const auto& shard : all) deliver_all(order, shard->fired());
  deliver_all(order, elsewhere);
  walk(order, packets_);
  if (order.learning) learn(order);
}

void Shard::deliver_all(const StepOrder& order, std::span<const Spike> spikes) {
  constexpr std::size_t kLine = 64 / sizeof(std::uint32_t);  // places in a line of the cache
  for (std::size_t i = 0; i < spikes.size(); ++i) {
    Route* const route = this->route(spikes[i]);
    if (const Route* next = i + 1 < spikes.size() ? known(spikes[i + 1]) : nullptr) {
      for (std::size_t k = 0; k < next->places.size(); k += kLine)
        __builtin_prefetch(&next->places[k]);
      __builtin_prefetch(next->touches.data());
    }
    if (route == nullptr) {
      send(spikes[i]);
      continue;
    }
    if (route->unsettled++ == 0) {
      unsettled_.push_back(route);
      unsettled_tiles_.push_back(spikes[i].first);
    }
    deliver(*route, order.slot);
    packets_.insert(packets_.end(), route->packets.begin(), route->packets.end());
    labels_.insert(labels_.end(), route->labels.begin(), route->labels.end());
  }
}

/// Sends the packets of a spike one by one.
void Shard::send(const Spike& spike) {
  TileMemory& source = tiles_[spike.first];
  const FanoutList list = source.fanout_list(spike.second);
  const bool own = owns(spike.first);
  if (own) source.counter(spec::Counter::emitted) += list.count;
  for (std::uint32_t k = 0; k < list.count; ++k) {
    const std::uint32_t word = source.fanout(list.first + k);
    const auto to = spec::Fanout::unpack(word);
    const Packet packet{to.y * build_.mesh_w + to.x, to.axon};
    if (!to.host && owns(packet.tile)) packets_.push_back(packet);
    if (to.host && own) labels_.push_back(word & ((1u << spec::kLabelBits) - 1));
  }
}

Shard::Route* Shard::known(const Spike& spike) const {
  const auto& routes = routes_[spike.first].of;
  return routes.empty() ? nullptr : routes[spike.second].get();
}

Shard::Route* Shard::route(const Spike& spike) {
  Routes& routes = routes_[spike.first];
  if (routes.of.empty()) {
    routes.of.resize(build_.neurons);
    routes.fired.resize(build_.neurons);
  }
  std::unique_ptr<Route>& route = routes.of[spike.second];
  if (route) return route.get();
  if (routes.fired[spike.second]) {
    if (targets_ >= kMostTargets / shards_) return nullptr;
    route = worked_out(spike);
    targets_ += route->places.size();
  } else {
    routes.fired[spike.second] = true;
  }
  return route.get();
}

std::unique_ptr<Shard::Route> Shard::worked_out(const Spike& spike) {
  auto route = std::make_unique<Route>();
  const TileMemory& source = tiles_[spike.first];
  const FanoutList list = source.fanout_list(spike.second);
  const bool own = owns(spike.first);
  if (own) route->emitted = list.count;
  for (std::uint32_t k = 0; k < list.count; ++k) {
    const std::uint32_t word = source.fanout(list.first + k);
    const auto to = spec::Fanout::unpack(word);
    const Packet packet{to.y * build_.mesh_w + to.x, to.axon};
    if (to.host) {
      if (own) route->labels.push_back(word & ((1u << spec::kLabelBits) - 1));
    } else if (owns(packet.tile)) {
      TileMemory& target = tiles_[packet.tile];
      const Row& row = target.row(packet.axon);
      if (row.plastic || target.learning().used() || row.synapses > kMostMerged)
        route->packets.push_back(packet);
      else
        merge(packet, row, *route);
    }
  }
  for (std::uint32_t delay = 0; delay < by_delay_.size(); ++delay) {
    std::vector<Target>& targets = by_delay_[delay];
    if (targets.empty()) continue;
    add_group(delay, targets, *route);
    targets.clear();
  }
  route->places.shrink_to_fit();
  route->weights.shrink_to_fit();
  return route;
}

/// Many networks have one weight for all synapses of a source.
void Shard::add_group(std::uint32_t delay, std::span<const Target> targets, Route& route) {
  const std::int16_t weight = targets.front().weight;
  const bool equal =
      std::ranges::all_of(targets, [&](const Target& each) { return each.weight == weight; });
  for (const Target& each : targets) route.places.push_back(each.place);
  for (std::size_t i = 0; !equal && i < targets.size(); ++i)
    route.weights.push_back(targets[i].weight);
  route.groups.push_back({static_cast<std::uint32_t>(route.places.size()),
                          static_cast<std::uint16_t>(delay), weight, equal});
}

void Shard::merge(const Packet& packet, const Row& row, Route& route) {
  TileMemory& tile = tiles_[packet.tile];
  tile.expect_deliveries();
  const auto base = static_cast<std::uint32_t>(tile.accumulators() - tiles_.front().accumulators());
  tile.for_each_synapse(row, [&](std::uint32_t delay, std::uint32_t target, std::int32_t weight) {
    by_delay_[delay].push_back({base + target, static_cast<std::int16_t>(weight)});
  });
  const auto place = static_cast<std::uint16_t>(packet.tile / shards_);
  if (route.touches.empty() || route.touches.back().place != place) {
    route.touches.push_back({.place = place});
    route.counts.emplace_back();
  }
  route.touches.back().delays |= row.delays;
  ++route.counts.back().packets;
  route.counts.back().events += row.synapses;
}

void Shard::deliver(const Route& route, std::uint32_t slot) {
  std::uint32_t* const accumulators = tiles_.front().accumulators();
  const std::uint32_t* place = route.places.data();
  const std::int16_t* weight = route.weights.data();
  for (const Group& group : route.groups) {
    std::uint32_t* const to =
        accumulators + std::size_t{(slot + group.delay) & build_.delay_max} * build_.neurons;
    const std::uint32_t* const end = route.places.data() + group.end;
    const auto same = static_cast<std::uint32_t>(std::int32_t{group.weight});
    if (group.equal)
      for (; place != end; ++place) to[*place] += same;
    else
      for (; place != end; ++place, ++weight)
        to[*place] += static_cast<std::uint32_t>(std::int32_t{*weight});
  }
  const TileMemory& any = tiles_.front();
  std::uint32_t delays = 0, slots = 0;  // mostly the same for tile after tile
  for (const Touch& touch : route.touches) {
    if (touch.delays != delays) delays = touch.delays, slots = any.slots_of(delays, slot);
    need_.touch(touch.place, slots);
  }
}

/// Rows that are not merged, hinting at those a few ahead.
void Shard::walk(const StepOrder& order, std::span<const Packet> packets) {
  constexpr std::size_t kRowAhead = 8, kSynapsesAhead = 4;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (i + kRowAhead < packets.size()) {
      const Packet& ahead = packets[i + kRowAhead];
      tiles_[ahead.tile].prefetch_row(ahead.axon);
    }
    if (i + kSynapsesAhead < packets.size()) {
      const Packet& ahead = packets[i + kSynapsesAhead];
      tiles_[ahead.tile].prefetch_synapses(ahead.axon);
    }
    const Packet& packet = packets[i];
    TileMemory& memory = tiles_[packet.tile];
    const Row& row = memory.row(packet.axon);
    const std::uint32_t touched = row.plastic && order.learning ? deliver_learning(order, packet)
                                                                : memory.deliver(row, order.slot);
    need_.touch(packet.tile / shards_, touched);
  }
}

std::uint32_t Shard::deliver_learning(const StepOrder& order, const Packet& packet) {
  TileMemory& memory = tiles_[packet.tile];
  const auto now = static_cast<std::uint16_t>(order.step);
  const auto nothing = [](auto...) {};
  if (!order.observer)
    return memory.deliver_learning(packet.axon, order.slot, now, nothing, nothing);
  return memory.deliver_learning(
      packet.axon, order.slot, now, nothing, [&](const WeightEvent& event) {
        order.observer->changed(packet.tile, LearnObserver::kNoNeuron, event);
      });
}

/// Neurons of its own tiles that fired, once every packet of the step is integrated.
void Shard::learn(const StepOrder& order) {
  const auto now = static_cast<std::uint16_t>(order.step);
  for (const auto& [tile, neuron] : fired_) {
    if (!order.observer)
      tiles_[tile].learn(neuron, now, [](const WeightEvent&) {});
    else
      tiles_[tile].learn(neuron, now, [&, tile = tile, neuron = neuron](const WeightEvent& event) {
        order.observer->changed(tile, neuron, event);
      });
  }
}

void Shard::settle() {
  for (std::size_t i = 0; i < unsettled_.size(); ++i) {
    Route& route = *unsettled_[i];
    for (std::size_t k = 0; k < route.touches.size(); ++k) {
      TileMemory& tile = tiles_[route.touches[k].place * shards_ + index_];
      tile.counter(spec::Counter::packets) += route.unsettled * route.counts[k].packets;
      tile.counter(spec::Counter::synapse_events) += route.unsettled * route.counts[k].events;
    }
    if (route.emitted != 0)
      tiles_[unsettled_tiles_[i]].counter(spec::Counter::emitted) +=
          route.unsettled * route.emitted;
    route.unsettled = 0;
  }
  unsettled_.clear(), unsettled_tiles_.clear();
}

void Shard::forget() {
  settle();
  for (Routes& routes : routes_) routes = {};
  targets_ = 0;
}

}  // namespace spikemesh::model
