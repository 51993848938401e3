// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace spikemesh::model {

/// Columns of up to 64 neurons, for the loops that step them all at once with the widest vectors
/// that the processor has (Highway chooses when the program starts).
///
/// Each array is as long as a whole number of vectors, or kMostLanes: lanes beyond the neurons are
/// zeros, which stay zeros.
struct NeuronBlock {
  static constexpr std::uint32_t kMostLanes = 16;  ///< of 32 bits

  std::uint32_t count;  ///< neurons
  std::int32_t *v, *i, *refractory;
  std::uint64_t* adapt;
  std::int32_t* limit;  ///< theta and the whole part of adapt
  const std::int32_t *theta, *bias;
  /// Decay factors, shifted so that 1 is 2^24.
  const std::uint32_t *decay_i, *decay_v, *decay_adapt;
  const std::uint32_t* gain;
};

/// What a step of a block found: a bit for each neuron.
struct BlockFound {
  std::uint64_t spikes = 0;
  std::uint64_t saturated = 0;
  std::uint64_t changed = 0;  ///< V, I or refractory count, or the accumulator was not zero
};

/// update_neuron (neuron.hpp) of each neuron but for the adaptive threshold and what follows a
/// spike: a neuron that fires keeps the V that it fired with. `acc`: the neurons' accumulators,
/// which become zero.
BlockFound step_block(const NeuronBlock& block, std::uint32_t* acc);

/// Decay of the adaptive thresholds.
struct AdaptFound {
  std::uint64_t adapting = 0;  ///< a bit for each neuron: adapt is not zero
  std::uint64_t changed = 0;   ///< a bit for each neuron
};
AdaptFound decay_block(const NeuronBlock& block);

/// A bit for each of `count` accumulators whose low 24 bits are not zero; `acc` as in step_block.
std::uint64_t touched_in_block(const std::uint32_t* acc, std::uint32_t count);

/// Vectors that this processor has and the program was compiled for (Highway's targets).
std::vector<std::int64_t> block_targets();
/// From now on the loops use this one of block_targets(); 0: the widest, as at first.
void use_block_target(std::int64_t target);

}  // namespace spikemesh::model
