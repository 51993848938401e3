// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "model/noc/foreign_tile.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The foreign tiles of a mesh: keeps their clocks, and the flits on their way into them.
///
/// They are clocked in every cycle that the mesh commits, and in every one while one of them is
/// busy. Of a longer rest they see the last kIdleClocks cycles: a tile whose registers still change
/// after so many idle ones has a free-running counter, which the rules of the chip forbid.
class ForeignTiles {
 public:
  static constexpr std::uint64_t kIdleClocks = 64;

  ForeignTiles(const spec::Build& build, EventSink* sink, const ForeignPlaces& places);

  bool empty() const { return tiles_.empty(); }
  bool holds(std::uint32_t tile) const { return !tiles_.empty() && index_[tile] >= 0; }
  bool ready(std::uint32_t tile, unsigned port) const { return at(tile).ready() >> port & 1; }
  /// One of them is busy in the coming cycle.
  bool busy() const { return busy_; }
  /// One of them needs the Learn phase of this step.
  bool learn_needed() const {
    return std::any_of(tiles_.begin(), tiles_.end(),
                       [](const Tile& tile) { return tile.it->learn_need(); });
  }
  /// One of them was busy in the last one.
  bool was_busy() const { return was_busy_; }

  void reset(std::uint64_t cycle);
  /// Clocks them up to the begin of `cycle`, in which the mesh acts again. What one of them offers
  /// meanwhile goes nowhere: it said that it was not busy.
  template <class Receivers>
  void catch_up(std::uint64_t cycle, Receivers&& receivers) {
    for (skip_rest(cycle); next_ < cycle;) {
      evaluate(next_, receivers);
      clock_all(next_, nullptr);
    }
  }
  /// First half of a cycle; `receivers(tile)`: which of its receivers are ready.
  template <class Receivers>
  void evaluate(std::uint64_t cycle, Receivers&& receivers) {
    for (Tile& tile : tiles_) tile.offers = tile.it->offers(cycle, receivers(tile.number));
  }
  /// Calls take(tile, output, flit) for what they offer in this cycle.
  template <class Take>
  void for_each_offer(Take&& take) const {
    for (const Tile& tile : tiles_) {
      for (unsigned p = 1; p < spec::kPorts; ++p) {
        if (tile.offers[p]) take(tile.number, p, *tile.offers[p]);
      }
    }
  }
  /// A flit moves into input `port` of a tile in this cycle.
  void arrive(std::uint32_t tile, unsigned port, const Flit& flit) {
    tiles_[static_cast<std::size_t>(index_[tile])].arrivals[port] = flit;
  }
  /// Second half; then tell(tile, port, ready) for every input that takes a flit in the cycle to
  /// come and did not in this one, or the other way round. After reset all are ready.
  template <class Tell>
  void clock(std::uint64_t cycle, const Broadcast* broadcast, Tell&& tell) {
    clock_all(cycle, broadcast);
    for (Tile& tile : tiles_) {
      const unsigned changed = tile.it->ready() ^ std::exchange(tile.told, tile.it->ready());
      for (unsigned p = 1; p < spec::kPorts; ++p) {
        if (changed >> p & 1) tell(tile.number, p, (tile.told >> p & 1) != 0);
      }
    }
  }

 private:
  static constexpr unsigned kAllReady = ((1u << spec::kPorts) - 1) & ~1u;
  struct Tile {
    std::uint32_t number;  ///< y * MeshW + x
    std::unique_ptr<ForeignTile> it;
    ForeignTile::Flits arrivals{}, offers{};
    unsigned told = kAllReady;  ///< inputs that were ready when their senders were told
  };
  const ForeignTile& at(std::uint32_t tile) const {
    return *tiles_[static_cast<std::size_t>(index_[tile])].it;
  }
  void skip_rest(std::uint64_t cycle);
  void clock_all(std::uint64_t cycle, const Broadcast* broadcast);

  EventSink* sink_;
  std::vector<Tile> tiles_;
  std::vector<std::int32_t> index_;  ///< of each tile of the mesh, in tiles_; -1: the model's own
  std::uint64_t next_ = 0;           ///< the cycle that they have not seen yet
  bool busy_ = false, was_busy_ = false;
};

}  // namespace spikemesh::model
