// SPDX-License-Identifier: Apache-2.0
// model/core/stdp.hpp and the loops of learning against docs/blocks/learn.md.
#include "model/core/stdp.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "model/core/neuron_block.hpp"
#include "model/core/stdp_block.hpp"
#include "model/reference/reference.hpp"

using namespace spikemesh;
using namespace spikemesh::model;
using spec::Region;

namespace {

std::array<std::uint32_t, spec::kTraceSteps> exponential(double tau) {
  std::array<std::uint32_t, spec::kTraceSteps> table{};
  for (std::size_t age = 0; age < table.size(); ++age) {
    table[age] =
        static_cast<std::uint32_t>(std::lround(65536 * std::exp(-static_cast<double>(age) / tau)));
  }
  return table;
}

void put(Reference& r, Region region, std::uint32_t index, std::uint32_t word) {
  r.write(0, tile_address(region, index), word);
}
std::uint32_t get(const Reference& r, Region region, std::uint32_t index) {
  return r.read(0, tile_address(region, index));
}
std::int32_t weight(const Reference& r, std::uint32_t index) {
  return spec::sign_extend(get(r, Region::synapse, index), 16);
}

constexpr spec::Build kSmall{.mesh_w = 1,
                             .mesh_h = 1,
                             .neurons = 16,
                             .synapses = 256,
                             .axons = 64,
                             .fanouts = 64,
                             .plastics = 64};
constexpr std::uint32_t kPre = 0, kTeacher = 1;  ///< axons

/// Axon 0 has a plastic synapse to neuron 0, axon 1 a strong static one: the teacher.
Reference pair(const spec::Rule0& amplitudes, std::uint32_t target = 0, double tau = 20) {
  Reference r(kSmall);
  put(r, Region::neuron, 0, spec::Neuron0{.theta = 1000}.pack());
  put(r, Region::synapse, 0, spec::Synapse{.weight = 500, .delay = 1, .plastic = 1}.pack());
  put(r, Region::synapse, 1, spec::Synapse{.weight = 20000, .delay = 1}.pack());
  put(r, Region::axon, kPre, spec::Axon{.first = 0, .groups = 1, .plastic = 1}.pack());
  put(r, Region::axon, kTeacher, spec::Axon{.first = 1, .groups = 1}.pack());
  put(r, Region::fanin, 0, spec::Fanin{.row = 0, .axon = kPre}.pack());
  put(r, Region::learn, 0, spec::Learn{.first = 0, .count = 1}.pack());
  put(r, Region::rule, 0, amplitudes.pack());
  put(r, Region::rule, 1, spec::Rule1{.x_target = target}.pack());
  put(r, Region::rule, 2, spec::Rule2{.w_min = -30000, .w_max = 30000}.pack());
  put(r, Region::rule, 3, spec::Rule3{.pre_unit = 32768, .pre_max = 65535}.pack());
  put(r, Region::rule, 4, spec::Rule4{.post_unit = 32768, .post_max = 65535}.pack());
  const auto table = exponential(tau);
  for (std::uint32_t age = 0; age < spec::kTraceSteps; ++age) {
    put(r, Region::table, age, table[age]);
    put(r, Region::table, spec::kTraceSteps + age, table[age]);
  }
  r.set_learning(true);
  return r;
}

/// Weight change of one pair of spikes: the neuron fires in step `post`, the axon is hit in `pre`.
std::int32_t change_of_pair(Reference&& r, std::uint64_t pre, std::uint64_t post) {
  for (std::uint64_t step = 0; step <= std::max(pre, post); ++step) {
    std::vector<std::uint32_t> spikes;
    if (step == pre) spikes.push_back(kPre);
    if (step + 1 == post) spikes.push_back(kTeacher);
    r.step(spikes);
  }
  return weight(r, 0) - 500;
}

}  // namespace

TEST_CASE("trace: reads decayed, zero from the end of its table on, and wraps with its stamp") {
  std::array<std::uint32_t, spec::kTraceSteps> table{};
  table.fill(65536);
  table[1] = 32768;
  table[2] = 0;
  const DecayTable decay(table);
  const Trace trace{65535, 10};
  CHECK(read_trace(trace, 10, decay) == 65535);
  CHECK(read_trace(trace, 11, decay) == 32767);
  CHECK(read_trace(trace, 12, decay) == 0);
  CHECK(read_trace(trace, 10 + 127, decay) == 65535);
  CHECK(read_trace(trace, 10 + 128, decay) == 0);
  CHECK(read_trace(trace, 9, decay) == 0);  // 65,535 steps old
  CHECK(read_trace({7, 65535}, 0, decay) == 3);
}

TEST_CASE("trace: a bump adds to what it reads, at most max, also where it read more") {
  std::array<std::uint32_t, spec::kTraceSteps> table{};
  table.fill(32768);
  const DecayTable decay(table);
  CHECK(bump_trace({1000, 5}, 9, decay, 70, 65535) == Trace{570, 9});
  CHECK(bump_trace({1000, 5}, 9, decay, 70, 550) == Trace{550, 9});
  CHECK(bump_trace({1000, 5}, 9, decay, 0, 400) == Trace{400, 9});
  table.fill(65536);
  CHECK(bump_trace({65535, 5}, 9, DecayTable(table), 65535, 65535) == Trace{65535, 9});
}

TEST_CASE("weight: changes round to the nearest, halves up") {
  const WeightBounds wide{-32768, 32767, false};
  CHECK(change_weight(0, 3, 65535, wide).weight == 3);
  CHECK(change_weight(0, 1, 32768, wide).weight == 1);
  CHECK(change_weight(0, 1, 32767, wide).weight == 0);
  CHECK(change_weight(0, -1, 32768, wide).weight == 0);
  CHECK(change_weight(0, -1, 32769, wide).weight == -1);
  CHECK(change_weight(0, 100, -65535, wide).weight == -100);
  CHECK(change_weight(-32768, 32767, 65535, wide).weight == -1);
}

TEST_CASE("weight: clipped at each bound, which is told, and w_min wins where they are swapped") {
  const WeightBounds narrow{-10, 20, false};
  const auto above = change_weight(15, 100, 65535, narrow);
  CHECK((above.weight == 20 && above.above && !above.below));
  const auto below = change_weight(-5, -100, 65535, narrow);
  CHECK((below.weight == -10 && below.below && !below.above));
  const auto exact = change_weight(15, 5, 65535, narrow);
  CHECK((exact.weight == 20 && !exact.above));
  const auto outside = change_weight(100, 1, 0, narrow);
  CHECK((outside.weight == 20 && outside.above));
  CHECK(change_weight(0, 0, 0, {20, -10, false}).weight == 20);
}

TEST_CASE("weight: soft bounds scale with the distance to the bound ahead, none behind it") {
  const WeightBounds soft{0, 10000, true};
  CHECK(change_weight(0, 32767, 65535, soft).weight == 5000);
  CHECK(change_weight(8000, 32767, 65535, soft).weight == 9000);
  CHECK(change_weight(10000, 32767, 65535, soft).weight == 10000);
  CHECK(change_weight(8000, -32768, 65535, soft).weight == 4000);
  CHECK(change_weight(8000, 32767, -65535, soft).weight == 4000);
  const auto beyond = change_weight(12000, 32767, 65535, soft);
  CHECK((beyond.weight == 10000 && beyond.above));
}

TEST_CASE("learning: the window of a pair is the formula's within one weight unit, -50..50 steps") {
  int compared = 0;
  for (int dt = -50; dt <= 50; ++dt, ++compared) {  // post - pre
    const auto pre = static_cast<std::uint64_t>(60 - std::min(dt, 0)),
               post = pre + static_cast<std::uint64_t>(dt);
    const double wanted = dt >= 0 ? 1000 * std::exp(-dt / 20.0) : -800 * std::exp(dt / 20.0);
    CAPTURE(dt);
    CHECK(std::abs(change_of_pair(pair({.a_plus = 2000, .a_minus = -1600}), pre, post) - wanted) <=
          1);
  }
  CHECK(compared == 101);
}

TEST_CASE("learning: pre and post in one step potentiate only") {
  CHECK(change_of_pair(pair({.a_plus = 0, .a_minus = -1600}), 30, 30) == 0);
  CHECK(change_of_pair(pair({.a_plus = 2000, .a_minus = -1600}), 30, 30) == 1000);
}

TEST_CASE("learning: a silent input is depressed by x_target when its neuron fires") {
  CHECK(change_of_pair(pair({.a_plus = 2000, .a_minus = 0}, 8192), 60, 30) == -250);
}

TEST_CASE("learning: off it changes neither weights nor traces") {
  Reference off = pair({.a_plus = 2000, .a_minus = -1600});
  off.set_learning(false);
  CHECK(change_of_pair(std::move(off), 30, 31) == 0);
  Reference r = pair({.a_plus = 2000, .a_minus = -1600});
  r.set_learning(false);
  r.step(std::vector<std::uint32_t>{kPre});
  CHECK(get(r, Region::pre_trace, kPre) == 0);
  CHECK(r.total(spec::Counter::weight_updates) == 0);
  r.set_learning(true);
  r.step(std::vector<std::uint32_t>{kPre});
  CHECK(get(r, Region::pre_trace, kPre) == (32768u | 1u << 16));
  r.clear(2);
  CHECK(get(r, Region::pre_trace, kPre) == 0);
}

TEST_CASE("learning: each hit of an axon depresses and bumps once") {
  Reference r = pair({.a_plus = 0, .a_minus = -1600});
  put(r, Region::post_trace, 0, spec::Trace{.value = 65535, .stamp = 0}.pack());
  r.step(std::vector<std::uint32_t>{kPre, kPre});
  CHECK(weight(r, 0) == 500 - 2 * 1600);
  CHECK(get(r, Region::pre_trace, kPre) == 65535);
  CHECK(r.total(spec::Counter::weight_updates) == 2);
}

TEST_CASE("homeostasis: an adaptive threshold with a time constant of 1e5 steps is real") {
  // A factor of exp(-2^p / tau) needs no more than DecayBits fraction bits with p = 8.
  Reference r(kSmall);
  const double tau = 1e5, period = 256;
  put(r, Region::neuron, 6,
      static_cast<std::uint32_t>(std::lround(4096 * std::exp(-period / tau))));
  put(r, Region::state, 2, 0);
  put(r, Region::state, 3, 0x40);  // 2^38: 2^22 units of V
  r.set_adapt_period(8);
  for (int step = 0; step < 100000; ++step) r.step({});
  const double left = std::ldexp(get(r, Region::state, 3), 32) + get(r, Region::state, 2);
  const double rounded = -period / std::log(std::lround(4096 * std::exp(-period / tau)) / 4096.0);
  CHECK(left / std::ldexp(1, 38) == doctest::Approx(std::exp(-1e5 / rounded)).epsilon(0.01));
  CHECK(rounded == doctest::Approx(tau).epsilon(0.06));
}

TEST_CASE(
    "a block of weights changes as each of them does alone, on every edge, with any vectors") {
  const std::vector<std::int64_t> targets = block_targets();
  REQUIRE(targets.size() > 1);  // the plain loop and what this processor has
  for (const std::int64_t target : targets) {
    CAPTURE(target);
    use_block_target(target);
    std::mt19937 random(5);
    const auto edge = [&](std::int32_t low, std::int32_t high) {
      const std::int32_t edges[] = {low, low + 1, high - 1, high};
      return random() % 4 == 0 ? edges[random() % 4]
                               : low + static_cast<std::int32_t>(random() % (high - low + 1u));
    };
    std::array<std::uint32_t, spec::kTraceSteps> table;
    std::array<std::uint32_t, 96> traces;
    unsigned below = 0, above = 0, old = 0;
    for (unsigned round = 0; round < 2000; ++round) {
      CAPTURE(round);
      const auto now = static_cast<std::uint16_t>(random());
      for (std::uint32_t& factor : table) factor = static_cast<std::uint32_t>(edge(0, 65536));
      for (std::uint32_t& trace : traces) {
        const auto age = static_cast<std::uint32_t>(edge(0, 160));
        trace = spec::Trace{.value = static_cast<std::uint32_t>(edge(0, 65535)), .stamp = now - age}
                    .pack();
        old += age >= spec::kTraceSteps;
      }
      const std::int32_t bound = edge(-32768, 32767);
      const StdpStep step{
          .traces = traces.data(),
          .table = table.data(),
          .amplitude = edge(-32768, 32767),
          .target = edge(0, 65535),
          .bounds = {.min = bound, .max = edge(-32768, 32767), .soft = round % 2 != 0},
          .now = now};
      StdpBlock block;
      const std::uint32_t count = 1 + random() % StdpBlock::kMost;
      for (std::uint32_t i = 0; i < count; ++i) {
        block.which[i] = random() % traces.size();
        block.before[i] = edge(-32768, 32767);
      }
      block.change(step, count);
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto word = spec::Trace::unpack(traces[block.which[i]]);
        const Trace trace{static_cast<std::uint16_t>(word.value),
                          static_cast<std::uint16_t>(word.stamp)};
        const std::uint32_t value = read_trace(trace, now, table);
        const WeightChange change =
            change_weight(block.before[i], step.amplitude,
                          static_cast<std::int32_t>(value) - step.target, step.bounds);
        REQUIRE(block.trace[i] == value);
        REQUIRE(block.after[i] == change.weight);
        REQUIRE((block.below >> i & 1) == change.below);
        REQUIRE((block.above >> i & 1) == change.above);
        below += change.below, above += change.above;
      }
    }
    CHECK(below > 5'000);
    CHECK(above > 5'000);
    CHECK(old > 5'000);
  }
  use_block_target(0);
}
