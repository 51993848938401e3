// SPDX-License-Identifier: Apache-2.0
#include "model/reference/reference.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "spikemesh/build_rules.hpp"

namespace spikemesh::model {

namespace {

std::string place(std::uint32_t x, std::uint32_t y) {
  return "tile (" + std::to_string(x) + ", " + std::to_string(y) + ")";
}

}  // namespace

Reference::Reference(const spec::Build& build, std::uint32_t threads, Peers* peers)
    : build_(spec::require_build(build)), peers_(peers) {
  if (threads == 0 || threads > kMostThreads) {
    throw std::invalid_argument("threads = " + std::to_string(threads) + ": choose 1.." +
                                std::to_string(kMostThreads));
  }
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  const std::uint32_t ranks = peers == nullptr ? 1 : static_cast<std::uint32_t>(peers->size());
  if (ranks > tiles) {
    throw std::invalid_argument(std::to_string(ranks) + " processes, but the mesh has only " +
                                std::to_string(tiles) + " tiles: start fewer");
  }
  tiles_.reserve(tiles);
  const auto pool = std::make_shared<ZeroPool>(tiles * TileMemory::bytes(build));
  for (std::uint32_t t = 0; t < tiles; ++t) tiles_.emplace_back(build, pool);
  const std::uint32_t shards = std::min(threads, tiles / ranks);
  rank_ = peers == nullptr ? 0 : static_cast<std::uint32_t>(peers->rank());
  all_shards_ = ranks * shards;
  for (std::uint32_t i = 0; i < shards; ++i)
    shards_.push_back(std::make_unique<Shard>(build, tiles_, rank_ * shards + i, all_shards_));
  if (shards > 1) workers_ = std::make_unique<Workers>(shards);
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
    write_word(t, address, word);
    ++address;
  }
}

void Reference::write_word(std::uint32_t tile, std::uint32_t address, std::uint32_t word) {
  const auto at = spec::TileAddr::unpack(address);
  const auto region = static_cast<spec::Region>(at.region);
  if (worked_out_ && region != spec::Region::state && region != spec::Region::accumulator) {
    for (const auto& shard : shards_) shard->forget();
    worked_out_ = false;
  }
  const bool fanout = region == spec::Region::fanout || region == spec::Region::neuron;
  if (here(tile) || fanout) tiles_[tile].write(address, word);
  if (!here(tile)) return;
  shard_of(tile).written(tile);
  if (region == spec::Region::accumulator)
    shard_of(tile).touch(tile, 1u << (at.index / build_.neurons));
}

std::uint32_t Reference::read(std::uint16_t tile, std::uint32_t address) const {
  std::uint32_t word = 0;
  read(tile, address, {&word, 1});
  return word;
}

void Reference::read(std::uint16_t tile, std::uint32_t address,
                     std::span<std::uint32_t> words) const {
  if (words.empty()) return;
  settle();
  index_of(tile, address + static_cast<std::uint32_t>(words.size() - 1));
  const std::uint32_t index = index_of(tile, address);
  if (here(index)) tiles_[index].read(address, words);
  if (peers_ == nullptr) return;
  const std::vector<std::uint32_t> all = peers_->gather(here(index) ? words : words.first(0));
  if (all.size() != words.size())
    throw std::logic_error("the processes of a reference read different words");
  std::ranges::copy(all, words.begin());
}

const TileMemory& Reference::tile(std::uint32_t index) const {
  settle();
  return tiles_[index];
}

std::vector<std::uint64_t> Reference::counters() const {
  settle();
  constexpr std::uint32_t kHalves = 2 * spec::kCounters;
  std::vector<std::uint32_t> halves(kHalves * tiles_.size());
  for (std::uint32_t t = 0; t < tiles_.size(); ++t)
    for (std::uint32_t i = 0; here(t) && i < spec::kCounters; ++i) {
      const std::uint64_t count = tiles_[t].counter(static_cast<spec::Counter>(i));
      halves[kHalves * t + 2 * i] = static_cast<std::uint32_t>(count);
      halves[kHalves * t + 2 * i + 1] = static_cast<std::uint32_t>(count >> 32);
    }
  if (peers_ != nullptr) halves = peers_->gather(halves);
  std::vector<std::uint64_t> all(spec::kCounters * tiles_.size());
  for (std::size_t i = 0; i < halves.size() / 2; ++i)  // those of other tiles are 0
    all[i % all.size()] += halves[2 * i] | std::uint64_t{halves[2 * i + 1]} << 32;
  return all;
}

void Reference::settle() const {
  for (const auto& shard : shards_) shard->settle();
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
  for (const auto& shard : shards_) shard->swept(membrane);
}

std::span<const std::uint32_t> Reference::step(std::span<const std::uint32_t> spikes_in,
                                               bool adapt_due) {
  order_.step = step_;
  order_.slot = static_cast<std::uint32_t>(step_ & build_.delay_max);
  order_.adapt_due = adapt_due;
  order_.learning = learning_;
  order_.observer = observer_;
  order_.packets.clear();
  for (const std::uint32_t payload : spikes_in) {
    const auto to = spec::Fanout::unpack(payload & ((1u << spec::kLabelBits) - 1));
    if (to.x < build_.mesh_w && to.y < build_.mesh_h && to.axon < build_.axons) {
      order_.packets.push_back({to.y * build_.mesh_w + to.x, to.axon});
    } else {
      ++bad_entries_;
    }
  }
  do_step(order_);
  ++step_;
  labels_.clear();
  for (const auto& shard : shards_)
    labels_.insert(labels_.end(), shard->labels().begin(), shard->labels().end());
  if (peers_ != nullptr) labels_ = peers_->gather(labels_);
  std::ranges::sort(labels_);
  return labels_;
}

std::uint64_t Reference::longest_walk() {
  walks_.assign(tiles_.size(), 0);
  const auto walk = [this](std::uint32_t tile, std::uint32_t axon) {
    walks_[tile] += tiles_[tile].row(axon).groups;
  };
  for (const Packet& packet : order_.packets) walk(packet.tile, packet.axon);
  for (const auto& shard : shards_)
    for (const auto& [tile, neuron] : shard->fired()) {
      const FanoutList list = tiles_[tile].fanout_list(neuron);
      for (std::uint32_t k = 0; k < list.count; ++k) {
        const auto to = spec::Fanout::unpack(tiles_[tile].fanout(list.first + k));
        if (!to.host) walk(to.y * build_.mesh_w + to.x, to.axon);
      }
    }
  return std::ranges::max(walks_);
}

void Reference::do_step(const StepOrder& order) {
  worked_out_ = true;
  if (workers_ && order.observer == nullptr) {
    workers_->run([&](std::uint32_t index) {
      shards_[index]->update(order);
      workers_->meet();
      if (peers_ != nullptr) {
        if (index == 0) exchange();
        workers_->meet();
      }
      shards_[index]->integrate(order, shards_, elsewhere_);
    });
    return;
  }
  for (const auto& shard : shards_) shard->update(order);
  if (peers_ != nullptr) exchange();
  for (const auto& shard : shards_) shard->integrate(order, shards_, elsewhere_);
}

/// Tells the other processes what fired here, and hears what fired there.
void Reference::exchange() {
  said_.clear();
  for (const auto& shard : shards_)
    for (const auto& [tile, neuron] : shard->fired()) said_.insert(said_.end(), {tile, neuron});
  const std::vector<std::uint32_t> heard = peers_->gather(said_);
  elsewhere_.clear();
  for (std::size_t i = 0; i + 1 < heard.size(); i += 2)
    if (!here(heard[i])) elsewhere_.emplace_back(heard[i], heard[i + 1]);
}

std::uint64_t Reference::rest(std::uint64_t limit) {
  if (limit <= step_) return 0;
  std::uint64_t steps = std::min(limit - step_, resting(step_, adapt_period_));
  if (peers_ != nullptr) {  // the least of all, in pieces that 32 bits hold
    const auto mine = static_cast<std::uint32_t>(std::min<std::uint64_t>(steps, 0xffffffff));
    steps = std::ranges::min(peers_->gather({&mine, 1}));
  }
  step_ += steps;
  return steps;
}

std::uint64_t Reference::resting(std::uint64_t step, unsigned adapt_period) const {
  std::uint64_t steps = NeedSet::kForever;
  for (const auto& shard : shards_) steps = std::min(steps, shard->rest(step, adapt_period));
  return steps;
}

std::uint64_t Reference::total(spec::Counter counter) const {
  const std::vector<std::uint64_t> all = counters();
  std::uint64_t sum = 0;
  for (std::size_t i = static_cast<std::size_t>(counter); i < all.size(); i += spec::kCounters)
    sum += all[i];
  return sum;
}

}  // namespace spikemesh::model
