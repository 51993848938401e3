// SPDX-License-Identifier: Apache-2.0
#include "model/core/neuron.hpp"

#include <doctest/doctest.h>

using namespace spikemesh;
using namespace spikemesh::model;

namespace {

constexpr unsigned kBits = 12;
constexpr std::uint32_t kOne = 1u << kBits;  // no leak
constexpr std::int32_t kMax = 8388607, kMin = -8388608;

NeuronUpdate update(const NeuronParameters& p, const NeuronState& s, std::int32_t acc,
                    bool due = false) {
  return update_neuron(p, s, acc, due, kBits);
}

}  // namespace

TEST_CASE("neuron: decay truncates towards zero") {
  // trunc_toward_zero(x * k / 2^DecayBits)
  CHECK(decay(3, 2048, kBits) == 1);
  CHECK(decay(-3, 2048, kBits) == -1);
  CHECK(decay(-1, 2048, kBits) == 0);
  CHECK(decay(-1, 1, kBits) == 0);
  CHECK(decay(-4096, 1, kBits) == -1);
  CHECK(decay(-4097, 1, kBits) == -1);
  CHECK(decay(kMin, 4095, kBits) == -8386560);
  CHECK(decay(kMax, 4095, kBits) == 8386559);  // 8386559.0002
  CHECK(decay(-7, 1u << 15, 16) == -3);
}

TEST_CASE("neuron: a factor of zero forgets and one of 2^DecayBits keeps all") {
  for (const std::int32_t x : {kMin, -1, 0, 1, kMax}) {
    CHECK(decay(x, 0, kBits) == 0);
    CHECK(decay(x, kOne, kBits) == x);
    CHECK(decay(x, 1u << 16, 16) == x);
  }
  CHECK(decay(static_cast<std::int64_t>(kAdaptMax), kOne, kBits) == 1099511627775);
  CHECK(decay(static_cast<std::int64_t>(kAdaptMax), 4095, kBits) == 1099243192319);
}

TEST_CASE("neuron: a neuron of zeros stays at zero and never fires") {
  const auto out = update({}, {}, 0, true);
  CHECK(out.state == NeuronState{});
  CHECK_FALSE(out.spike);
  CHECK_FALSE(out.changed);
  CHECK_FALSE(out.saturated);
}

TEST_CASE("neuron: the current is summed exactly and clipped once") {
  // I1 = sat24(decay(I, a) + (acc << gain) + bias)
  auto out = update({.theta = kMax, .bias = 1, .decay_i = kOne}, {.i = kMax}, kMin);
  CHECK(out.state.i == 0);  // 8388607 - 8388608 + 1
  CHECK_FALSE(out.saturated);
  out = update({.theta = kMax, .decay_i = kOne}, {.i = kMax}, 1);
  CHECK(out.state.i == kMax);
  CHECK(out.saturated);
  out = update({.theta = kMax, .bias = -1, .decay_i = kOne}, {.i = kMin}, 0);
  CHECK(out.state.i == kMin);
  CHECK(out.saturated);
  out = update({.theta = kMax, .gain = 15}, {}, 3);
  CHECK(out.state.i == 98304);
  out = update({.theta = kMax, .gain = 15}, {}, kMin);  // -2^38
  CHECK(out.state.i == kMin);
  CHECK(out.saturated);
}

TEST_CASE("neuron: the potential is clipped at both ends") {
  // V0 = sat24(decay(V, b) + I1)
  auto out = update({.theta = kMax, .decay_v = kOne}, {.v = kMax - 1}, 2);
  CHECK(out.state.v == kMax);
  CHECK(out.saturated);
  out = update({.theta = kMax, .decay_v = kOne}, {.v = kMax - 1}, 1);
  CHECK(out.state.v == kMax);
  CHECK_FALSE(out.saturated);
  out = update({.theta = kMax, .decay_v = kOne}, {.v = kMin + 1}, -2);
  CHECK(out.state.v == kMin);
  CHECK(out.saturated);
}

TEST_CASE("neuron: it fires above the threshold, not at it") {
  // spike = V0 > theta + (adapt1 >> 16)
  const NeuronParameters p{.theta = 10, .v_reset = -5, .decay_v = kOne, .refractory = 3};
  CHECK_FALSE(update(p, {}, 10).spike);
  const auto out = update(p, {}, 11);
  CHECK(out.spike);
  CHECK(out.state.v == -5);
  CHECK(out.state.refractory == 3);
  CHECK(update(p, {.adapt = 0xffff}, 11).spike);
  CHECK_FALSE(update(p, {.adapt = 0x10000}, 11).spike);
  CHECK(update({.theta = -3}, {}, 0).spike);
  CHECK_FALSE(update({.theta = kMax}, {}, kMax).spike);
}

TEST_CASE("neuron: a reset by subtraction keeps what is above the threshold and clips") {
  // V1 = subtract ? sat24(V0 - theta) : v_reset
  NeuronParameters p{.theta = 30, .subtract = true};
  CHECK(update(p, {}, 100).state.v == 70);
  CHECK_FALSE(update(p, {}, 100).saturated);
  p.theta = kMin;
  const auto out = update(p, {}, 5);
  CHECK(out.spike);
  CHECK(out.state.v == kMax);
  CHECK(out.saturated);
  p.subtract = false;
  CHECK_FALSE(update(p, {}, 5).saturated);
  CHECK(update(p, {}, 5).state.v == 0);
}

TEST_CASE("neuron: a refractory neuron holds its potential, updates the rest and cannot fire") {
  const NeuronParameters p{.theta = 1, .decay_i = 2048, .decay_v = 0, .decay_adapt = 2048};
  auto out = update(p, {.adapt = 9, .v = 77, .i = 10, .refractory = 2}, 100, true);
  CHECK_FALSE(out.spike);
  CHECK(out.state == NeuronState{.adapt = 4, .v = 77, .i = 105, .refractory = 1});
  CHECK(out.changed);
  out = update(p, {.v = 77, .refractory = 1}, 0);
  CHECK(out.state == NeuronState{.v = 77});
  CHECK_FALSE(out.spike);
  CHECK(update(p, {.i = kMax, .refractory = 1}, kMax).saturated);
  CHECK_FALSE(update({.theta = 1, .decay_v = kOne}, {.v = kMax, .refractory = 1}, 1).saturated);
}

TEST_CASE("neuron: r steps are skipped, exactly") {
  const NeuronParameters p{.theta = 1, .bias = 5, .refractory = 2};
  NeuronState s;
  const bool expected[] = {true, false, false, true, false, false, true};
  for (const bool spike : expected) {
    const auto out = update(p, s, 0);
    CHECK(out.spike == spike);
    s = out.state;
  }
}

TEST_CASE("neuron: the adaptive threshold decays when due, before it is compared") {
  const NeuronParameters p{.theta = 0, .adapt_step = 7};
  CHECK(update({.theta = 9, .decay_adapt = 2048}, {.adapt = 5 << 16}, 12, true).spike);
  CHECK_FALSE(update({.theta = 9, .decay_adapt = 2048}, {.adapt = 5 << 16}, 12, false).spike);
  CHECK(update(p, {.adapt = 3}, 0, false).state.adapt == 3);
  CHECK(update(p, {.adapt = 3}, 0, true).state.adapt == 0);
  CHECK(update(p, {.adapt = 3}, 1, false).state.adapt == 10);
}

TEST_CASE("neuron: the adaptive threshold is clipped at 40 bits") {
  // adapt2 = sat40(adapt1 + adapt_step)
  const NeuronParameters p{.theta = kMin, .adapt_step = 0xffffffff};
  const std::uint64_t high = kAdaptMax - 0x1ffff;  // 2^24 - 2 above theta: 8388606
  const auto out = update(p, {.adapt = high}, kMax);
  CHECK(out.spike);
  CHECK(out.state.adapt == kAdaptMax);
  CHECK(out.saturated);
  CHECK_FALSE(update(p, {.adapt = kAdaptMax}, kMax).spike);
  CHECK_FALSE(update(p, {.adapt = kAdaptMax}, kMax).saturated);
  const auto edge = update({.theta = kMin, .adapt_step = 0x1ffff}, {.adapt = high}, kMax);
  CHECK(edge.state.adapt == kAdaptMax);
  CHECK_FALSE(edge.saturated);
}

TEST_CASE("neuron: changed means another state, a used accumulator or a spike") {
  CHECK(update({.theta = 100}, {}, 1).changed);
  CHECK(update({.theta = kMax, .bias = -1}, {}, 1).changed);  // I and V stay 0
  CHECK(update({.theta = -1}, {}, 0).changed);                // fires from 0 to 0
  CHECK(update({.theta = 5}, {.v = 1}, 0).changed);
  CHECK_FALSE(update({.theta = 5, .decay_v = kOne}, {.v = 1}, 0).changed);
  CHECK_FALSE(update({.theta = 5, .bias = 3}, {.v = 3, .i = 3}, 0).changed);
  CHECK(update({.theta = 5, .decay_adapt = 1}, {.adapt = 9}, 0, true).changed);
  CHECK_FALSE(update({.theta = 5, .decay_adapt = 1}, {.adapt = 9}, 0, false).changed);
}

static_assert(update_neuron({.theta = 10}, {}, 11, false, kBits).spike);
