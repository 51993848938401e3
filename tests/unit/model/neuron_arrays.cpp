// SPDX-License-Identifier: Apache-2.0
// Blocks of neurons do what update_neuron does with each, on every edge.
#include "model/core/neuron_arrays.hpp"

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>
#include <random>
#include <vector>

using namespace spikemesh;
using namespace spikemesh::model;

namespace {

class Chance {
 public:
  explicit Chance(std::uint32_t seed) : engine_(seed) {}
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
  std::uint32_t below(std::uint32_t end) { return word() % end; }
  /// An edge or a neighbour of one, or anything; cut to 24 bits signed.
  std::int32_t value() {
    constexpr std::array kEdges{0, 1, -1, 255, -4096, 65535, 1 << 22, (1 << 23) - 1, -(1 << 23)};
    const std::uint32_t edge = static_cast<std::uint32_t>(kEdges[below(kEdges.size())]);
    const std::uint32_t near = edge + below(5) - 2;
    return spec::sign_extend((below(2) == 0 ? near : word() >> below(24)) & 0xffffff, 24);
  }
  std::uint32_t factor(unsigned decay_bits) {
    const std::uint32_t one = std::uint32_t{1} << decay_bits;
    return std::array{0u, 1u, one - 1, one, below(one + 1)}[below(5)];
  }
  std::uint64_t adapt() {
    const std::uint64_t any = (std::uint64_t{word()} << 8 | below(256)) >> below(40);
    return std::array{std::uint64_t{0}, std::uint64_t{1}, kAdaptMax, any}[below(4)];
  }

 private:
  std::mt19937 engine_;
};

NeuronParameters parameters(Chance& chance, unsigned decay_bits) {
  return {.theta = chance.value(),
          .v_reset = chance.value(),
          .bias = chance.below(2) ? 0 : chance.value(),
          .decay_i = chance.factor(decay_bits),
          .decay_v = chance.factor(decay_bits),
          .decay_adapt = chance.factor(decay_bits),
          .adapt_step = chance.below(2) ? 0xffffffff - chance.below(3) : chance.word() >> 8,
          .refractory = static_cast<std::uint8_t>(std::array{0u, 1u, 255u}[chance.below(3)]),
          .gain = static_cast<std::uint8_t>(chance.below(16)),
          .subtract = chance.below(2) != 0};
}

NeuronState state(Chance& chance) {
  return {.adapt = chance.adapt(),
          .v = chance.value(),
          .i = chance.value(),
          .refractory = static_cast<std::uint8_t>(std::array{0u, 0u, 1u, 255u}[chance.below(4)])};
}

struct Seen {
  std::uint64_t spikes = 0, saturations = 0, refractory = 0, still = 0;
};

/// A step of `count` random neurons as a block, and of each alone.
void compare(std::uint32_t count, unsigned decay_bits, Chance& chance, bool all, Seen& seen) {
  spec::Build build = spec::kBuilds[0].build;
  build.neurons = count;
  build.decay_bits = decay_bits;
  ZeroPool pool(NeuronArrays::bytes(build) + ZeroPool::bytes<std::uint32_t>(count + 1));
  NeuronArrays arrays(build, pool);
  ZeroArray<std::uint32_t> acc(pool, count + 1);
  acc[count] = 7;  // another's
  std::vector<NeuronUpdate> wanted(count);
  const bool adapt_due = chance.below(2) != 0;
  std::uint64_t due = 0;
  std::uint64_t touched = 0, decaying = 0;
  NeuronArrays::Found expected;
  for (std::uint32_t j = 0; j < count; ++j) {
    const bool skipped = !all && chance.below(count) > 2;
    const NeuronParameters p = skipped ? NeuronParameters{} : parameters(chance, decay_bits);
    const NeuronState s = skipped ? NeuronState{} : state(chance);
    acc[j] =
        skipped || chance.below(2) == 0 ? 0 : static_cast<std::uint32_t>(chance.value()) & 0xffffff;
    arrays.set_parameters(j, p);
    arrays.set_state(j, s);
    REQUIRE(arrays.parameters(j) == p);
    REQUIRE(arrays.state(j) == s);
    due |= std::uint64_t{!skipped} << j;
    touched |= std::uint64_t{acc[j] != 0} << j;
    wanted[j] = update_neuron(p, s, spec::sign_extend(acc[j], 24), adapt_due, decay_bits);
    const NeuronUpdate& next = wanted[j];
    expected.spikes |= std::uint64_t{next.spike} << j;
    expected.saturated |= std::uint64_t{next.saturated} << j;
    expected.changed |= std::uint64_t{next.changed} << j;
    const bool fades = p.decay_adapt < std::uint32_t{1} << decay_bits;
    decaying |= std::uint64_t{next.state.adapt != 0 && fades} << j;
    seen.refractory += s.refractory > 0;
    seen.still += !next.changed;
  }
  CHECK(arrays.touched(0, acc.data()) == touched);
  const NeuronArrays::Found found = arrays.step(0, due, acc.data(), adapt_due);
  CHECK(found.spikes == expected.spikes);
  CHECK(found.saturated == expected.saturated);
  CHECK(found.changed == expected.changed);
  CHECK(arrays.decaying(0) == decaying);
  for (std::uint32_t j = 0; j < count; ++j) {
    CAPTURE(j);
    REQUIRE(arrays.state(j) == wanted[j].state);
    REQUIRE(acc[j] == 0);
  }
  CHECK(acc[count] == 7);
  seen.spikes += static_cast<std::uint64_t>(std::popcount(found.spikes));
  seen.saturations += static_cast<std::uint64_t>(std::popcount(found.saturated));
}

}  // namespace

TEST_CASE("a block of neurons steps as each of them does alone, on every edge, with any vectors") {
  const std::vector<std::int64_t> targets = block_targets();
  REQUIRE(targets.size() > 1);  // the plain loop and what this processor has
  for (const std::int64_t target : targets) {
    CAPTURE(target);
    use_block_target(target);
    Seen seen;
    for (const unsigned decay_bits : {12u, 13u, 14u, 15u, 16u}) {
      for (const std::uint32_t count : {4u, 8u, 16u, 32u, 64u}) {
        Chance chance(decay_bits * 100 + count);
        for (unsigned round = 0; round < 200; ++round) {
          CAPTURE(decay_bits);
          CAPTURE(count);
          CAPTURE(round);
          compare(count, decay_bits, chance, round % 3 != 0, seen);
        }
      }
    }
    CHECK(seen.spikes > 5'000);
    CHECK(seen.saturations > 5'000);
    CHECK(seen.refractory > 5'000);
    CHECK(seen.still > 5'000);
  }
  use_block_target(0);
}
