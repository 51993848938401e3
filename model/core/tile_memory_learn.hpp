// SPDX-License-Identifier: Apache-2.0
#pragma once
// The two loops of learning over the memories of a tile (docs/blocks/learn.md).

#include <algorithm>
#include <bit>

#include "model/core/tile_memory.hpp"

namespace spikemesh::model {

/// What a loop over synapses counts.
struct TileMemory::Learned {
  std::uint64_t updates = 0, below = 0, above = 0;
  /// `learned`: a bit a weight.
  void add(const StdpBlock& block, std::uint64_t learned) {
    updates += static_cast<unsigned>(std::popcount(learned));
    below += static_cast<unsigned>(std::popcount(block.below & learned));
    above += static_cast<unsigned>(std::popcount(block.above & learned));
  }
};

inline void TileMemory::count(const Learned& learned) {
  counter(spec::Counter::weight_updates) += learned.updates;
  counter(spec::Counter::clips_min) += learned.below;
  counter(spec::Counter::clips_max) += learned.above;
}

/// The same event, with what a weight of a block was and became.
inline WeightEvent event(const StdpBlock& block, std::uint32_t i, WeightEvent of) {
  of.before = block.before[i];
  of.after = {block.after[i], (block.below >> i & 1) != 0, (block.above >> i & 1) != 0};
  of.trace = block.trace[i];
  return of;
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
  const std::uint32_t neurons = build_.neurons, mask = slots_ * neurons - 1, base = slot * neurons;
  const std::uint32_t lanes = build_.lanes, last = build_.synapses - 1;
  const std::uint32_t first = row.first * lanes, words = row.groups * lanes;
  // A row that is longer than the memory finds what it wrote.
  const std::uint32_t most = std::min(StdpBlock::kMost, build_.synapses);
  const StdpStep step = learn_.depression(row.rule, now);
  Synapse* const synapses = synapses_.data();
  std::uint32_t* const accumulators = accumulators_.data();
  Learned learned;
  StdpBlock block;
  for (std::uint32_t begin = 0; begin < words; begin += most) {
    const std::uint32_t size = std::min(words - begin, most);
    std::uint64_t plastic = 0;
    for (std::uint32_t i = 0; i < size; ++i) {
      const Synapse synapse = synapses[(first + begin + i) & last];
      const std::uint32_t place = (base + synapse.place) & mask;
      const std::uint32_t sum =
          accumulators[place] + static_cast<std::uint32_t>(std::int32_t{synapse.weight});
      accumulators[place] = sum;
      block.which[i] = place & (neurons - 1);
      block.before[i] = synapse.weight;
      plastic = plastic >> 1 | std::uint64_t{synapse.place} >> 15 << 63;
      if (synapse.place != 0)
        each(begin + i, place / neurons, place & (neurons - 1), sum & 0xffffffu);
    }
    plastic >>= 64 - size;
    if (plastic == 0) continue;
    block.change(step, size);
    learned.add(block, plastic);
    for (std::uint32_t i = 0; i < size; ++i) {
      if (!(plastic >> i & 1)) continue;
      const std::uint32_t index = (first + begin + i) & last;
      synapses[index].weight = static_cast<std::int16_t>(block.after[i]);
      depressed(event(block, i,
                      {.word = begin + i, .row = index / lanes, .rule = row.rule, .axon = axon}));
    }
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
  Learned learned;
  StdpBlock block;
  for (std::uint32_t begin = 0, size = 0; begin < list.count; begin += size) {
    // Rows ascend in a block: none is in it twice, as an entry must find what one before it wrote.
    const spec::Fanin head = inputs.at(list.first + begin);
    std::uint32_t row = 0;
    for (size = 0; size < std::min(list.count - begin, StdpBlock::kMost); ++size) {
      const spec::Fanin entry = inputs.at(list.first + begin + size);
      if (entry.rule != head.rule || entry.row < row) break;
      row = entry.row + 1;
      const Synapse synapse = synapses[entry.row * lanes + lane];
      block.which[size] = entry.axon;
      block.before[size] =
          synapse.place == 0 ? empty_weight(entry.row * lanes + lane) : synapse.weight;
    }
    block.change(learn_.potentiation(head.rule, now), size);
    learned.add(block, ~std::uint64_t{0} >> (64 - size));
    for (std::uint32_t i = 0; i < size; ++i) {
      const spec::Fanin entry = inputs.at(list.first + begin + i);
      const std::uint32_t index = entry.row * lanes + lane;
      if (synapses[index].place == 0)
        set_empty_weight(index, block.after[i]);
      else
        synapses[index].weight = static_cast<std::int16_t>(block.after[i]);
      potentiated(event(
          block, i, {.word = begin + i, .row = entry.row, .rule = head.rule, .axon = entry.axon}));
    }
  }
  count(learned);
  learn_.bump_post(neuron, now);
}

}  // namespace spikemesh::model
