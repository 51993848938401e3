// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace spikemesh::model {

/// Packets that cores send instead of the spikes of their neurons, which then are not updated: a
/// network on chip without a network of neurons (docs/exploration/traffic.md).
struct Traffic {
  /// What a tile sends in a step: `count` of `packets`, from `first` on, in this order.
  struct Burst {
    std::uint32_t tile = 0, first = 0, count = 0;
  };
  /// The bursts of a step: `count` of `bursts`, from `first` on, each of another tile.
  struct Step {
    std::uint64_t step = 0;
    std::uint32_t first = 0, count = 0;
  };
  std::vector<std::uint32_t> packets;  ///< spec::Fanout words
  std::vector<Burst> bursts;
  std::vector<Step> steps;  ///< those in which something is sent, ascending

  /// The bursts of `step`.
  std::span<const Burst> at(std::uint64_t step) const {
    const auto found = next(step);
    if (found == steps.end() || found->step != step) return {};
    return std::span(bursts).subspan(found->first, found->count);
  }
  /// Steps from `step` on in which nothing is sent; the largest number: all of them.
  std::uint64_t rest(std::uint64_t step) const {
    const auto found = next(step);
    return found == steps.end() ? std::numeric_limits<std::uint64_t>::max() : found->step - step;
  }

 private:
  std::vector<Step>::const_iterator next(std::uint64_t step) const {
    return std::lower_bound(steps.begin(), steps.end(), step,
                            [](const Step& each, std::uint64_t at) { return each.step < at; });
  }
};

}  // namespace spikemesh::model
