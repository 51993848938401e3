// SPDX-License-Identifier: Apache-2.0
#pragma once
// One neuron, one step: docs/arithmetic.md to the bit. Shared by the reference and the model.

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

inline constexpr std::int64_t kStateMin = -(std::int64_t{1} << (spec::kStateBits - 1));
inline constexpr std::int64_t kStateMax = (std::int64_t{1} << (spec::kStateBits - 1)) - 1;
inline constexpr std::uint64_t kAdaptMax = (std::uint64_t{1} << spec::kAdaptBits) - 1;

/// trunc_toward_zero(x * k / 2^decay_bits), exact for |x| < 2^40 and k < 2^18.
constexpr std::int64_t decay(std::int64_t x, std::uint32_t k, unsigned decay_bits) {
  const std::int64_t product = x * static_cast<std::int64_t>(k);
  const std::int64_t round = (product >> 63) & ((std::int64_t{1} << decay_bits) - 1);
  return (product + round) >> decay_bits;
}

/// x clipped to 24 bits signed.
constexpr std::int32_t sat24(std::int64_t x) {
  return static_cast<std::int32_t>(x < kStateMin ? kStateMin : x > kStateMax ? kStateMax : x);
}

/// x clipped to 40 bits unsigned.
constexpr std::uint64_t sat40(std::uint64_t x) { return x > kAdaptMax ? kAdaptMax : x; }

/// Parameters of a neuron; all zero is a neuron that never fires.
struct NeuronParameters {
  std::int32_t theta = 0;         ///< threshold
  std::int32_t v_reset = 0;       ///< V after a spike, unless `subtract`
  std::int32_t bias = 0;          ///< added to I in every step
  std::uint32_t decay_i = 0;      ///< a, 0..2^DecayBits
  std::uint32_t decay_v = 0;      ///< b, 0..2^DecayBits
  std::uint32_t decay_adapt = 0;  ///< k_adapt, 0..2^DecayBits
  std::uint32_t adapt_step = 0;   ///< what a spike adds to the adaptive threshold
  std::uint8_t refractory = 0;    ///< r: steps skipped after a spike
  std::uint8_t gain = 0;          ///< left shift of the accumulator
  bool subtract = false;          ///< a spike subtracts theta instead of setting V to v_reset

  constexpr bool operator==(const NeuronParameters&) const = default;
};

/// Dynamic state of a neuron.
struct NeuronState {
  std::uint64_t adapt = 0;      ///< adaptive threshold, 16 fraction bits
  std::int32_t v = 0;           ///< membrane potential
  std::int32_t i = 0;           ///< synaptic current
  std::uint8_t refractory = 0;  ///< steps left in which it cannot fire

  constexpr bool operator==(const NeuronState&) const = default;
};

struct NeuronUpdate {
  NeuronState state;
  bool spike = false;
  bool saturated = false;  ///< I, V or the adaptive threshold was clipped
  bool changed = false;    ///< the state differs, the accumulator was not 0, or it fired
};

/// What a spike does to a neuron, whose V is the one that it fired with. Returns whether something
/// was clipped.
constexpr bool apply_spike(const NeuronParameters& p, NeuronState& s) {
  const std::int64_t reduced = std::int64_t{s.v} - p.theta;
  const std::uint64_t adapt = s.adapt + p.adapt_step;
  s.v = p.subtract ? sat24(reduced) : p.v_reset;
  s.refractory = p.refractory;
  s.adapt = sat40(adapt);
  return (p.subtract && sat24(reduced) != reduced) || s.adapt != adapt;
}

/// Update of one neuron. `acc`: accumulator of this step's slot, 24 bits signed; `adapt_due`: the
/// adaptive threshold decays in this step; `decay_bits`: the build's DecayBits.
constexpr NeuronUpdate update_neuron(const NeuronParameters& p, const NeuronState& s,
                                     std::int32_t acc, bool adapt_due, unsigned decay_bits) {
  NeuronUpdate out{.state = s};
  const std::uint64_t adapt1 =
      adapt_due ? static_cast<std::uint64_t>(
                      decay(static_cast<std::int64_t>(s.adapt), p.decay_adapt, decay_bits))
                : s.adapt;
  out.state.adapt = adapt1;
  const std::int64_t i1 =
      decay(s.i, p.decay_i, decay_bits) + (std::int64_t{acc} << p.gain) + p.bias;
  out.state.i = sat24(i1);
  out.saturated = out.state.i != i1;
  if (s.refractory > 0) {
    out.state.refractory = static_cast<std::uint8_t>(s.refractory - 1);
    out.changed = true;
    return out;
  }
  const std::int64_t v0 = decay(s.v, p.decay_v, decay_bits) + out.state.i;
  out.state.v = sat24(v0);
  out.saturated |= out.state.v != v0;
  out.spike = out.state.v > p.theta + static_cast<std::int64_t>(adapt1 >> spec::kAdaptFraction);
  if (out.spike && apply_spike(p, out.state)) out.saturated = true;
  out.changed = out.spike || acc != 0 || out.state != s;
  return out;
}

}  // namespace spikemesh::model
