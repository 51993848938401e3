// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two loops of learning over the memories of a tile (docs/blocks/learn.md).

#include "model/core/tile_memory.hpp"

namespace spikemesh::model {

/// An empty word keeps its weight, too: learning may name it.
inline std::int32_t TileMemory::weight_at(std::uint32_t index) const {
  if (synapses_[index].place != 0) return synapses_[index].weight;
  return spec::sign_extend(synapse_rests_[index], build_.weight_bits);
}

inline void TileMemory::set_weight(std::uint32_t index, const WeightChange& change) {
  ++counter(spec::Counter::weight_updates);
  counter(spec::Counter::clips_min) += change.below;
  counter(spec::Counter::clips_max) += change.above;
  if (synapses_[index].place != 0) {
    synapses_[index].weight = static_cast<std::int16_t>(change.weight);
    return;
  }
  const std::uint32_t mask = (1u << build_.weight_bits) - 1;
  rests_written_ = true;
  synapse_rests_[index] =
      (synapse_rests_[index] & ~mask) | (static_cast<std::uint32_t>(change.weight) & mask);
}

template <class Each, class Depressed>
std::uint32_t TileMemory::deliver_learning(std::uint32_t axon, std::uint32_t slot,
                                           std::uint16_t now, Each&& each, Depressed&& depressed) {
  const Row& row = this->row(axon);
  const std::uint32_t size = slots_ * build_.neurons, base = slot * build_.neurons;
  const std::uint32_t first = row.first * build_.lanes, words = row.groups * build_.lanes;
  for (std::uint32_t k = 0; k < words; ++k) {
    const std::uint32_t index = (first + k) & (build_.synapses - 1);
    const Synapse synapse = synapses_[index];
    if (synapse.place == 0) continue;
    const std::uint32_t place = (base + synapse.place) & (size - 1);
    const std::uint32_t target = place & (build_.neurons - 1);
    accumulators_[place] += static_cast<std::uint32_t>(std::int32_t{synapse.weight});
    each(k, place / build_.neurons, target, accumulators_[place] & 0xffffffu);
    if ((synapse.place & kPlastic) == 0) continue;
    const std::uint32_t trace = learn_.post(target, row.rule, now);
    const auto change = learn_.depress(synapse.weight, row.rule, trace);
    set_weight(index, change);
    depressed(WeightEvent{k, index / build_.lanes, row.rule, axon, synapse.weight, change, trace});
  }
  learn_.bump_pre(axon, row.rule, now);
  count_row(row);
  return slots_of(row.delays, slot);
}

template <class Potentiated>
void TileMemory::learn(std::uint32_t neuron, std::uint16_t now, Potentiated&& potentiated) {
  const auto list = learn_.list(neuron);
  if (list.count == 0) return;
  const std::uint32_t lane = neuron & (build_.lanes - 1);
  for (std::uint32_t i = 0; i < list.count; ++i) {
    const auto entry = learn_.entry(lane, list.first + i);
    const std::uint32_t index = entry.row * build_.lanes + lane;
    const std::uint32_t trace = learn_.pre(entry.axon, entry.rule, now);
    const std::int32_t before = weight_at(index);
    const auto change = learn_.potentiate(before, entry.rule, trace);
    set_weight(index, change);
    potentiated(WeightEvent{i, entry.row, entry.rule, entry.axon, before, change, trace});
  }
  learn_.bump_post(neuron, now);
}

}  // namespace spikemesh::model
