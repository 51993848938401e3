// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include "model/core/neuron.hpp"
#include "model/core/neuron_block.hpp"
#include "model/core/zero_pool.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The neurons of a tile: an array for each parameter and each part of the state, so that a block
/// of neurons is stepped at once (neuron_block.hpp).
///
/// A step does what update_neuron (neuron.hpp) does with each neuron, to the bit
/// (tests/unit/neuron_arrays.cpp). Zero bytes are a neuron that never fires.
class NeuronArrays {
 public:
  static constexpr std::uint32_t kBlock = 64;

  NeuronArrays(const spec::Build& build, ZeroPool& pool);
  static std::size_t bytes(const spec::Build& build);

  NeuronParameters parameters(std::uint32_t j) const;
  void set_parameters(std::uint32_t j, const NeuronParameters& p);
  NeuronState state(std::uint32_t j) const {
    return {.adapt = adapt_[j],
            .v = v_[j],
            .i = i_[j],
            .refractory = static_cast<std::uint8_t>(refractory_[j])};
  }
  void set_state(std::uint32_t j, const NeuronState& s);
  /// V, or I (`current`), of the neurons from `first` on.
  void read(bool current, std::uint32_t first, std::span<std::int32_t> values) const {
    std::copy_n((current ? i_ : v_).data() + first, values.size(), values.begin());
  }
  void clear();  ///< parameters and states

  /// What a step of a block found; a bit for each neuron.
  struct Found {
    std::uint64_t spikes = 0;
    std::uint64_t changed = 0;  ///< as in neuron.hpp
    std::uint64_t saturated = 0;
  };
  /// A step of those neurons from `first` on, a multiple of kBlock, whose bit in `due` is set;
  /// `acc`: the accumulators of the block, which become zero. The others must be such that a step
  /// would change none of them.
  Found step(std::uint32_t first, std::uint64_t due, std::uint32_t* acc, bool adapt_due);
  /// Neurons of the block whose accumulator is not zero.
  std::uint64_t touched(std::uint32_t first, const std::uint32_t* acc) const;
  /// Neurons of the block whose adaptive threshold a step with `adapt_due` would change.
  std::uint64_t decaying(std::uint32_t first) const {
    return adapting_[first / kBlock] & fading_[first / kBlock];
  }

 private:
  /// What only a spike looks at.
  struct Spiking {
    std::int32_t v_reset;
    std::uint32_t adapt_step;
    std::uint8_t refractory;
    bool subtract;
  };

  Found step_all(std::uint32_t first, std::uint32_t count, std::uint32_t* acc, bool adapt_due);
  Found step_each(std::uint32_t first, std::uint64_t due, std::uint32_t* acc, bool adapt_due);
  NeuronBlock block_at(std::uint32_t first, std::uint32_t count);
  void derive(std::uint32_t j);
  void fire(std::uint32_t j, Found& found);

  std::uint32_t neurons_;
  unsigned decay_bits_;
  unsigned factor_shift_;  ///< of decay factors, from the build's to those of neuron_block.hpp
  ZeroArray<std::int32_t> v_, i_, refractory_;
  ZeroArray<std::int32_t> theta_;
  ZeroArray<std::int32_t> limit_;  ///< theta and the whole part of the adaptive threshold
  ZeroArray<std::int32_t> bias_;
  ZeroArray<std::uint32_t> decay_i_, decay_v_, gain_, decay_adapt_;
  ZeroArray<std::uint64_t> adapt_;
  ZeroArray<std::uint64_t> adapting_;  ///< a bit for each neuron: adapt is not zero
  ZeroArray<std::uint64_t> fading_;    ///< a bit for each neuron: decay_adapt is below 1
  ZeroArray<Spiking> spiking_;
};

}  // namespace spikemesh::model
