// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memories of learning of one tile (docs/blocks/learn.md): rules, decay tables, lists of plastic
// inputs, traces. The weights are in TileMemory.

#include <array>
#include <cstdint>
#include <memory>

#include "model/core/stdp.hpp"
#include "model/core/zero_pool.hpp"

namespace spikemesh::model {

enum class Side : std::uint8_t { pre, post };

class LearnMemory {
 public:
  LearnMemory(const spec::Build& build, ZeroPool& pool);
  /// What one tile takes from a pool.
  static std::size_t bytes(const spec::Build& build);

  std::uint32_t read(spec::Region region, std::uint32_t index) const;
  void write(spec::Region region, std::uint32_t index, std::uint32_t word);
  void sweep_all();
  void sweep_traces();

  std::uint32_t pre(std::uint32_t axon, std::uint32_t rule, std::uint16_t now) const {
    return read_trace(pre_[axon & (build_.axons - 1)], now, table(rule, Side::pre));
  }
  std::uint32_t post(std::uint32_t neuron, std::uint32_t rule, std::uint16_t now) const {
    return read_trace(post_[neuron], now, table(rule, Side::post));
  }
  void bump_pre(std::uint32_t axon, std::uint32_t rule, std::uint16_t now);
  void bump_post(std::uint32_t neuron, std::uint16_t now);

  /// Depression and potentiation of a weight.
  WeightChange depress(std::int32_t weight, std::uint32_t rule, std::uint32_t post) const {
    const Rule& r = rules_[rule];
    return change_weight(weight, r.a_minus, static_cast<std::int32_t>(post), r.bounds);
  }
  WeightChange potentiate(std::int32_t weight, std::uint32_t rule, std::uint32_t pre) const {
    const Rule& r = rules_[rule];
    return change_weight(weight, r.a_plus, static_cast<std::int32_t>(pre) - r.x_target, r.bounds);
  }

  /// Some word was written since all were zero.
  bool used() const { return written_; }
  /// The rule scales changes with the distance to the bound.
  bool soft(std::uint32_t rule) const { return rules_[rule].bounds.soft; }
  /// The pre trace was bumped in step `now`.
  bool fresh(std::uint32_t axon, std::uint16_t now) const {
    const Trace& trace = pre_[axon & (build_.axons - 1)];
    return trace.value != 0 && trace.stamp == now;
  }
  /// The list of a neuron; count 0: not plastic.
  spec::Learn list(std::uint32_t neuron) const { return spec::Learn::unpack(lists_[neuron]); }
  /// Entry `first + i` of a list of this lane.
  spec::Fanin entry(std::uint32_t lane, std::uint32_t at) const {
    const std::uint32_t entries = build_.plastics / build_.lanes;
    return spec::Fanin::unpack(fanin_[(at & (entries - 1)) * build_.lanes + lane]);
  }

 private:
  struct Rule {
    std::int32_t a_plus = 0, a_minus = 0, x_target = 0;
    WeightBounds bounds;
    std::uint32_t pre_unit = 0, pre_max = 0, post_unit = 0, post_max = 0;
  };

  DecayTable table(std::uint32_t rule, Side side) const {
    return DecayTable(&tables_[(rule * 2 + static_cast<std::uint32_t>(side)) * spec::kTraceSteps],
                      spec::kTraceSteps);
  }
  void write_rule(std::uint32_t index, std::uint32_t word);

  spec::Build build_;
  bool written_ = false, traced_ = false;  ///< some word, some trace may not be zero
  std::array<std::uint32_t, 8 * spec::kRules> rule_words_{};
  std::array<Rule, spec::kRules> rules_{};
  ZeroArray<std::uint32_t> tables_, fanin_, lists_;
  ZeroArray<Trace> pre_, post_;
};

}  // namespace spikemesh::model
