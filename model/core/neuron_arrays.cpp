// SPDX-License-Identifier: Apache-2.0
#include "model/core/neuron_arrays.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "model/core/word_bits.hpp"

namespace spikemesh::model {

namespace {

// Decay factors as the loops of neuron_block.hpp take them: 1 is 2^24.
constexpr unsigned kBlockFactorBits = 24;

std::uint32_t blocks(std::uint32_t neurons) {
  return (neurons + NeuronArrays::kBlock - 1) / NeuronArrays::kBlock;
}
std::uint32_t block_of(std::uint32_t neurons, std::uint32_t first) {
  return std::min(neurons - first, NeuronArrays::kBlock);
}

/// step_block of neurons that are no whole vector: behind their accumulators are others.
BlockFound step_copy(const NeuronBlock& block, std::uint32_t* acc) {
  alignas(64) std::array<std::uint32_t, NeuronBlock::kMostLanes> copy{};
  std::copy_n(acc, block.count, copy.begin());
  std::fill_n(acc, block.count, 0);
  return step_block(block, copy.data());
}

}  // namespace

NeuronArrays::NeuronArrays(const spec::Build& build, ZeroPool& pool)
    : neurons_(build.neurons),
      decay_bits_(build.decay_bits),
      factor_shift_(kBlockFactorBits - build.decay_bits),
      v_(pool, neurons_),
      i_(pool, neurons_),
      refractory_(pool, neurons_),
      theta_(pool, neurons_),
      limit_(pool, neurons_),
      bias_(pool, neurons_),
      decay_i_(pool, neurons_),
      decay_v_(pool, neurons_),
      gain_(pool, neurons_),
      decay_adapt_(pool, neurons_),
      adapt_(pool, neurons_),
      adapting_(pool, blocks(neurons_)),
      fading_(pool, blocks(neurons_)),
      spiking_(pool, neurons_) {}

std::size_t NeuronArrays::bytes(const spec::Build& build) {
  return 10 * ZeroPool::bytes<std::int32_t>(build.neurons) +
         ZeroPool::bytes<std::uint64_t>(build.neurons) +
         2 * ZeroPool::bytes<std::uint64_t>(blocks(build.neurons)) +
         ZeroPool::bytes<Spiking>(build.neurons);
}

NeuronParameters NeuronArrays::parameters(std::uint32_t j) const {
  const Spiking& s = spiking_[j];
  return {.theta = theta_[j],
          .v_reset = s.v_reset,
          .bias = bias_[j],
          .decay_i = decay_i_[j] >> factor_shift_,
          .decay_v = decay_v_[j] >> factor_shift_,
          .decay_adapt = decay_adapt_[j] >> factor_shift_,
          .adapt_step = s.adapt_step,
          .refractory = s.refractory,
          .gain = static_cast<std::uint8_t>(gain_[j]),
          .subtract = s.subtract};
}

void NeuronArrays::set_parameters(std::uint32_t j, const NeuronParameters& p) {
  spiking_[j] = {p.v_reset, p.adapt_step, p.refractory, p.subtract};
  theta_[j] = p.theta;
  bias_[j] = p.bias;
  decay_i_[j] = p.decay_i << factor_shift_;
  decay_v_[j] = p.decay_v << factor_shift_;
  gain_[j] = p.gain;
  decay_adapt_[j] = p.decay_adapt << factor_shift_;
  derive(j);
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
  const auto put = [bit](std::uint64_t& bits, bool on) { bits = (bits & ~bit) | (on ? bit : 0); };
  limit_[j] = theta_[j] + static_cast<std::int32_t>(adapt_[j] >> spec::kAdaptFraction);
  put(adapting_[j / kBlock], adapt_[j] != 0);
  put(fading_[j / kBlock], decay_adapt_[j] != 1u << kBlockFactorBits);
}

void NeuronArrays::clear() {
  v_.clear(), i_.clear(), refractory_.clear(), theta_.clear(), limit_.clear(), bias_.clear();
  decay_i_.clear(), decay_v_.clear(), gain_.clear(), decay_adapt_.clear();
  adapt_.clear(), adapting_.clear(), fading_.clear(), spiking_.clear();
}

std::uint64_t NeuronArrays::touched(std::uint32_t first, const std::uint32_t* acc) const {
  const std::uint32_t count = block_of(neurons_, first);
  if (count >= NeuronBlock::kMostLanes) return touched_in_block(acc, count);
  std::uint64_t bits = 0;
  for (std::uint32_t j = 0; j < count; ++j) bits |= std::uint64_t{acc[j] << 8 != 0} << j;
  return bits;
}

NeuronArrays::Found NeuronArrays::step(std::uint32_t first, std::uint64_t due, std::uint32_t* acc,
                                       bool adapt_due) {
  constexpr std::uint32_t kFew = 4;  // cost as much as a block
  if (bits_in(due) <= kFew) return step_each(first, due, acc, adapt_due);
  // A result of its own, so that it is made where it goes: copying it would wait for its parts.
  return [&] {
    std::uint32_t count = block_of(neurons_, first);
    if (!adapt_due || adapting_[first / kBlock] == 0) {
      // The neurons above the last one that is due stay as they are.
      constexpr std::uint32_t kLanes = NeuronBlock::kMostLanes;
      const auto last = static_cast<std::uint32_t>(std::bit_width(due));
      count = std::min(count, (last + kLanes - 1) / kLanes * kLanes);
    }
    Found found = step_all(first, count, acc, adapt_due);
    found.saturated &= due;
    return found;
  }();
}

NeuronArrays::Found NeuronArrays::step_each(std::uint32_t first, std::uint64_t due,
                                            std::uint32_t* acc, bool adapt_due) {
  Found found;
  for (; due != 0; due &= due - 1) {
    const auto k = static_cast<std::uint32_t>(std::countr_zero(due));
    const std::uint32_t j = first + k;
    const NeuronUpdate next = update_neuron(
        parameters(j), state(j), spec::sign_extend(acc[k], spec::kAccBits), adapt_due, decay_bits_);
    acc[k] = 0;
    set_state(j, next.state);
    found.spikes |= std::uint64_t{next.spike} << k;
    found.saturated |= std::uint64_t{next.saturated} << k;
    found.changed |= std::uint64_t{next.changed} << k;
  }
  return found;
}

NeuronArrays::Found NeuronArrays::step_all(std::uint32_t first, std::uint32_t count,
                                           std::uint32_t* acc, bool adapt_due) {
  const NeuronBlock block = block_at(first, count);
  std::uint64_t& adapting = adapting_[first / kBlock];
  std::uint64_t decayed = 0;
  if (adapt_due && adapting != 0) {
    const AdaptFound found = decay_block(block);
    adapting = found.adapting;
    decayed = found.changed;
  }
  const BlockFound step =
      count >= NeuronBlock::kMostLanes ? step_block(block, acc) : step_copy(block, acc);
  Found found{.spikes = step.spikes,
              .changed = step.changed | step.spikes | decayed,
              .saturated = step.saturated};
  for (std::uint64_t left = step.spikes; left != 0; left &= left - 1)
    fire(first + static_cast<std::uint32_t>(std::countr_zero(left)), found);
  return found;
}

NeuronBlock NeuronArrays::block_at(std::uint32_t first, std::uint32_t count) {
  return {.count = count,
          .v = &v_[first],
          .i = &i_[first],
          .refractory = &refractory_[first],
          .adapt = &adapt_[first],
          .limit = &limit_[first],
          .theta = &theta_[first],
          .bias = &bias_[first],
          .decay_i = &decay_i_[first],
          .decay_v = &decay_v_[first],
          .decay_adapt = &decay_adapt_[first],
          .gain = &gain_[first]};
}

/// The rest of the step of a neuron that fired.
void NeuronArrays::fire(std::uint32_t j, Found& found) {
  NeuronState s = state(j);
  if (apply_spike(parameters(j), s)) found.saturated |= std::uint64_t{1} << j % kBlock;
  set_state(j, s);
}

}  // namespace spikemesh::model
