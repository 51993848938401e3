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

  void bump_pre(std::uint32_t axon, std::uint32_t rule, std::uint16_t now);
  void bump_post(std::uint32_t neuron, std::uint16_t now);

  /// What one rule does to weights in one step, looked up once for many synapses.
  class Changes {
   public:
    /// The trace of an axon or neuron as it reads.
    std::uint32_t trace(std::uint32_t of) const {
      return read_trace(traces_[of], now_, DecayTable(table_, spec::kTraceSteps));
    }
    WeightChange of(std::int32_t weight, std::uint32_t trace) const {
      return change_weight(weight, amplitude_, static_cast<std::int32_t>(trace) - target_, bounds_);
    }

   private:
    friend class LearnMemory;
    const Trace* traces_;
    const std::uint32_t* table_;
    std::int32_t amplitude_, target_;
    WeightBounds bounds_;
    std::uint16_t now_;
  };
  /// By the post traces of neurons.
  Changes depression(std::uint32_t rule, std::uint16_t now) const {
    return changes(Side::post, post_, rules_[rule].a_minus, 0, rule, now);
  }
  /// By the pre traces of axons.
  Changes potentiation(std::uint32_t rule, std::uint16_t now) const {
    return changes(Side::pre, pre_, rules_[rule].a_plus, rules_[rule].x_target, rule, now);
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

  Changes changes(Side side, const ZeroArray<Trace>& traces, std::int32_t amplitude,
                  std::int32_t target, std::uint32_t rule, std::uint16_t now) const {
    Changes all;
    all.traces_ = traces.data();
    all.table_ = table(rule, side).data();
    all.amplitude_ = amplitude, all.target_ = target;
    all.bounds_ = rules_[rule].bounds;
    all.now_ = now;
    return all;
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
  ZeroArray<Trace> pre_, post_;
};

}  // namespace spikemesh::model
