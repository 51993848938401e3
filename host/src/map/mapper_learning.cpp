// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_learning.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace spikemesh {
namespace {

void put(std::vector<std::uint32_t>& words, std::size_t index, std::uint32_t word) {
  if (words.size() <= index) words.resize(index + 1);
  words[index] = word;
}

/// exp(-age / tau) in 16 fraction bits.
void put_table(std::vector<std::uint32_t>& words, std::size_t base, double tau) {
  for (std::uint32_t age = 0; age < spec::kTraceSteps; ++age) {
    const double factor = spec::kFactorOne * std::exp(-static_cast<double>(age) / tau);
    put(words, base + age, static_cast<std::uint32_t>(std::lround(factor)));
  }
}

}  // namespace

std::uint32_t MapLearning::rule(std::uint8_t number) {
  assert(number >= 1);
  auto found = std::find(rules_.begin(), rules_.end(), number);
  if (found == rules_.end()) found = rules_.insert(found, number);
  assert(rules_.size() <= spec::kRules);
  return static_cast<std::uint32_t>(found - rules_.begin());
}

void MapLearning::add(std::uint32_t neuron, const spec::Fanin& entry) {
  lists_[neuron].push_back(entry);
}

std::size_t MapLearning::entries() const {
  std::size_t sum = 0;
  for (const auto& [neuron, list] : lists_) sum += list.size();
  return sum;
}

std::vector<std::pair<spec::Region, std::vector<std::uint32_t>>> MapLearning::words(
    const std::vector<IntegerRule>& rules, const spec::Build& build) const {
  std::vector<std::uint32_t> rule, table, fanin, learn;
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const IntegerRule& r = rules[rules_[i] - 1u];
    const std::uint32_t mask = (1u << build.weight_bits) - 1;
    const auto bound = [&](std::int32_t w) {
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(w) & mask);
    };
    put(rule, 8 * i, spec::Rule0{.a_plus = r.a_plus, .a_minus = r.a_minus}.pack());
    put(rule, 8 * i + 1, spec::Rule1{.x_target = r.x_target, .soft_bound = r.soft}.pack());
    put(rule, 8 * i + 2, spec::Rule2{.w_min = bound(r.w_min), .w_max = bound(r.w_max)}.pack());
    put(rule, 8 * i + 3, spec::Rule3{.pre_unit = r.pre_unit, .pre_max = r.pre_max}.pack());
    put(rule, 8 * i + 4, spec::Rule4{.post_unit = r.post_unit, .post_max = r.post_max}.pack());
    put_table(table, 2 * i * spec::kTraceSteps, r.tau_pre);
    put_table(table, (2 * i + 1) * spec::kTraceSteps, r.tau_post);
  }
  std::vector<std::uint32_t> next(build.lanes);
  for (const auto& [neuron, list] : lists_) {
    const std::uint32_t lane = neuron % build.lanes, first = next[lane];
    for (const spec::Fanin& entry : list)
      put(fanin, next[lane]++ * build.lanes + lane, entry.pack());
    put(learn, neuron,
        spec::Learn{.first = first,
                    .count = static_cast<std::uint32_t>(list.size()),
                    .rule = list.front().rule}
            .pack());
  }
  return {{spec::Region::rule, rule},
          {spec::Region::table, table},
          {spec::Region::fanin, fanin},
          {spec::Region::learn, learn}};
}

}  // namespace spikemesh
