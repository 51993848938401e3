// SPDX-License-Identifier: Apache-2.0
#include "model/core/learn_memory.hpp"

#include <bit>

#include "model/core/word_bits.hpp"

namespace spikemesh::model {

namespace {

Trace unpack(std::uint32_t word) {
  const auto trace = spec::Trace::unpack(word);
  return {static_cast<std::uint16_t>(trace.value), static_cast<std::uint16_t>(trace.stamp)};
}

std::uint32_t pack(Trace trace) {
  return spec::Trace{.value = trace.value, .stamp = trace.stamp}.pack();
}

}  // namespace

LearnMemory::LearnMemory(const spec::Build& build, ZeroPool& pool)
    : build_(build),
      tables_(pool, spec::region_words(build, spec::Region::table)),
      fanin_(pool, build.plastics),
      lists_(pool, build.neurons),
      pre_(pool, build.axons),
      post_(pool, build.neurons) {}

std::size_t LearnMemory::bytes(const spec::Build& build) {
  return ZeroPool::bytes<std::uint32_t>(spec::region_words(build, spec::Region::table)) +
         ZeroPool::bytes<std::uint32_t>(build.plastics) +
         ZeroPool::bytes<std::uint32_t>(build.neurons) +
         ZeroPool::bytes<std::uint32_t>(build.axons) +
         ZeroPool::bytes<std::uint32_t>(build.neurons);
}

std::uint32_t LearnMemory::read(spec::Region region, std::uint32_t index) const {
  switch (region) {
    case spec::Region::rule:
      return rule_words_[index];
    case spec::Region::table:
      return tables_[index];
    case spec::Region::fanin:
      return fanin_[index];
    case spec::Region::learn:
      return lists_[index];
    case spec::Region::pre_trace:
      return pre_[index];
    case spec::Region::post_trace:
      return post_[index];
    default:
      return 0;
  }
}

void LearnMemory::write(spec::Region region, std::uint32_t index, std::uint32_t word) {
  const auto entries = static_cast<unsigned>(std::countr_zero(build_.plastics / build_.lanes));
  written_ = true;
  switch (region) {
    case spec::Region::rule:
      return write_rule(index, word);
    case spec::Region::table:
      tables_[index] = spec::Factor::unpack(word).factor;
      return;
    case spec::Region::fanin: {
      auto entry = spec::Fanin::unpack(word);
      entry.row &= build_.synapses / build_.lanes - 1;
      entry.axon &= build_.axons - 1;
      fanin_[index] = entry.pack();
      return;
    }
    case spec::Region::learn: {
      auto list = spec::Learn::unpack(word);
      list.first &= low_bits(entries);
      list.count &= low_bits(std::min(entries + 1, 15u));
      lists_[index] = list.pack();
      return;
    }
    case spec::Region::pre_trace:
      pre_[index] = word, traced_ = true;
      return;
    case spec::Region::post_trace:
      post_[index] = word, traced_ = true;
      return;
    default:
      return;
  }
}

void LearnMemory::write_rule(std::uint32_t index, std::uint32_t word) {
  Rule& rule = rules_[index / 8];
  switch (index % 8) {
    case 0: {
      const auto fields = spec::Rule0::unpack(word);
      rule.a_plus = fields.a_plus, rule.a_minus = fields.a_minus;
      break;
    }
    case 1: {
      const auto fields = spec::Rule1::unpack(word);
      rule.x_target = static_cast<std::int32_t>(fields.x_target);
      rule.bounds.soft = fields.soft_bound != 0;
      word = fields.pack();
      break;
    }
    case 2: {
      const std::uint32_t mask = low_bits(build_.weight_bits);
      word &= mask | mask << 16;
      rule.bounds.min = spec::sign_extend(word & mask, build_.weight_bits);
      rule.bounds.max = spec::sign_extend(word >> 16, build_.weight_bits);
      break;
    }
    case 3: {
      const auto fields = spec::Rule3::unpack(word);
      rule.pre_unit = fields.pre_unit, rule.pre_max = fields.pre_max;
      break;
    }
    case 4: {
      const auto fields = spec::Rule4::unpack(word);
      rule.post_unit = fields.post_unit, rule.post_max = fields.post_max;
      break;
    }
    default:
      return;  // there is no such word: it stays zero
  }
  rule_words_[index] = word;
}

void LearnMemory::sweep_traces() {
  if (traced_) pre_.clear(), post_.clear();
  traced_ = false;
}

void LearnMemory::sweep_all() {
  sweep_traces();
  if (!written_) return;
  rule_words_ = {};
  rules_ = {};
  tables_.clear(), fanin_.clear(), lists_.clear();
  written_ = false;
}

void LearnMemory::bump_pre(std::uint32_t axon, std::uint32_t rule, std::uint16_t now) {
  std::uint32_t& trace = pre_[axon & (build_.axons - 1)];
  trace = pack(bump_trace(unpack(trace), now, table(rule, Side::pre), rules_[rule].pre_unit,
                          rules_[rule].pre_max));
  traced_ = true;
}

void LearnMemory::bump_post(std::uint32_t neuron, std::uint16_t now) {
  const std::uint32_t rule = list(neuron).rule;
  post_[neuron] = pack(bump_trace(unpack(post_[neuron]), now, table(rule, Side::post),
                                  rules_[rule].post_unit, rules_[rule].post_max));
  traced_ = true;
}

}  // namespace spikemesh::model
