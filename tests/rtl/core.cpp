// SPDX-License-Identifier: Apache-2.0
// rtl/core against docs/blocks/core.md and docs/arithmetic.md: values, order, and the cycle of
// every event.
#include <doctest/doctest.h>

#include <bit>

#include "Vcore_four.h"
#include "Vcore_one.h"
#include "Vcore_two.h"
#include "core_bench.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
enum Region : std::uint32_t {
  synapse,
  axon,
  fanout,
  neuron,
  state,
  accumulator,
  counter,
  rule,
  table,
  fanin,
  learn,
  pre_trace,
  post_trace
};
constexpr unsigned kPlastics = 64;

// As in CMakeLists.txt of this directory. The last has the fewest groups and two slots.
constexpr Shape kOne{16, 64, 8, 32, 1, 16, 12, 15};
constexpr Shape kTwo{32, 128, 16, 64, 2, 8, 14, 3};
constexpr Shape kFour{16, 64, 4, 4, 4, 4, 16, 1};

struct One {
  using Dut = Vcore_one;
  static constexpr Shape kShape = kOne;
};
struct Two {
  using Dut = Vcore_two;
  static constexpr Shape kShape = kTwo;
};
struct Four {
  using Dut = Vcore_four;
  static constexpr Shape kShape = kFour;
};

std::uint32_t bits(std::int64_t value, unsigned width) {
  return static_cast<std::uint32_t>(value & ((std::int64_t{1} << width) - 1));
}

/// Writes the whole image of the reference to the core.
template <typename Dut>
void load(CoreBench<Dut>& bench, const CoreReference& r) {
  for (unsigned j = 0; j < r.shape.neurons; ++j) {
    const Neuron& n = r.neuron[j];
    const std::uint32_t word[8] = {bits(n.theta, 24) | n.refractory << 24,
                                   bits(n.v_reset, 24) | n.gain << 24 | n.subtract << 28,
                                   bits(n.bias, 24),
                                   bits(n.decay_i, 17),
                                   bits(n.decay_v, 17),
                                   bits(n.adapt_step, 32),
                                   bits(n.decay_adapt, 17),
                                   n.first | n.count << 16};
    for (unsigned f = 0; f < 8; ++f) bench.write(neuron, j * 8 + f, word[f]);
    const std::uint32_t dynamic[4] = {bits(n.v, 24) | n.left << 24, bits(n.i, 24),
                                      bits(n.adapt, 32), static_cast<std::uint32_t>(n.adapt >> 32)};
    for (unsigned f = 0; f < 4; ++f) bench.write(state, j * 4 + f, dynamic[f]);
    for (unsigned s = 0; s < r.shape.slots(); ++s) {
      if (r.acc[s][j] != 0)
        bench.write(accumulator, s * r.shape.neurons + j, bits(r.acc[s][j], 24));
    }
  }
  for (unsigned i = 0; i < r.shape.synapses; ++i) {
    const Synapse& s = r.synapse[i];
    bench.write(
        synapse, i,
        bits(s.weight, r.shape.weight_bits) | s.delay << 16 | s.plastic << 20 | s.target << 21);
  }
  for (unsigned i = 0; i < r.shape.axons; ++i)
    bench.write(axon, i, r.axon[i].first | r.axon[i].groups << 16);
  for (unsigned i = 0; i < r.shape.fanouts; ++i) bench.write(fanout, i, r.fanout[i]);
  bench.settle();
  bench.forget();
}

/// Reads back all that a step can change.
template <typename Dut>
void compare_memories(CoreBench<Dut>& bench, const CoreReference& r) {
  for (unsigned j = 0; j < r.shape.neurons; ++j) {
    CAPTURE(j);
    const Neuron& n = r.neuron[j];
    REQUIRE(bench.read(state, j * 4) == (bits(n.v, 24) | n.left << 24));
    REQUIRE(bench.read(state, j * 4 + 1) == bits(n.i, 24));
    REQUIRE(bench.read(state, j * 4 + 2) == bits(n.adapt, 32));
    REQUIRE(bench.read(state, j * 4 + 3) == bits(n.adapt >> 32, 8));
    for (unsigned s = 0; s < r.shape.slots(); ++s) {
      CAPTURE(s);
      REQUIRE(bench.read(accumulator, s * r.shape.neurons + j) == bits(r.acc[s][j], 24));
    }
  }
  for (unsigned c = 0; c < 7; ++c) {
    CAPTURE(c);
    REQUIRE(bench.read(counter, c) == r.counter[c]);
  }
}

std::int64_t edgy(Random& random, std::int64_t low, std::int64_t high) {
  switch (random.below(6)) {
    case 0:
      return low;
    case 1:
      return high;
    case 2:
      return std::clamp<std::int64_t>(random.between(-3, 3), low, high);
    default:
      return random.between(low, high);
  }
}

/// A network that falls silent soon: no bias, little state, high thresholds, some adaptation.
void calm(CoreReference& r, Random& random) {
  for (Neuron& n : r.neuron) {
    n = {};
    n.theta = random.between(100, 20000);
    n.decay_i = n.decay_v = (std::int64_t{1} << r.shape.decay_bits) / 4;
    if (random.chance(0.1)) n.adapt = random.between(1, 1 << 18);
    n.decay_adapt = random.between(0, std::int64_t{1} << r.shape.decay_bits);
    n.count = 1;
  }
}

/// Values all over their ranges, edges often; many thresholds low, so that much fires.
void randomize(CoreReference& r, Random& random) {
  constexpr std::int64_t kHigh = (1 << 23) - 1;
  const std::int64_t one = std::int64_t{1} << r.shape.decay_bits;
  for (Neuron& n : r.neuron) {
    const std::int64_t scale = random.chance(0.5) ? kHigh : 2000;
    n.theta = edgy(random, -scale - 1, scale) / (random.chance(0.7) ? 100 : 1);
    n.refractory = random.chance(0.5) ? 0 : static_cast<unsigned>(random.below(4));
    n.v_reset = edgy(random, -scale - 1, scale);
    n.gain = static_cast<unsigned>(random.chance(0.5) ? 0 : random.below(16));
    n.subtract = random.chance(0.5);
    n.bias = random.chance(0.5) ? 0 : edgy(random, -scale - 1, scale);
    n.decay_i = edgy(random, 0, one);
    n.decay_v = edgy(random, 0, one);
    n.adapt_step = random.chance(0.4) ? 0 : edgy(random, 0, (std::int64_t{1} << 32) - 1);
    n.decay_adapt = edgy(random, 0, one);
    n.first = static_cast<unsigned>(random.below(r.shape.fanouts));
    n.count = static_cast<unsigned>(random.chance(0.3) ? 0 : random.below(4));
    n.v = edgy(random, -scale - 1, scale);
    n.i = edgy(random, -scale - 1, scale);
    n.adapt = random.chance(0.5) ? 0 : edgy(random, 0, (std::int64_t{1} << 40) - 1);
    n.left = random.chance(0.8) ? 0 : static_cast<unsigned>(random.below(3));
  }
  const std::int64_t heavy = (std::int64_t{1} << (r.shape.weight_bits - 1)) - 1;
  for (unsigned i = 0; i < r.shape.synapses; ++i) {
    // Few targets, so that they often follow one another; the low bits of a target are not the
    // lane's own.
    const unsigned target = static_cast<unsigned>(random.below(r.shape.neurons));
    const unsigned few = random.chance(0.6) ? target % (2 * r.shape.lanes) : target;
    r.synapse[i] = {edgy(random, -heavy - 1, heavy),
                    static_cast<unsigned>(random.below(std::min(r.shape.slots(), 4u))),
                    static_cast<unsigned>(random.below(2)), few};
  }
  for (Axon& a : r.axon) {
    const std::uint64_t longest = random.chance(0.8) ? 4 : std::min(12u, 2 * r.shape.rows());
    a = {static_cast<unsigned>(random.below(r.shape.rows())),
         static_cast<unsigned>(random.below(longest))};
  }
  for (std::uint32_t& word : r.fanout) word = static_cast<std::uint32_t>(random.below(1 << 25));
}

/// Cycles b in which the rows of a step go on to WALK, from those in which their packets were
/// pushed.
std::vector<std::uint64_t> walks(const std::vector<std::uint64_t>& pushed,
                                 const std::vector<unsigned>& groups, std::uint64_t open) {
  std::vector<std::uint64_t> result;
  std::uint64_t accepted = 0, last_read = 0;
  for (std::size_t k = 0; k < pushed.size(); ++k) {
    accepted = std::max({pushed[k] + 1, open, k > 0 ? result.back() : 0});
    result.push_back(std::max(accepted + 1, last_read));
    last_read = result.back() + groups[k];
  }
  return result;
}

/// The table of Emit: flits in order, with the cycles of their acceptance under this `ready`.
std::vector<std::pair<std::uint64_t, std::uint32_t>> emissions(const CoreReference& r,
                                                               const std::vector<Fired>& fired,
                                                               std::uint64_t open,
                                                               const std::vector<bool>& ready) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> result;
  std::uint64_t search = open;  // of the next FETCH
  std::uint64_t read = 0;       // of the last entry
  std::uint64_t free = 0;  // first cycle in which no flit waits, or the one that waits is accepted
  for (const Fired& f : fired) {
    search += 2;  // FETCH, PICK
    for (unsigned lane = 0; lane < r.shape.lanes; ++lane) {
      if (!(f.mask >> lane & 1)) continue;
      const Neuron& n = r.neuron[f.group * r.shape.lanes + lane];
      search += 2;  // POINT, LOAD
      if (n.count == 0) continue;
      const std::uint64_t load = std::max(search - 1, read);
      search = load + 1;
      read = load;
      for (unsigned k = 0; k < n.count; ++k) {
        read = std::max(read + 1, free);
        std::uint64_t accepted = read + 1;
        while (!ready.at(accepted)) ++accepted;
        free = accepted;
        result.emplace_back(accepted, r.fanout[(n.first + k) % r.shape.fanouts]);
      }
    }
  }
  return result;
}

/// Bits of addr above those of the build's axons do not count.
Flit spike(unsigned number, const Shape& shape, Random& random) {
  return {0, number + shape.axons * static_cast<unsigned>(random.below(16)), kX, kY, 0, 0, kSpike};
}

/// Steps of a random network under random input and back-pressure; every event is compared with its
/// cycle. Gives the number of events compared.
template <typename Dut>
unsigned run_random(const Shape& shape, std::uint64_t seed, double offer, double ready,
                    bool quiet = false) {
  CAPTURE(seed);
  CoreBench<Dut> bench(shape, seed);
  Random random(seed + 1000);
  CoreReference r(shape);
  randomize(r, random);
  if (quiet) calm(r, random);
  load(bench, r);
  bench.offer = offer;
  bench.ready = ready;
  unsigned events = 0;
  for (unsigned t = 0; t < (quiet ? 80u : 24u); ++t) {
    CAPTURE(t);
    bench.forget();
    const unsigned slot = t % shape.slots();
    const bool due = random.chance(quiet ? 0.1 : 0.5), need = r.needs_update(slot, due);
    const std::uint64_t u = bench.step(slot, due);
    const std::vector<Fired> fired = need ? r.update(slot, due) : std::vector<Fired>{};
    const std::uint64_t open = need ? u + r.scans + 8 : u;
    std::vector<unsigned> axons, groups;
    for (std::uint64_t k = quiet ? random.chance(0.1) : random.below(10); k > 0; --k) {
      axons.push_back(static_cast<unsigned>(random.below(shape.axons)));
      groups.push_back(r.axon[axons.back()].groups);
      bench.input.push_back(spike(axons.back(), shape, random));
    }
    bench.settle();

    REQUIRE(bench.fires.size() == fired.size());
    for (std::size_t k = 0; k < fired.size(); ++k) {
      REQUIRE(bench.fires[k].fired == fired[k]);
      REQUIRE(bench.fires[k].cycle == u + 8 + r.scan[fired[k].group]);
    }
    const std::vector<std::uint64_t> walked = walks(bench.pushed, groups, open);
    std::size_t seen = 0;
    for (std::size_t k = 0; k < axons.size(); ++k) {
      for (Delivery expected : r.integrate(axons[k], slot)) {
        REQUIRE(seen < bench.accs.size());
        REQUIRE(bench.accs[seen].cycle == walked[k] + 5 + expected.index);
        expected.index = 0;
        REQUIRE(bench.accs[seen++].delivery == expected);
      }
    }
    REQUIRE(seen == bench.accs.size());
    const auto emitted = emissions(r, fired, open, bench.readies);
    REQUIRE(bench.outputs.size() == emitted.size());
    for (std::size_t k = 0; k < emitted.size(); ++k) {
      const std::uint32_t word = emitted[k].second;
      REQUIRE(bench.outputs[k].accepted == emitted[k].first);
      REQUIRE(bench.outputs[k].flit ==
              Flit{0, word & 0xFFF, word >> 12 & 63, word >> 18 & 63, word >> 24 & 1, 0, kSpike});
    }
    r.counter[3] += static_cast<std::uint32_t>(emitted.size());
    for (const auto& output : bench.outputs)
      r.counter[4] += static_cast<std::uint32_t>(output.accepted - output.offered);
    events += static_cast<unsigned>(fired.size() + seen + emitted.size());
  }
  compare_memories(bench, r);
  return events;
}

}  // namespace

TYPE_TO_STRING(One);
TYPE_TO_STRING(Two);
TYPE_TO_STRING(Four);

TEST_CASE_TEMPLATE_DEFINE("random networks give the page's events in the page's cycles", Core,
                          random_networks) {
  unsigned events = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed)
    events += run_random<typename Core::Dut>(Core::kShape, seed, 1, 1);
  for (std::uint64_t seed = 21; seed <= 32; ++seed)
    events += run_random<typename Core::Dut>(Core::kShape, seed, 0.4, 0.4);
  CHECK(events > 1000);
}
TEST_CASE_TEMPLATE_INVOKE(random_networks, One, Two, Four);

TEST_CASE_TEMPLATE_DEFINE(
    "a network at rest leaves out exactly the Updates that would change nothing", Core, resting) {
  unsigned events = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed)
    events += run_random<typename Core::Dut>(Core::kShape, seed, 1, 1, true);
  CHECK(events > 50);
}
TEST_CASE_TEMPLATE_INVOKE(resting, One, Two, Four);

TEST_CASE(
    "an Update visits the groups that can change, in one cycle each, and is left out if there are "
    "none") {
  CoreBench<Vcore_one> bench(kOne, 1);
  const auto busy_cycles = [&](unsigned slot, bool due) {
    const std::uint64_t u = bench.step(slot, due);
    return bench.settle() - u - 1;
  };
  constexpr unsigned kAll = 16 + 7, kGroup = 1 + 7;
  CHECK(busy_cycles(0, false) == kAll);  // the first after a sweep
  CHECK(busy_cycles(1, true) == 0);
  bench.write(fanout, 3, 0);
  bench.settle();
  CHECK(busy_cycles(2, false) == kAll);  // anything written ends the rest
  CHECK(busy_cycles(3, false) == 0);
  bench.write(accumulator, 9 * 16 + 5, 7);
  bench.write(neuron, 5 * 8 + 0, 100);
  bench.settle();
  CHECK(busy_cycles(4, false) == kAll);
  CHECK(busy_cycles(5, false) == 0);
  CHECK(busy_cycles(9, false) == kGroup);   // the slot that was written
  CHECK(busy_cycles(10, false) == kGroup);  // I has changed in it
  CHECK(busy_cycles(11, false) == kGroup);  // I goes to zero at once (decay 0), V as well
  CHECK(busy_cycles(12, false) == 0);
  bench.write(accumulator, 13 * 16 + 5, 7);
  bench.write(accumulator, 13 * 16 + 5, 0);
  bench.settle();
  CHECK(busy_cycles(12, false) == kAll);
  CHECK(busy_cycles(13, false) == kGroup);  // no group to visit: a cycle for their word
  bench.write(state, 5 * 4 + 2, 1 << 16);
  bench.write(neuron, 5 * 8 + 6, 1 << 12);
  bench.settle();
  CHECK(busy_cycles(0, false) == kAll);
  CHECK(busy_cycles(1, false) == 0);
  CHECK(busy_cycles(2, true) == 0);  // the adaptive threshold is due, but does not decay
  bench.write(neuron, 5 * 8 + 6, 1 << 11);
  bench.settle();
  CHECK(busy_cycles(3, false) == kAll);
  CHECK(busy_cycles(4, false) == 0);
  CHECK(busy_cycles(5, true) == kAll);     // it is due, and decays
  CHECK(busy_cycles(6, false) == kGroup);  // it has changed
  CHECK(busy_cycles(7, false) == 0);
  CHECK(bench.read(counter, 6) == 12);
}

TEST_CASE("operations on one target that follow one another at any distance add up") {
  CoreBench<Vcore_one> bench(kOne, 1);
  CoreReference r(kOne);
  for (unsigned i = 0; i < 64; ++i)
    r.synapse[i] = {1 << i % 8, 1, 0,
                    i < 8    ? 3u
                    : i < 24 ? 3 + i % 2
                    : i < 48 ? 3 + i % 3
                             : 3 + i % 4};
  r.axon[0] = {0, 64};
  r.axon[1] = {0, 1};
  load(bench, r);
  bench.step(0, false);
  bench.settle();
  bench.forget();
  for (const unsigned number : {0u, 1u, 1u, 0u}) {
    bench.input.push_back({0, number, kX, kY, 0, 0, kSpike});
    r.integrate(number, 0);
  }
  bench.settle();
  CHECK(bench.accs.size() == 64 + 1 + 1 + 64);
  for (unsigned k = 1; k < bench.accs.size(); ++k) {  // row after row without a gap
    CAPTURE(k);
    CHECK(bench.accs[k].cycle == bench.accs[0].cycle + k);
  }
  for (unsigned j = 3; j < 7; ++j) CHECK(bench.read(accumulator, 16 + j) == bits(r.acc[1][j], 24));
}

TEST_CASE("a row goes on at the start of the synapse memory, and an empty row costs one cycle") {
  CoreBench<Vcore_one> bench(kOne, 1);
  CoreReference r(kOne);
  for (unsigned i = 0; i < 64; ++i) r.synapse[i] = {i + 1, 1, 0, i % 16};
  r.axon[0] = {62, 4};
  load(bench, r);
  bench.step(0, false);
  bench.settle();
  bench.forget();
  for (const unsigned number : {1u, 1u, 0u})
    bench.input.push_back({0, number, kX, kY, 0, 0, kSpike});
  bench.settle();
  REQUIRE(bench.accs.size() == 4);
  CHECK(bench.accs[0].cycle == bench.pushed[0] + 1 + 1 + 1 + 1 + 5);
  CHECK(bench.accs[0].delivery.value == 63);
  CHECK(bench.accs[1].delivery.value == 64);
  CHECK(bench.accs[2].delivery.value == 1);
  CHECK(bench.accs[3].delivery.value == 2);
}

TEST_CASE("writes land one a cycle, each in the cycle after it is accepted") {
  CoreBench<Vcore_one> bench(kOne, 1);
  bench.forget();
  for (unsigned i = 0; i < 20; ++i) bench.write(synapse, i, i * 3);
  bench.settle();
  REQUIRE(bench.writes.size() == 20);
  for (unsigned i = 0; i < 20; ++i) {
    CHECK(bench.writes[i].cycle == bench.pushed[0] + i + 2);
    CHECK(bench.writes[i].addr == i);
    CHECK(bench.writes[i].data == i * 3);
  }
}

TEST_CASE(
    "a reply is offered four cycles after its read is accepted, and nothing is taken before it is "
    "gone") {
  CoreBench<Vcore_one> bench(kOne, 1);
  bench.write(axon, 1, 0x20003);
  bench.write(axon, 2, 0x50004);
  bench.settle();
  bench.forget();
  bench.ready = 0;
  for (const unsigned i : {1u, 2u}) bench.input.push_back({0, axon << 16 | i, kX, kY, 0, 0, kRead});
  for (int i = 0; i < 12; ++i) bench.tick();
  CHECK(bench.core->valid_o == 1);
  CHECK(bench.outputs.empty());
  bench.ready = 1;
  bench.settle();
  REQUIRE(bench.outputs.size() == 2);
  CHECK(bench.outputs[0].offered == bench.pushed[0] + 1 + 4);
  CHECK(bench.outputs[0].flit == Flit{0x20003, axon << 16 | 1, kX, kY, 1, 0, kReply});
  CHECK(bench.outputs[1].offered == bench.outputs[0].accepted + 1 + 4);
  CHECK(bench.outputs[1].flit == Flit{0x50004, axon << 16 | 2, kX, kY, 1, 0, kReply});
}

TEST_CASE_TEMPLATE_DEFINE("fields are cut to what the build stores, and the rest reads as zero",
                          Core, cut_fields) {
  constexpr Shape kShape = Core::kShape;
  CoreBench<typename Core::Dut> bench(kShape, 1);
  const auto log2 = [](unsigned x) { return static_cast<unsigned>(std::bit_width(x) - 1); };
  const auto ones = [](unsigned n) {
    return static_cast<std::uint32_t>((std::uint64_t{1} << n) - 1);
  };
  const auto kept = [&](std::uint32_t region, std::uint32_t index) {
    bench.write(region, index, 0xFFFFFFFF);
    return bench.read(region, index);
  };
  const unsigned row = log2(kShape.rows()), list = log2(kShape.fanouts);
  CHECK(kept(synapse, kShape.synapses - 1) == (ones(kShape.weight_bits) | kShape.delay_max << 16 |
                                               1u << 20 | ones(log2(kShape.neurons)) << 21));
  CHECK(kept(axon, kShape.axons - 1) ==
        (ones(row) | ones(std::min(row + 1, 13u)) << 16 | 7u << 29));
  CHECK(kept(fanout, kShape.fanouts - 1) == ones(27));
  const unsigned j = kShape.neurons - 1;
  const std::uint32_t fields[8] = {ones(32),
                                   ones(29),
                                   ones(24),
                                   ones(kShape.decay_bits + 1),
                                   ones(kShape.decay_bits + 1),
                                   ones(32),
                                   ones(kShape.decay_bits + 1),
                                   ones(list) | ones(list + 1) << 16};
  for (unsigned f = 0; f < 8; ++f) CHECK(kept(neuron, j * 8 + f) == fields[f]);
  const std::uint32_t states[4] = {ones(32), ones(24), ones(32), ones(8)};
  for (unsigned f = 0; f < 4; ++f) CHECK(kept(state, j * 4 + f) == states[f]);
  CHECK(kept(accumulator, kShape.slots() * kShape.neurons - 1) == ones(24));
  const std::uint32_t rules[8] = {
      ones(32), ones(17), ones(kShape.weight_bits) * 0x10001u, ones(32), ones(32), 0, 0, 0};
  for (unsigned f = 0; f < 8; ++f) CHECK(kept(rule, 2 * 8 + f) == rules[f]);
  CHECK(kept(table, 300) == ones(17));
  CHECK(kept(fanin, kPlastics - 1) == (ones(row) | ones(log2(kShape.axons)) << 16 | 3u << 28));
  const unsigned entry = log2(kPlastics / kShape.lanes);
  CHECK(kept(learn, j) == (ones(entry) | ones(entry + 1) << 15 | 3u << 30));
  CHECK(kept(pre_trace, kShape.axons - 1) == ones(32));
  CHECK(kept(post_trace, j) == ones(32));
}
TEST_CASE_TEMPLATE_INVOKE(cut_fields, One, Two, Four);

TEST_CASE_TEMPLATE_DEFINE(
    "a sweep clears what its mask names and nothing else, in as many cycles as the longest has",
    Core, sweeps) {
  constexpr Shape kShape = Core::kShape;
  struct Word {
    std::uint32_t region, index, mask;  ///< bits of the sweeps that clear it
  };
  std::vector<Word> words{{synapse, 0, 0x80},
                          {synapse, kShape.synapses - 1, 0x80},
                          {axon, kShape.axons - 1, 0x80},
                          {fanout, kShape.fanouts - 1, 0x80},
                          {rule, 3 * 8 + 4, 0x80},
                          {table, spec::kRules * 2 * spec::kTraceSteps - 1, 0x80},
                          {fanin, kPlastics - 1, 0x80},
                          {learn, kShape.neurons - 1, 0x80},
                          {pre_trace, kShape.axons - 1, 0x82},
                          {post_trace, kShape.neurons - 1, 0x82}};
  for (unsigned f = 0; f < 8; ++f) words.push_back({neuron, (kShape.neurons - 1) * 8 + f, 0x80});
  for (unsigned f = 0; f < 4; ++f)
    words.push_back({state, (kShape.neurons - 1) * 4 + f, f < 2 ? 0x81u : 0x84u});
  words.push_back({accumulator, kShape.slots() * kShape.neurons - 1, 0x81});
  const unsigned accs = kShape.slots() * kShape.groups();
  const unsigned traces = std::max(kShape.axons, kShape.groups());
  const unsigned table = spec::kRules * 2 * spec::kTraceSteps;
  const unsigned all = std::max({kShape.rows(), kShape.axons, kShape.fanouts, accs, table});
  const std::array<std::pair<unsigned, unsigned>, 7> sweeps{{{0x01, accs},
                                                             {0x02, traces},
                                                             {0x04, kShape.groups()},
                                                             {0x05, accs},
                                                             {0x03, std::max(accs, traces)},
                                                             {0x80, all},
                                                             {0x00, 0}}};
  for (const auto& [mask, length] : sweeps) {
    CAPTURE(mask);
    CoreBench<typename Core::Dut> bench(kShape, 1);
    for (const Word& w : words) bench.write(w.region, w.index, 0x00010001);
    bench.settle();
    std::vector<std::uint32_t> before;
    for (const Word& w : words) before.push_back(bench.read(w.region, w.index));
    const std::uint64_t u = bench.broadcast(1, 0, false, mask);
    CHECK(bench.settle() - u - 1 == length);
    for (std::size_t k = 0; k < words.size(); ++k) {
      CAPTURE(words[k].region);
      CHECK(before[k] != 0);
      CHECK(bench.read(words[k].region, words[k].index) == (words[k].mask & mask ? 0 : before[k]));
    }
  }
}
TEST_CASE_TEMPLATE_INVOKE(sweeps, One, Two, Four);

TEST_CASE("nothing is retired in the cycle of a reset, and the core is quiet after it") {
  CoreBench<Vcore_one> bench(kOne, 1);
  CoreReference r(kOne);
  for (Neuron& n : r.neuron) n = {.theta = -1, .first = 0, .count = 4};
  for (unsigned i = 0; i < 64; ++i) r.synapse[i] = {1, 1, 0, i % 16};
  r.axon[0] = {0, 64};
  for (unsigned ahead = 1; ahead < 60; ++ahead) {
    CAPTURE(ahead);
    load(bench, r);
    bench.step(0, false);
    for (int k = 0; k < 4; ++k) bench.input.push_back({0, 0, kX, kY, 0, 0, kSpike});
    for (unsigned k = 0; k < ahead; ++k) bench.tick();
    bench.input.clear();
    bench.core->rst_ni = 0;
    bench.forget();
    bench.tick();
    bench.core->rst_ni = 1;
    CHECK(bench.fires.size() + bench.accs.size() + bench.writes.size() == 0);
    bench.abandon();
    bench.tick();
    CHECK(bench.busy.back() == false);
    CHECK(bench.core->valid_o == 0);
    bench.sweep(0x80);
    CHECK(bench.read(counter, 6) == 0);
  }
}
