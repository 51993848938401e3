// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "map/mapper_tile_fill.hpp"

namespace spikemesh {

/// Chooses neurons for one tile after another by what they share: next is the one that needs the
/// fewest sources that the tile does not have yet. So neurons that look at the same inputs come
/// together, in whatever order they are numbered.
class NeuronGrower {
 public:
  /// `units`: the neurons to be chosen from.
  NeuronGrower(const IntegerNetwork& network, const MapSources& sources,
               const std::vector<std::uint32_t>& units);

  /// The tile is empty again.
  void begin_tile();
  /// The next neuron, not yet taken, of the populations that are open; none if there is none.
  std::optional<std::uint32_t> best();
  /// The tile takes no more of this population: others may still use what it has left.
  void close(std::uint32_t population) { closed_[population] = tile_; }
  void take(std::uint32_t unit);
  /// Targets of sources that it has looked at.
  std::uint64_t work() const { return work_; }

 private:
  bool waits(std::uint32_t unit) const { return state_[unit] == State::waiting; }
  bool open(std::uint32_t unit) const { return closed_[network_.part_of[unit]] != tile_; }
  std::uint32_t missing(std::uint32_t unit) const { return sources_.count(unit) - shared_[unit]; }
  void offer(std::uint32_t unit);

  enum class State : std::uint8_t { elsewhere, waiting, taken };
  const IntegerNetwork& network_;
  const MapSources& sources_;
  std::vector<std::uint64_t> first_;                ///< source -> its first target
  std::vector<std::uint32_t> targets_;              ///< neurons of `units` alone
  std::vector<State> state_;                        ///< by unit
  std::vector<std::uint32_t> shared_;               ///< by unit: sources that the tile has
  std::vector<std::uint32_t> has_;                  ///< by source: the tile that had it last
  std::vector<std::uint32_t> touched_;              ///< units with shared sources
  std::vector<std::uint32_t> changed_;              ///< of these, since the last take
  std::vector<std::uint32_t> changed_by_;           ///< by unit: the take that changed it last
  std::vector<std::vector<std::uint32_t>> offers_;  ///< by missing sources; may be out of date
  std::size_t least_ = 0;
  struct Seeds {
    std::size_t next = 0, end = 0;  ///< places of `order_`: none waits before `next`
  };
  std::vector<Seeds> seeds_;           ///< by population
  std::vector<std::uint32_t> closed_;  ///< by population: the last tile that took no more of it
  std::vector<std::uint32_t> order_;   ///< `units`
  std::uint32_t tile_ = 0, takes_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace spikemesh
