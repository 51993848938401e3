// SPDX-License-Identifier: Apache-2.0
#pragma once
// Memories of learning of one tile (docs/blocks/learn.md): rules, decay tables, lists of plastic
// inputs, traces. The weights are in TileMemory.

#include <array>
#include <cstdint>
#include <memory>

#include "model/core/stdp.hpp"
#include "model/core/stdp_block.hpp"
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

  void bump_pre(std::uint32_t axon, std::uint32_t rule, std::uint16_t now);
  void bump_post(std::uint32_t neuron, std::uint16_t now);

  /// By the post traces of neurons.
  StdpStep depression(std::uint32_t rule, std::uint16_t now) const {
    return step(Side::post, post_, rules_[rule].a_minus, 0, rule, now);
  }
  /// By the pre traces of axons.
  StdpStep potentiation(std::uint32_t rule, std::uint16_t now) const {
    return step(Side::pre, pre_, rules_[rule].a_plus, rules_[rule].x_target, rule, now);
  }

  /// Some word was written since all were zero.
  bool used() const { return written_; }
  /// The rule scales changes with the distance to the bound.
  bool soft(std::uint32_t rule) const { return rules_[rule].bounds.soft; }
  /// The pre trace was bumped in step `now`.
  bool fresh(std::uint32_t axon, std::uint16_t now) const {
    const auto trace = spec::Trace::unpack(pre_[axon & (build_.axons - 1)]);
    return trace.value != 0 && trace.stamp == now;
  }
  /// The list of a neuron; count 0: not plastic.
  spec::Learn list(std::uint32_t neuron) const { return spec::Learn::unpack(lists_[neuron]); }
  /// The lists of a lane: entry `first + i` of one is at(first + i).
  class Lane {
   public:
    spec::Fanin at(std::uint32_t i) const {
      return spec::Fanin::unpack(fanin_[(i & last_) * lanes_]);
    }

   private:
    friend class LearnMemory;
    const std::uint32_t* fanin_;
    std::uint32_t last_, lanes_;
  };
  Lane lane(std::uint32_t lane) const {
    Lane lists;
    lists.fanin_ = fanin_.data() + lane;
    lists.last_ = build_.plastics / build_.lanes - 1;
    lists.lanes_ = build_.lanes;
    return lists;
  }

 private:
  struct Rule {
    std::int32_t a_plus = 0, a_minus = 0, x_target = 0;
    WeightBounds bounds;
    std::uint32_t pre_unit = 0, pre_max = 0, post_unit = 0, post_max = 0;
  };

  StdpStep step(Side side, const ZeroArray<std::uint32_t>& traces, std::int32_t amplitude,
                std::int32_t target, std::uint32_t rule, std::uint16_t now) const {
    return {.traces = traces.data(),
            .table = table(rule, side).data(),
            .amplitude = amplitude,
            .target = target,
            .bounds = rules_[rule].bounds,
            .now = now};
  }
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
  ZeroArray<std::uint32_t> pre_, post_;  ///< traces, as words
};

}  // namespace spikemesh::model
