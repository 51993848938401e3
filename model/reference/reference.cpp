// SPDX-License-Identifier: Apache-2.0
#include "model/reference/reference.hpp"

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <string>

#include "model/core/tile_memory_learn.hpp"
#include "spikemesh/build_rules.hpp"

namespace spikemesh::model {

namespace {

std::string place(std::uint32_t x, std::uint32_t y) {
  return "tile (" + std::to_string(x) + ", " + std::to_string(y) + ")";
}

}  // namespace

Reference::Reference(const spec::Build& build)
    : build_(spec::require_build(build)), need_(build.mesh_w * build.mesh_h, build.delay_max + 1) {
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  tiles_.reserve(tiles);
  const auto pool = std::make_shared<ZeroPool>(tiles * TileMemory::bytes(build));
  for (std::uint32_t t = 0; t < tiles; ++t) tiles_.emplace_back(build, pool);
}

std::uint32_t Reference::index_of(std::uint16_t tile, std::uint32_t address) const {
  const auto at = spec::Tile::unpack(tile);
  if (at.host || at.reserved || at.x >= build_.mesh_w || at.y >= build_.mesh_h) {
    throw std::invalid_argument(place(at.x, at.y) + " is not in the mesh of " +
                                std::to_string(build_.mesh_w) + " x " +
                                std::to_string(build_.mesh_h) + " tiles");
  }
  if (check_read(build_, address) != spec::Status::ok) {
    throw std::invalid_argument(place(at.x, at.y) + " has no word at address " +
                                std::to_string(address));
  }
  return at.y * build_.mesh_w + at.x;
}

void Reference::write(std::uint16_t tile, std::uint32_t address,
                      std::span<const std::uint32_t> words) {
  for (const std::uint32_t word : words) {
    const std::uint32_t t = index_of(tile, address);
    const spec::Status status = check_write(build_, address, word);
    if (status != spec::Status::ok) {
      throw std::invalid_argument(place(t % build_.mesh_w, t / build_.mesh_w) + ", address " +
                                  std::to_string(address) + ": the chip refuses the word " +
                                  std::to_string(word) + " (" + std::string(to_string(status)) +
                                  ")");
    }
    tiles_[t].write(address, word);
    need_.written(t);
    const auto at = spec::TileAddr::unpack(address);
    if (at.region == static_cast<std::uint32_t>(spec::Region::accumulator)) {
      need_.touch(t, 1u << (at.index / build_.neurons));
    }
    ++address;
  }
}

std::uint32_t Reference::read(std::uint16_t tile, std::uint32_t address) const {
  return tiles_[index_of(tile, address)].read(address);
}

void Reference::set_adapt_period(unsigned p) {
  if (p > 31) {
    throw std::invalid_argument("adaptation period p = " + std::to_string(p) + ": choose 0..31");
  }
  adapt_period_ = p;
}

void Reference::clear(std::uint32_t mask) {
  mask &= 7;
  const bool membrane = mask & 1u << static_cast<unsigned>(spec::ClearMask::membrane);
  const bool adaptation = mask & 1u << static_cast<unsigned>(spec::ClearMask::adaptation);
  const bool trace = mask & 1u << static_cast<unsigned>(spec::ClearMask::trace);
  if (!membrane && !adaptation && !trace) return;
  for (TileMemory& tile : tiles_) tile.sweep(mask);
  need_.swept(membrane);
}

std::span<const std::uint32_t> Reference::step(std::span<const std::uint32_t> spikes_in) {
  const auto slot = static_cast<std::uint32_t>(step_ & build_.delay_max);
  const bool adapt_due = (step_ & ((std::uint64_t{1} << adapt_period_) - 1)) == 0;
  labels_.clear();
  // Deliveries go to later slots, so a tile's packets may be integrated before another's Update.
  for (const std::uint32_t tile : need_.begin(slot, adapt_due)) update(tile, slot, adapt_due);
  for (const std::uint32_t payload : spikes_in) {
    const auto to = spec::Fanout::unpack(payload & ((1u << spec::kLabelBits) - 1));
    if (to.x < build_.mesh_w && to.y < build_.mesh_h && to.axon < build_.axons) {
      packets_.push_back({to.y * build_.mesh_w + to.x, to.axon});
    } else {
      ++bad_entries_;
    }
  }
  integrate(slot);
  learn();
  ++step_;
  std::ranges::sort(labels_);
  return labels_;
}

std::uint64_t Reference::rest(std::uint64_t limit) {
  if (limit <= step_) return 0;
  const std::uint64_t steps = std::min(need_.rest(step_, adapt_period_), limit - step_);
  step_ += steps;
  return steps;
}

void Reference::update(std::uint32_t tile, std::uint32_t slot, bool adapt_due) {
  fired_.clear();
  const auto visit = need_.visit(tile, adapt_due);
  const UpdateResult result = tiles_[tile].update(slot, adapt_due, visit, fired_);
  need_.updated(tile, {visit, !result.changed, result.waits});
  for (const Fired& fired : fired_) {
    for (std::uint32_t mask = fired.mask; mask != 0; mask &= mask - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
      const std::uint32_t neuron = fired.group * build_.lanes + lane;
      if (learning_ && tiles_[tile].learning().list(neuron).count != 0) {
        learners_.emplace_back(tile, neuron);
      }
      emit(tile, neuron);
    }
  }
  integrate(slot);
}

void Reference::emit(std::uint32_t tile, std::uint32_t neuron) {
  const FanoutList list = tiles_[tile].fanout_list(neuron);
  tiles_[tile].counter(spec::Counter::emitted) += list.count;
  for (std::uint32_t k = 0; k < list.count; ++k) {
    const std::uint32_t word = tiles_[tile].fanout(list.first + k);
    const auto to = spec::Fanout::unpack(word);
    if (to.host) {
      labels_.push_back(word & ((1u << spec::kLabelBits) - 1));
    } else {
      packets_.push_back({to.y * build_.mesh_w + to.x, to.axon});
    }
  }
}

/// All packets emitted so far, hinting at those a few ahead.
void Reference::integrate(std::uint32_t slot) {
  constexpr std::size_t kRowAhead = 8, kSynapsesAhead = 4;
  for (std::size_t i = 0; i < packets_.size(); ++i) {
    if (i + kRowAhead < packets_.size()) {
      const Packet& ahead = packets_[i + kRowAhead];
      tiles_[ahead.tile].prefetch_row(ahead.axon);
    }
    if (i + kSynapsesAhead < packets_.size()) {
      const Packet& ahead = packets_[i + kSynapsesAhead];
      tiles_[ahead.tile].prefetch_synapses(ahead.axon);
    }
    const Packet& packet = packets_[i];
    TileMemory& memory = tiles_[packet.tile];
    const Row& row = memory.row(packet.axon);
    const auto touched =
        row.plastic && learning_
            ? memory.deliver_learning(
                  packet.axon, slot, static_cast<std::uint16_t>(step_), [](auto...) {},
                  [&](const WeightEvent& event) {
                    if (observer_) observer_->changed(packet.tile, LearnObserver::kNoNeuron, event);
                  })
            : memory.deliver(row, slot);
    need_.touch(packet.tile, touched);
  }
  packets_.clear();
}

/// Neurons that fired, once every packet of the step is integrated.
void Reference::learn() {
  for (const auto& learner : learners_) {
    const std::uint32_t tile = learner.first, neuron = learner.second;
    tiles_[tile].learn(neuron, static_cast<std::uint16_t>(step_), [&](const WeightEvent& event) {
      if (observer_) observer_->changed(tile, neuron, event);
    });
  }
  learners_.clear();
}

std::uint64_t Reference::total(spec::Counter counter) const {
  std::uint64_t sum = 0;
  for (const TileMemory& tile : tiles_) sum += tile.counter(counter);
  return sum;
}

}  // namespace spikemesh::model
