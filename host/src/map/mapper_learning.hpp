// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// The memories of learning of one tile as they fill up (docs/blocks/learn.md).
class MapLearning {
 public:
  /// The tile's number of a rule of the network (from 1 on): each gets one at its first use.
  std::uint32_t rule(std::uint8_t number);
  /// A plastic synapse into a neuron of the tile.
  void add(std::uint32_t neuron, const spec::Fanin& entry);

  std::size_t entries() const;
  std::size_t rules() const { return rules_.size(); }
  /// Words of each memory, from index 0 on.
  std::vector<std::pair<spec::Region, std::vector<std::uint32_t>>> words(
      const std::vector<IntegerRule>& rules, const spec::Build& build) const;

 private:
  std::vector<std::uint8_t> rules_;  ///< number in the network of each of the tile's
  std::map<std::uint32_t, std::vector<spec::Fanin>> lists_;  ///< of each plastic neuron
};

}  // namespace spikemesh
