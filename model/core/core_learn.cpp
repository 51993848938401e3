// SPDX-License-Identifier: Apache-2.0
// Learning in a core: the other half of model/core/core.cpp (docs/blocks/learn.md has the cycles).
#include <algorithm>
#include <bit>

#include "model/core/core.hpp"
#include "model/core/tile_memory_learn.hpp"

namespace spikemesh::model {

namespace {
constexpr std::uint64_t kWeightWritten = 11;  // cycles from a slot to the write of its weight
}  // namespace

void Core::retire_weight(std::uint64_t slot, std::uint32_t lane, std::uint32_t row,
                         std::int32_t weight) const {
  const std::uint32_t mask = (1u << context_->build.weight_bits) - 1;
  retire(slot + kWeightWritten, lane,
         spec::WeightEvent{.weight = static_cast<std::uint32_t>(weight) & mask, .row = row});
}

void Core::integrate_learning(const Flit& flit, const Row& row, std::uint64_t a) {
  const std::uint32_t lanes = context_->build.lanes;
  const bool told = context_->sink != nullptr;
  const std::uint32_t touched = memory_.deliver_learning(
      flit.addr, context_->slot, context_->now,
      [&](auto word, auto slot, auto target, auto value) {
        if (told) retire_acc(a, word, slot, target, value);
      },
      [&](const WeightEvent& event) {
        const std::uint64_t slot = a + 2 + event.word / lanes;
        if (told) retire_weight(slot, event.word % lanes, event.row, event.after.weight);
      });
  context_->need.touch(index_, touched);
  integrate_idle_ = a + row.groups + 11;
  context_->busy_until(a + row.groups + 13);
}

void Core::learn(std::uint64_t u) {
  const std::uint32_t lanes = context_->build.lanes;
  std::uint64_t fetch = u + 1;
  for (const Fired& fired : list_) {
    std::uint32_t longest = 0;
    for (std::uint32_t mask = fired.mask; mask != 0; mask &= mask - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
      const std::uint32_t neuron = fired.group * lanes + lane;
      longest = std::max(longest, memory_.learning().list(neuron).count);
      memory_.learn(neuron, context_->now, [&](const WeightEvent& event) {
        if (!context_->sink) return;
        retire_weight(fetch + 4 + event.word, lane, event.row, event.after.weight);
      });
    }
    if (longest > 0) context_->busy_until(fetch + longest + 15);
    fetch += longest > 0 ? longest + 9 : 4;
    context_->busy_until(fetch - 1);
  }
}

}  // namespace spikemesh::model
