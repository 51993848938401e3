// SPDX-License-Identifier: Apache-2.0
// Words of a neuron: the other half of model/core/tile_memory.cpp.
#include <algorithm>

#include "model/core/tile_memory.hpp"
#include "model/core/word_bits.hpp"

namespace spikemesh::model {

namespace {

/// Field 0..6 of a neuron's parameters; `factor`: the bits of a decay factor.
void set_field(NeuronParameters& p, std::uint32_t field, std::uint32_t word, std::uint32_t factor) {
  switch (field) {
    case 0:
      p.theta = spec::Neuron0::unpack(word).theta;
      p.refractory = static_cast<std::uint8_t>(spec::Neuron0::unpack(word).refractory);
      return;
    case 1:
      p.v_reset = spec::Neuron1::unpack(word).v_reset;
      p.gain = static_cast<std::uint8_t>(spec::Neuron1::unpack(word).gain);
      p.subtract = spec::Neuron1::unpack(word).subtract != 0;
      return;
    case 2:
      p.bias = spec::Neuron2::unpack(word).bias;
      return;
    case 3:
      p.decay_i = word & factor;
      return;
    case 4:
      p.decay_v = word & factor;
      return;
    case 5:
      p.adapt_step = word;
      return;
    default:
      p.decay_adapt = word & factor;
  }
}

}  // namespace

std::uint32_t TileMemory::read_neuron(std::uint32_t index) const {
  const NeuronParameters p = neurons_.parameters(index / 8);
  const FanoutList& list = fanout_lists_[index / 8];
  switch (index % 8) {
    case 0:
      return spec::Neuron0{p.theta, p.refractory}.pack();
    case 1:
      return spec::Neuron1{p.v_reset, p.gain, p.subtract}.pack();
    case 2:
      return spec::Neuron2{p.bias}.pack();
    case 3:
      return spec::Neuron3{p.decay_i}.pack();
    case 4:
      return spec::Neuron4{p.decay_v}.pack();
    case 5:
      return spec::Neuron5{p.adapt_step}.pack();
    case 6:
      return spec::Neuron6{p.decay_adapt}.pack();
    default:
      return spec::Neuron7{list.first, list.count}.pack();
  }
}

void TileMemory::write_neuron(std::uint32_t index, std::uint32_t word) {
  neurons_written_ = true;
  use(index / 8);
  if (index % 8 == 7) {
    const auto list = spec::Neuron7::unpack(word & list_mask(build_.fanouts));
    fanout_lists_[index / 8] = {static_cast<std::uint16_t>(list.first),
                                static_cast<std::uint16_t>(list.count)};
    return;
  }
  NeuronParameters p = neurons_.parameters(index / 8);
  set_field(p, index % 8, word, low_bits(build_.decay_bits + 1));
  neurons_.set_parameters(index / 8, p);
}

namespace {

std::uint32_t state_word(const NeuronState& s, std::uint32_t word) {
  switch (word) {
    case 0:
      return spec::State0{s.v, s.refractory}.pack();
    case 1:
      return spec::State1{s.i}.pack();
    case 2:
      return static_cast<std::uint32_t>(s.adapt);
    default:
      return static_cast<std::uint32_t>(s.adapt >> 32);
  }
}

}  // namespace

std::uint32_t TileMemory::read_state(std::uint32_t index) const {
  return state_word(neurons_.state(index / 4), index % 4);
}

/// Traces read the states of many neurons after each step.
void TileMemory::read(std::uint32_t address, std::span<std::uint32_t> words) const {
  const auto at = spec::TileAddr::unpack(address);
  const auto region = static_cast<spec::Region>(at.region);
  if (region == spec::Region::synapse && stuck_.empty()) return read_synapses(at.index, words);
  if (region != spec::Region::state || !stuck_.empty()) {
    for (std::uint32_t& word : words) word = read(address++);
    return;
  }
  std::uint32_t index = at.index;
  auto word = words.begin();
  const auto put = [&](std::size_t until) {
    for (const NeuronState s = neurons_.state(index / 4); index < until; ++index)
      *word++ = state_word(s, index % 4);
  };
  const std::size_t end = index + words.size();
  put(std::min<std::size_t>(end, (index + 3) / 4 * 4));
  for (; index + 4 <= end; index += 4) {  // whole neurons
    const NeuronState s = neurons_.state(index / 4);
    for (std::uint32_t k = 0; k < 4; ++k) *word++ = state_word(s, k);
  }
  if (index < end) put(end);
}

void TileMemory::write_state(std::uint32_t index, std::uint32_t word) {
  NeuronState s = neurons_.state(index / 4);
  state_written_ = true;
  use(index / 4);
  switch (index % 4) {
    case 0:
      s.v = spec::State0::unpack(word).v;
      s.refractory = static_cast<std::uint8_t>(spec::State0::unpack(word).refractory);
      break;
    case 1:
      s.i = spec::State1::unpack(word).i;
      break;
    case 2:
      s.adapt = (s.adapt & ~std::uint64_t{0xffffffff}) | word;
      break;
    default:
      s.adapt = (s.adapt & 0xffffffff) | std::uint64_t{spec::State3::unpack(word).adapt_high} << 32;
  }
  neurons_.set_state(index / 4, s);
}

}  // namespace spikemesh::model
