// SPDX-License-Identifier: Apache-2.0
// The Update of a tile (docs/blocks/core.md has its cycles): another part of
// model/core/tile_memory.cpp.
#include <algorithm>
#include <array>
#include <bit>

#include "model/core/tile_memory.hpp"
#include "model/core/word_bits.hpp"

namespace spikemesh::model {

namespace {
constexpr std::uint32_t kWordGroups = 16;  // whose flags are looked at together
}  // namespace

struct TileMemory::Step {
  std::uint32_t* acc;  ///< of the slot
  bool adapt_due;
  Visit visit;
  std::vector<Fired>& fired;
  std::size_t begin;    ///< of the groups that fire in this Update
  unsigned lane_bits;   ///< log2 of the lanes
  std::uint32_t word;   ///< neurons of the groups of a word,
  std::uint32_t words;  ///< and how many words a block has
  std::uint64_t every;  ///< a bit for each neuron of a block
};

UpdateResult TileMemory::update(std::uint32_t slot, bool adapt_due, Visit visit,
                                std::vector<Fired>& fired) {
  ++counter(spec::Counter::updates);
  UpdateResult result;
  if (!stuck_.empty()) hold_stuck(), visit = Visit::all, result.changed = true;
  const std::uint32_t block = std::min(build_.neurons, NeuronArrays::kBlock);
  const std::uint32_t word = std::min(block, kWordGroups * build_.lanes);
  const Step step{.acc = accumulators_.data() + std::size_t{slot} * build_.neurons,
                  .adapt_due = adapt_due,
                  .visit = visit,
                  .fired = fired,
                  .begin = fired.size(),
                  .lane_bits = static_cast<unsigned>(std::countr_zero(build_.lanes)),
                  .word = word,
                  .words = block / word,
                  .every = ~std::uint64_t{0} >> (NeuronArrays::kBlock - block)};
  for (std::uint32_t first = 0; first < build_.neurons; first += NeuronArrays::kBlock)
    update_block(first, step, result);
  counter(spec::Counter::saturations) += result.saturations;
  visited_ += result.visited;
  hold_stuck();
  return result;
}

/// Of these neurons of a block, and those that share a group with one.
inline std::uint64_t TileMemory::whole_groups(std::uint64_t neurons) const {
  if (build_.lanes == 1) return neurons;
  const std::uint64_t lane0 = ~std::uint64_t{0} / ((std::uint64_t{1} << build_.lanes) - 1);
  std::uint64_t any = neurons;
  for (std::uint32_t lane = 1; lane < build_.lanes; ++lane) any |= neurons >> lane;
  return (any & lane0) * ((std::uint64_t{1} << build_.lanes) - 1);
}

/// Neurons of a block that an Update has to step: all of the groups that it visits, but for those
/// that were never used, which stay zero.
std::uint64_t TileMemory::due_in_block(std::uint32_t first, const Step& step) const {
  const std::uint32_t block = first / NeuronArrays::kBlock;
  const std::uint64_t used = used_[block], restless = restless_[block];
  if (used == 0) return 0;
  if (step.visit == Visit::all || restless == used) return whole_groups(used);
  return whole_groups(restless | neurons_.touched(first, step.acc + first));
}

void TileMemory::update_block(std::uint32_t first, const Step& step, UpdateResult& result) {
  const std::uint64_t due = due_in_block(first, step);
  const std::uint64_t visited = step.visit == Visit::all ? step.every : due;
  if (visited == 0) {
    result.scans += step.words;
    return;
  }
  std::array<std::uint32_t, NeuronArrays::kBlock / kWordGroups> scan{};  // at the begin of a word
  const std::uint64_t in_word = ~std::uint64_t{0} >> (NeuronArrays::kBlock - step.word);
  for (std::uint32_t k = 0; k < step.words; ++k) {
    const std::uint32_t neurons =
        visited == step.every ? step.word : bits_in(visited >> k * step.word & in_word);
    const std::uint32_t groups = neurons >> step.lane_bits;
    scan[k] = result.scans;
    result.scans += std::max(groups, 1u);
    result.visited += groups;
  }
  if (due == 0) return;
  const std::uint32_t block = first / NeuronArrays::kBlock;
  const NeuronArrays::Found found = neurons_.step(first, due, step.acc + first, step.adapt_due);
  state_written_ = true;
  restless_[block] = found.changed;
  used_[block] |= due;
  result.changed |= found.changed != 0;
  result.waits |= (due & ~whole_groups(found.changed) & neurons_.decaying(first)) != 0;
  if (found.saturated != 0) result.saturations += bits_in(found.saturated);
  if (found.spikes == 0) return;
  counter(spec::Counter::spikes) += bits_in(found.spikes);
  for (std::uint64_t left = found.spikes; left != 0; left &= left - 1) {
    const auto k = static_cast<std::uint32_t>(std::countr_zero(left));
    const std::uint32_t lane = k & (build_.lanes - 1);
    const auto group = static_cast<std::uint16_t>((first + k) >> step.lane_bits);
    if (step.fired.size() == step.begin || step.fired.back().group != group) {
      const std::uint32_t word = k / step.word, begin = word * step.word, before = k - lane - begin;
      const std::uint64_t ahead = visited >> begin & ((std::uint64_t{1} << before) - 1);
      const std::uint32_t at = scan[word] + (bits_in(ahead) >> step.lane_bits);
      step.fired.push_back({group, static_cast<std::uint16_t>(at), 0});
    }
    step.fired.back().mask |= static_cast<std::uint8_t>(1u << lane);
  }
}

}  // namespace spikemesh::model
