// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

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
  NeuronState state(std::uint32_t j) const;
  void set_state(std::uint32_t j, const NeuronState& s);
  void clear();  ///< parameters and states

  /// What a step of a block found; a bit for each neuron.
  struct Found {
    std::uint64_t spikes = 0;
    std::uint64_t restless = 0;  ///< without input they may change in the next step
    std::uint64_t saturated = 0;
    bool changed = false;  ///< some neuron, as in neuron.hpp
    bool stepped = false;  ///< not set: there was nothing to do
  };
  /// A step of the neurons from `first` on, a multiple of kBlock; `acc`: their accumulators, which
  /// become zero. `restless`: as the last step found, and every neuron written since.
  Found step(std::uint32_t first, std::uint64_t restless, std::uint32_t* acc, bool adapt_due);
  /// Some adaptive threshold is not zero.
  bool adapting() const;

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
  bool moves(std::uint32_t j) const;
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
  ZeroArray<std::uint64_t> adapting_;    ///< a bit for each neuron: adapt is not zero
  ZeroArray<std::uint64_t> below_zero_;  ///< a bit for each neuron: theta is
  ZeroArray<Spiking> spiking_;
};

}  // namespace spikemesh::model
