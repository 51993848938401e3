// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two loops of learning over the memories of a tile (docs/blocks/learn.md).

#include "model/core/tile_memory.hpp"

namespace spikemesh::model {

/// What a loop over synapses counts.
struct TileMemory::Learned {
  std::uint64_t updates = 0, below = 0, above = 0;
  void add(const WeightChange& change) { ++updates, below += change.below, above += change.above; }
};

inline void TileMemory::count(const Learned& learned) {
  counter(spec::Counter::weight_updates) += learned.updates;
  counter(spec::Counter::clips_min) += learned.below;
  counter(spec::Counter::clips_max) += learned.above;
}

/// An empty word keeps its weight, too: learning may name it.
inline std::int32_t TileMemory::empty_weight(std::uint32_t index) const {
  return spec::sign_extend(synapse_rests_[index], build_.weight_bits);
}

inline void TileMemory::set_empty_weight(std::uint32_t index, std::int32_t weight) {
  const std::uint32_t mask = (1u << build_.weight_bits) - 1;
  rests_written_ = true;
  synapse_rests_[index] =
      (synapse_rests_[index] & ~mask) | (static_cast<std::uint32_t>(weight) & mask);
}

template <class Each, class Depressed>
std::uint32_t TileMemory::deliver_learning(std::uint32_t axon, std::uint32_t slot,
                                           std::uint16_t now, Each&& each, Depressed&& depressed) {
  const Row row = this->row(axon);
  const std::uint32_t neurons = build_.neurons, size = slots_ * neurons, base = slot * neurons;
  const std::uint32_t lanes = build_.lanes, last = build_.synapses - 1;
  const std::uint32_t first = row.first * lanes, words = row.groups * lanes;
  const LearnMemory::Changes depression = learn_.depression(row.rule, now);
  Synapse* const synapses = synapses_.data();
  std::uint32_t* const accumulators = accumulators_.data();
  Learned learned;
  for (std::uint32_t k = 0; k < words; ++k) {
    const std::uint32_t index = (first + k) & last;
    const Synapse synapse = synapses[index];
    if (synapse.place == 0) continue;
    const std::uint32_t place = (base + synapse.place) & (size - 1);
    const std::uint32_t target = place & (neurons - 1);
    const std::uint32_t sum =
        accumulators[place] + static_cast<std::uint32_t>(std::int32_t{synapse.weight});
    accumulators[place] = sum;
    each(k, place / neurons, target, sum & 0xffffffu);
    if ((synapse.place & kPlastic) == 0) continue;
    const std::uint32_t trace = depression.trace(target);
    const WeightChange change = depression.of(synapse.weight, trace);
    synapses[index].weight = static_cast<std::int16_t>(change.weight);
    learned.add(change);
    depressed(WeightEvent{k, index / lanes, row.rule, axon, synapse.weight, change, trace});
  }
  count(learned);
  learn_.bump_pre(axon, row.rule, now);
  count_row(row);
  return slots_of(row.delays, slot);
}

template <class Potentiated>
void TileMemory::learn(std::uint32_t neuron, std::uint16_t now, Potentiated&& potentiated) {
  const auto list = learn_.list(neuron);
  if (list.count == 0) return;
  const std::uint32_t lanes = build_.lanes, lane = neuron & (lanes - 1);
  const LearnMemory::Lane inputs = learn_.lane(lane);
  Synapse* const synapses = synapses_.data();
  std::uint32_t rule = inputs.at(list.first).rule;
  LearnMemory::Changes potentiation = learn_.potentiation(rule, now);
  Learned learned;
  for (std::uint32_t i = 0; i < list.count; ++i) {
    const spec::Fanin entry = inputs.at(list.first + i);
    if (entry.rule != rule) rule = entry.rule, potentiation = learn_.potentiation(rule, now);
    const std::uint32_t index = entry.row * lanes + lane;
    const std::uint32_t trace = potentiation.trace(entry.axon);
    const bool empty = synapses[index].place == 0;
    const std::int32_t before = empty ? empty_weight(index) : synapses[index].weight;
    const WeightChange change = potentiation.of(before, trace);
    if (empty)
      set_empty_weight(index, change.weight);
    else
      synapses[index].weight = static_cast<std::int16_t>(change.weight);
    learned.add(change);
    potentiated(WeightEvent{i, entry.row, entry.rule, entry.axon, before, change, trace});
  }
  count(learned);
  learn_.bump_post(neuron, now);
}

}  // namespace spikemesh::model
