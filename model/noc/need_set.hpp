// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace spikemesh::model {

/// Which tiles need an Update in a step (docs/blocks/core.md: rested, touched, adapt_any).
///
/// A step costs the tiles that need it, not the tiles that there are. After reset every tile needs.
class NeedSet {
 public:
  NeedSet(std::uint32_t tiles, std::uint32_t slots) : tiles_(tiles), touched_(slots) { reset(); }

  void reset() {
    all_restless();
    forget_touched();
    forget_adaptation();
  }
  /// All tiles: the phase sweep.
  void swept(bool membrane, bool adaptation) {
    all_restless();
    if (membrane) forget_touched();
    if (adaptation) forget_adaptation();
  }

  /// A word of the tile was written.
  void written(std::uint32_t tile) {
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
  /// What an Update found.
  struct Found {
    bool rested = false;            ///< no neuron changed
    bool adapt_any = false;         ///< some adaptive threshold is not zero
    bool adapt_due = false;         ///< it was an Update in which they decay
    std::uint32_t saturations = 0;  ///< counted by it
  };
  /// Every tile that `begin` named must be told of.
  void updated(std::uint32_t tile, const Found& found) {
    Tile& state = tiles_[tile];
    state.rested = found.rested;
    if (!found.rested) restless_.push_back(tile);
    state.adapt_any = found.adapt_any;
    state.frozen = found.rested && found.adapt_due;
    state.saturations = found.saturations;
    if (found.adapt_any && !state.adapt_listed) adapting_.push_back(tile);
    state.adapt_listed |= found.adapt_any;
  }

  /// A step begins: the tiles that need an Update, in no order; their slot is no longer touched.
  const std::vector<std::uint32_t>& begin(std::uint32_t slot, bool adapt_due) {
    due_.clear();
    for (const std::uint32_t tile : restless_) add(tile);
    for (const std::uint32_t tile : touched_[slot]) add(tile);
    if (adapt_due) {
      std::erase_if(adapting_, [this](std::uint32_t tile) {
        tiles_[tile].adapt_listed = tiles_[tile].adapt_any;
        return !tiles_[tile].adapt_any;
      });
      for (const std::uint32_t tile : adapting_) add(tile);
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
    const bool decays = std::any_of(adapting_.begin(), adapting_.end(), [this](auto tile) {
      return tiles_[tile].adapt_any && !tiles_[tile].frozen;
    });
    return decays ? std::min(count, -step % (std::uint64_t{1} << adapt_period)) : count;
  }
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};
  /// Some tile runs an Update in each step in which adaptive thresholds decay.
  bool adapting() const {
    return std::any_of(adapting_.begin(), adapting_.end(),
                       [this](auto tile) { return tiles_[tile].adapt_any; });
  }
  /// Calls each(tile, saturations) for these tiles, with what their last Update counted.
  template <class Each>
  void for_each_adapting(Each&& each) const {
    for (const std::uint32_t tile : adapting_) {
      if (tiles_[tile].adapt_any) each(tile, tiles_[tile].saturations);
    }
  }

 private:
  struct Tile {
    std::uint32_t touched = 0;
    std::uint32_t saturations = 0;  ///< counted by the last Update
    bool rested = false;
    bool frozen = false;  ///< the last Update was one with decay, and found it rested
    bool adapt_any = false;
    bool adapt_listed = false;  ///< is in adapting_
    bool listed = false;        ///< is in due_
  };

  void add(std::uint32_t tile) {
    if (tiles_[tile].listed) return;
    tiles_[tile].listed = true;
    due_.push_back(tile);
  }
  void all_restless() {
    restless_.clear();
    for (std::uint32_t tile = 0; tile < tiles_.size(); ++tile) {
      tiles_[tile].rested = false;
      restless_.push_back(tile);
    }
  }
  void forget_touched() {
    for (Tile& tile : tiles_) tile.touched = 0;
    for (auto& list : touched_) list.clear();
  }
  void forget_adaptation() {
    for (Tile& tile : tiles_) tile.adapt_any = tile.adapt_listed = false;
    adapting_.clear();
  }

  std::vector<Tile> tiles_;
  std::vector<std::uint32_t> restless_;              ///< tiles that are not rested
  std::vector<std::vector<std::uint32_t>> touched_;  ///< per slot: tiles whose bit is set
  std::vector<std::uint32_t> adapting_;  ///< every tile with adapt_any, and some without
  std::vector<std::uint32_t> due_;
};

/// How many of the `count` steps from `step` on are multiples of 2^period.
constexpr std::uint64_t due_steps(std::uint64_t step, std::uint64_t count, unsigned period) {
  const auto below = [period](std::uint64_t end) {
    return end == 0 ? 0 : ((end - 1) >> period) + 1;
  };
  return below(step + count) - below(step);
}

}  // namespace spikemesh::model
