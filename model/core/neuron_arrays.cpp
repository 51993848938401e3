// SPDX-License-Identifier: Apache-2.0
#include "model/core/neuron_arrays.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace spikemesh::model {

namespace {

// One clone for processors with AVX2, chosen when the program starts. Sanitizers do not go with it.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(SPIKEMESH_INSTRUMENT)
#define SPIKEMESH_SIMD __attribute__((target_clones("avx2", "default"), noinline))
#else
#define SPIKEMESH_SIMD
#endif

constexpr auto kMin = static_cast<std::int32_t>(kStateMin);
constexpr auto kMax = static_cast<std::int32_t>(kStateMax);

// Bits of what the loop says of a neuron, a byte each.
constexpr std::uint8_t kSpike = 1, kSaturated = 2, kChanged = 4, kRestless = 8;

/// decay() of 24 bits: the product of magnitudes fits 64 bits unsigned, what is left of it 32.
inline std::int32_t decay24(std::int32_t x, std::uint32_t k, unsigned decay_bits) {
  const auto sign = static_cast<std::uint32_t>(x >> 31);
  const std::uint32_t magnitude = (static_cast<std::uint32_t>(x) ^ sign) - sign;
  const auto left = static_cast<std::uint32_t>((std::uint64_t{magnitude} * k) >> decay_bits);
  return static_cast<std::int32_t>((left ^ sign) - sign);
}

inline std::int32_t clip(std::int32_t x, std::int32_t low, std::int32_t high) {
  const std::int32_t raised = x < low ? low : x;
  return raised > high ? high : raised;
}

/// The accumulator, shifted. One so large that the sum is clipped whatever it is added to is
/// clipped before, so that 32 bits do.
inline std::int32_t gained(std::int32_t acc, std::uint32_t gain) {
  const auto most = static_cast<std::int32_t>((std::uint32_t{1} << 26) >> gain);
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(clip(acc, -most, most)) << gain);
}

inline std::int32_t all_ones_if(bool holds) { return holds ? -1 : 0; }

/// update_neuron but for the adaptive threshold and what follows a spike: a neuron that fires keeps
/// the V that it fired with. Pointers are not aliases of one another.
SPIKEMESH_SIMD void step_block(
    std::int32_t* __restrict v, std::int32_t* __restrict i, std::int32_t* __restrict refractory,
    const std::int32_t* __restrict limit, const std::int32_t* __restrict busy,
    const std::int32_t* __restrict bias, const std::uint32_t* __restrict decay_i,
    const std::uint32_t* __restrict decay_v, const std::uint32_t* __restrict gain,
    const std::uint32_t* __restrict acc, std::uint8_t* __restrict found, std::uint32_t count,
    unsigned decay_bits) {
  for (std::uint32_t j = 0; j < count; ++j) {
    const std::int32_t input = static_cast<std::int32_t>(acc[j] << 8) >> 8;
    const std::int32_t i1 =
        decay24(i[j], decay_i[j], decay_bits) + gained(input, gain[j]) + bias[j];
    const std::int32_t i2 = clip(i1, kMin, kMax);
    const std::int32_t v1 = decay24(v[j], decay_v[j], decay_bits) + i2;
    const std::int32_t v2 = clip(v1, kMin, kMax);
    const std::int32_t held = all_ones_if(refractory[j] > 0);
    const std::int32_t v3 = (v[j] & held) | (v2 & ~held);
    const std::int32_t left = refractory[j] + held;
    const std::int32_t spike = all_ones_if(v2 > limit[j]) & ~held;
    const std::int32_t saturated = all_ones_if(i2 != i1) | (all_ones_if(v2 != v1) & ~held);
    const std::int32_t changed =
        all_ones_if((held | spike | input | (v3 ^ v[j]) | (i2 ^ i[j])) != 0);
    const std::int32_t restless = all_ones_if((v3 | i2 | left | busy[j]) != 0);
    found[j] = static_cast<std::uint8_t>((spike & kSpike) | (saturated & kSaturated) |
                                         (changed & kChanged) | (restless & kRestless));
    v[j] = v3;
    i[j] = i2;
    refractory[j] = left;
  }
}

/// The decay of adaptive thresholds; returns whether any of them changed.
SPIKEMESH_SIMD bool decay_block(std::uint64_t* __restrict adapt, std::int32_t* __restrict limit,
                                std::int32_t* __restrict busy, const std::int32_t* __restrict theta,
                                const std::int32_t* __restrict bias,
                                const std::uint32_t* __restrict decay_adapt, std::uint32_t count,
                                unsigned decay_bits) {
  std::uint64_t changed = 0;
  for (std::uint32_t j = 0; j < count; ++j) {
    const std::uint64_t left = (adapt[j] * std::uint64_t{decay_adapt[j]}) >> decay_bits;
    changed |= left ^ adapt[j];
    adapt[j] = left;
    limit[j] = theta[j] + static_cast<std::int32_t>(left >> spec::kAdaptFraction);
    busy[j] =
        bias[j] | static_cast<std::int32_t>(left != 0) | static_cast<std::int32_t>(theta[j] < 0);
  }
  return changed != 0;
}

/// Bit j: the lowest bit of byte j.
std::uint64_t lowest_bits(std::uint64_t bytes) {
  return ((bytes & 0x0101010101010101u) * 0x0102040810204080u) >> 56;
}

std::uint32_t blocks(std::uint32_t neurons) {
  return (neurons + NeuronArrays::kBlock - 1) / NeuronArrays::kBlock;
}
std::uint32_t block_of(std::uint32_t neurons, std::uint32_t first) {
  return std::min(neurons - first, NeuronArrays::kBlock);
}

}  // namespace

NeuronArrays::NeuronArrays(const spec::Build& build, ZeroPool& pool)
    : neurons_(build.neurons),
      decay_bits_(build.decay_bits),
      v_(pool, neurons_),
      i_(pool, neurons_),
      refractory_(pool, neurons_),
      theta_(pool, neurons_),
      limit_(pool, neurons_),
      busy_(pool, neurons_),
      bias_(pool, neurons_),
      decay_i_(pool, neurons_),
      decay_v_(pool, neurons_),
      gain_(pool, neurons_),
      decay_adapt_(pool, neurons_),
      adapt_(pool, neurons_),
      adapting_(pool, blocks(neurons_)),
      spiking_(pool, neurons_) {}

std::size_t NeuronArrays::bytes(const spec::Build& build) {
  return 11 * ZeroPool::bytes<std::int32_t>(build.neurons) +
         ZeroPool::bytes<std::uint64_t>(build.neurons) +
         ZeroPool::bytes<std::uint64_t>(blocks(build.neurons)) +
         ZeroPool::bytes<Spiking>(build.neurons);
}

NeuronParameters NeuronArrays::parameters(std::uint32_t j) const {
  const Spiking& s = spiking_[j];
  return {.theta = theta_[j],
          .v_reset = s.v_reset,
          .bias = bias_[j],
          .decay_i = decay_i_[j],
          .decay_v = decay_v_[j],
          .decay_adapt = decay_adapt_[j],
          .adapt_step = s.adapt_step,
          .refractory = s.refractory,
          .gain = static_cast<std::uint8_t>(gain_[j]),
          .subtract = s.subtract};
}

void NeuronArrays::set_parameters(std::uint32_t j, const NeuronParameters& p) {
  spiking_[j] = {p.v_reset, p.adapt_step, p.refractory, p.subtract};
  theta_[j] = p.theta;
  bias_[j] = p.bias;
  decay_i_[j] = p.decay_i;
  decay_v_[j] = p.decay_v;
  gain_[j] = p.gain;
  decay_adapt_[j] = p.decay_adapt;
  derive(j);
}

NeuronState NeuronArrays::state(std::uint32_t j) const {
  return {.adapt = adapt_[j],
          .v = v_[j],
          .i = i_[j],
          .refractory = static_cast<std::uint8_t>(refractory_[j])};
}

void NeuronArrays::set_state(std::uint32_t j, const NeuronState& s) {
  adapt_[j] = s.adapt;
  v_[j] = s.v;
  i_[j] = s.i;
  refractory_[j] = s.refractory;
  derive(j);
}

/// What follows from parameters and the adaptive threshold.
void NeuronArrays::derive(std::uint32_t j) {
  const std::uint64_t bit = std::uint64_t{1} << j % kBlock;
  const bool adapts = adapt_[j] != 0;
  limit_[j] = theta_[j] + static_cast<std::int32_t>(adapt_[j] >> spec::kAdaptFraction);
  busy_[j] = bias_[j] | (adapts || theta_[j] < 0 ? 1 : 0);
  adapting_[j / kBlock] = (adapting_[j / kBlock] & ~bit) | (adapts ? bit : 0);
}

void NeuronArrays::clear() {
  v_.clear(), i_.clear(), refractory_.clear(), theta_.clear(), limit_.clear(), busy_.clear();
  bias_.clear(), decay_i_.clear(), decay_v_.clear(), gain_.clear(), decay_adapt_.clear();
  adapt_.clear(), adapting_.clear(), spiking_.clear();
}

void NeuronArrays::clear_states() {
  for (std::uint32_t j = 0; j < neurons_; ++j) set_state(j, {});
}

bool NeuronArrays::adapting() const {
  return std::any_of(adapting_.data(), adapting_.data() + blocks(neurons_),
                     [](std::uint64_t bits) { return bits != 0; });
}

NeuronArrays::Found NeuronArrays::step(std::uint32_t first, std::uint64_t due,
                                       const std::uint32_t* acc, bool adapt_due) {
  constexpr int kFew = 4;  // cost as much as a block
  return std::popcount(due) <= kFew ? step_each(first, due, acc, adapt_due)
                                    : step_all(first, acc, adapt_due);
}

NeuronArrays::Found NeuronArrays::step_each(std::uint32_t first, std::uint64_t due,
                                            const std::uint32_t* acc, bool adapt_due) {
  Found found;
  for (; due != 0; due &= due - 1) {
    const auto k = static_cast<std::uint32_t>(std::countr_zero(due));
    const std::uint32_t j = first + k;
    const NeuronUpdate next = update_neuron(
        parameters(j), state(j), spec::sign_extend(acc[k], spec::kAccBits), adapt_due, decay_bits_);
    const NeuronState& s = next.state;
    set_state(j, s);
    found.spikes |= std::uint64_t{next.spike} << k;
    found.saturated |= std::uint64_t{next.saturated} << k;
    found.restless |= std::uint64_t{(s.v | s.i | s.refractory | busy_[j]) != 0} << k;
    found.changed |= next.changed;
  }
  return found;
}

NeuronArrays::Found NeuronArrays::step_all(std::uint32_t first, const std::uint32_t* acc,
                                           bool adapt_due) {
  const std::uint32_t count = block_of(neurons_, first);
  Found found;
  if (adapt_due && adapting_[first / kBlock] != 0) found.changed = decay_adaptation(first, count);
  alignas(64) std::array<std::uint8_t, kBlock> bytes{};
  step_block(&v_[first], &i_[first], &refractory_[first], &limit_[first], &busy_[first],
             &bias_[first], &decay_i_[first], &decay_v_[first], &gain_[first], acc, bytes.data(),
             count, decay_bits_);
  for (unsigned k = 0; k < kBlock / 8; ++k) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, &bytes[8 * k], 8);
    found.spikes |= lowest_bits(eight) << 8 * k;
    found.saturated |= lowest_bits(eight >> 1) << 8 * k;
    found.changed |= lowest_bits(eight >> 2) != 0;
    found.restless |= lowest_bits(eight >> 3) << 8 * k;
  }
  for (std::uint64_t left = found.spikes; left != 0; left &= left - 1)
    fire(first + static_cast<std::uint32_t>(std::countr_zero(left)), found);
  return found;
}

bool NeuronArrays::decay_adaptation(std::uint32_t first, std::uint32_t count) {
  const bool changed = decay_block(&adapt_[first], &limit_[first], &busy_[first], &theta_[first],
                                   &bias_[first], &decay_adapt_[first], count, decay_bits_);
  std::uint64_t& adapting = adapting_[first / kBlock];
  for (std::uint64_t left = changed ? adapting : 0; left != 0; left &= left - 1) {
    const auto j = static_cast<std::uint32_t>(std::countr_zero(left));
    if (adapt_[first + j] == 0) adapting &= ~(std::uint64_t{1} << j);
  }
  return changed;
}

/// The rest of the step of a neuron that fired.
void NeuronArrays::fire(std::uint32_t j, Found& found) {
  const std::uint64_t bit = std::uint64_t{1} << j % kBlock;
  NeuronState s = state(j);
  if (apply_spike(parameters(j), s)) found.saturated |= bit;
  set_state(j, s);
  const bool restless = (s.v | s.i | s.refractory | busy_[j]) != 0;
  found.restless = (found.restless & ~bit) | (restless ? bit : 0);
}

}  // namespace spikemesh::model
