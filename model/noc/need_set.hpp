// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace spikemesh::model {

/// Which groups of a tile an Update visits (docs/blocks/core.md).
enum class Visit : std::uint8_t { that_can_change, all };

/// Which tiles need an Update in a step (docs/blocks/core.md: fresh, rested, touched, waits).
///
/// A step costs the tiles that need it, not the tiles that there are. After reset every tile needs.
class NeedSet {
 public:
  NeedSet(std::uint32_t tiles, std::uint32_t slots) : tiles_(tiles), touched_(slots) { reset(); }

  void reset() {
    all_fresh();
    forget_touched();
    for (Tile& tile : tiles_) tile.waits = tile.listed_waiting = false;
    waiting_.clear();
  }
  /// All tiles: the phase sweep.
  void swept(bool membrane) {
    all_fresh();
    if (membrane) forget_touched();
  }

  /// A word of the tile was written.
  void written(std::uint32_t tile) {
    tiles_[tile].fresh = true;
    if (!tiles_[tile].rested) return;
    tiles_[tile].rested = false;
    restless_.push_back(tile);
  }
  /// An accumulator of each slot in `slots` (one bit each) was written.
  void touch(std::uint32_t tile, std::uint32_t slots) {
    const std::uint32_t fresh = slots & ~tiles_[tile].touched;
    tiles_[tile].touched |= fresh;
    for (std::uint32_t left = fresh; left != 0; left &= left - 1) {
      touched_[static_cast<unsigned>(std::countr_zero(left))].push_back(tile);
    }
  }
  /// What an Update of a tile that needs one visits.
  Visit visit(std::uint32_t tile, bool adapt_due) const {
    const bool all = tiles_[tile].fresh || (adapt_due && tiles_[tile].waits);
    return all ? Visit::all : Visit::that_can_change;
  }
  /// What an Update found.
  struct Found {
    Visit visit = Visit::all;  ///< what it visited
    bool rested = false;       ///< no neuron changed
    bool waits = false;        ///< an adaptive threshold in a group that did not change will decay
  };
  /// Every tile that `begin` named must be told of.
  void updated(std::uint32_t tile, const Found& found) {
    Tile& state = tiles_[tile];
    state.fresh = false;
    state.rested = found.rested;
    if (!found.rested) restless_.push_back(tile);
    state.waits = found.waits || (state.waits && found.visit != Visit::all);
    if (state.waits && !state.listed_waiting) waiting_.push_back(tile);
    state.listed_waiting |= state.waits;
  }

  /// A step begins: the tiles that need an Update, in no order; their slot is no longer touched.
  const std::vector<std::uint32_t>& begin(std::uint32_t slot, bool adapt_due) {
    due_.clear();
    for (const std::uint32_t tile : restless_) add(tile);
    for (const std::uint32_t tile : touched_[slot]) add(tile);
    if (adapt_due) {
      std::erase_if(waiting_, [this](std::uint32_t tile) {
        tiles_[tile].listed_waiting = tiles_[tile].waits;
        return !tiles_[tile].waits;
      });
      for (const std::uint32_t tile : waiting_) add(tile);
    }
    restless_.clear();
    touched_[slot].clear();
    for (const std::uint32_t tile : due_) {
      tiles_[tile].listed = false;
      tiles_[tile].touched &= ~(1u << slot);
    }
    return due_;
  }

  /// Steps from `step` on in which no tile changes, if nothing is written or touched meanwhile
  /// (docs/blocks/core.md, "A core at rest"). kForever: all of them.
  std::uint64_t rest(std::uint64_t step, unsigned adapt_period) const {
    if (!restless_.empty()) return 0;
    std::uint64_t count = kForever;
    for (std::uint64_t ahead = 0; ahead < touched_.size() && count == kForever; ++ahead) {
      if (!touched_[(step + ahead) % touched_.size()].empty()) count = ahead;
    }
    const bool waits = std::any_of(waiting_.begin(), waiting_.end(),
                                   [this](auto tile) { return tiles_[tile].waits; });
    return waits ? std::min(count, -step % (std::uint64_t{1} << adapt_period)) : count;
  }
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};

 private:
  struct Tile {
    std::uint32_t touched = 0;
    bool fresh = false;
    bool rested = false;
    bool waits = false;
    bool listed_waiting = false;  ///< is in waiting_
    bool listed = false;          ///< is in due_
  };

  void add(std::uint32_t tile) {
    if (tiles_[tile].listed) return;
    tiles_[tile].listed = true;
    due_.push_back(tile);
  }
  void all_fresh() {
    restless_.clear();
    for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
      tiles_[tile].fresh = true;
      tiles_[tile].rested = false;
      restless_.push_back(tile);
    }
  }
  void forget_touched() {
    for (Tile& tile : tiles_) tile.touched = 0;
    for (auto& list : touched_) list.clear();
  }

  std::vector<Tile> tiles_;
  std::vector<std::uint32_t> restless_;              ///< tiles that are not rested, or fresh
  std::vector<std::vector<std::uint32_t>> touched_;  ///< per slot: tiles whose bit is set
  std::vector<std::uint32_t> waiting_;  ///< every tile that waits, and some that do not
  std::vector<std::uint32_t> due_;
};

}  // namespace spikemesh::model
