// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "model/core/stdp.hpp"

namespace spikemesh::model {

/// What one rule does to weights in one step, by the traces of one side.
struct StdpStep {
  const std::uint32_t* traces;  ///< words as in spec::Trace
  const std::uint32_t* table;   ///< as a DecayTable
  std::int32_t amplitude, target;
  WeightBounds bounds;
  std::uint16_t now;
};

/// Up to 64 weights that change at once, with the widest vectors that the processor has (as in
/// model/core/neuron_block.hpp).
struct StdpBlock {
  static constexpr std::uint32_t kMost = 64;

  alignas(64) std::array<std::uint32_t, kMost> which;  ///< whose trace a weight reads
  alignas(64) std::array<std::int32_t, kMost> before;
  alignas(64) std::array<std::uint32_t, kMost> trace;  ///< as it read
  alignas(64) std::array<std::int32_t, kMost> after;
  std::uint64_t below, above;  ///< a bit a weight: clipped to min, to max

  /// read_trace and change_weight (stdp.hpp) of the first `count`.
  void change(const StdpStep& step, std::uint32_t count);
};

}  // namespace spikemesh::model
