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

/// The slots that a row touched.
std::uint32_t Core::integrate_learning(const Flit& flit, std::uint64_t b) {
  const std::uint32_t lanes = context_->build.lanes;
  if (!context_->sink)
    return memory_.deliver_learning(
        flit.addr, context_->slot, context_->now, [](auto...) {}, [](const WeightEvent&) {});
  return memory_.deliver_learning(
      flit.addr, context_->slot, context_->now,
      [&](auto word, auto slot, auto target, auto value) {
        retire_acc(b, word, slot, target, value);
      },
      [&](const WeightEvent& event) {
        const std::uint64_t slot = b + 1 + event.word / lanes;
        retire_weight(slot, event.word % lanes, event.row, event.after.weight);
      });
}

void Core::learn(std::uint64_t u) {
  const std::uint32_t lanes = context_->build.lanes;
  const std::uint64_t weights = memory_.counter(spec::Counter::weight_updates);
  std::uint64_t load = u + 4, bump = 0, last = 0;
  for (const Fired& fired : list_) {
    std::uint32_t longest = 0;
    for (std::uint32_t mask = fired.mask; mask != 0; mask &= mask - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
      longest = std::max(longest,
                         std::uint32_t{memory_.learning().list(fired.group * lanes + lane).count});
    }
    if (longest > 0) load = std::max(load, bump);
    for (std::uint32_t mask = fired.mask; mask != 0; mask &= mask - 1) {
      const auto lane = static_cast<std::uint32_t>(std::countr_zero(mask));
      const std::uint32_t neuron = fired.group * lanes + lane;
      if (context_->sink)
        memory_.learn(neuron, context_->now, [&](const WeightEvent& event) {
          retire_weight(load + 1 + event.word, lane, event.row, event.after.weight);
        });
      else
        memory_.learn(neuron, context_->now, [](const WeightEvent&) {});
    }
    if (longest > 0) {
      bump = load + longest + 1;
      last = bump + kWeightWritten;
    }
    last = std::max(last, load);
    load += 4;  // the next FETCH, PICK, POINT, LOAD
  }
  context_->busy_until(last);
  if (context_->observer) {
    context_->observer->learn(index_, {u + 1, last + 1},
                              memory_.counter(spec::Counter::weight_updates) - weights);
  }
}

}  // namespace spikemesh::model
