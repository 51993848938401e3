// SPDX-License-Identifier: Apache-2.0
#pragma once
// One trace, one weight: docs/blocks/learn.md to the bit. Shared by the reference and the model.

#include <algorithm>
#include <cstdint>
#include <span>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// A trace: its value at its last bump, and the low 16 bits of the step of that.
struct Trace {
  std::uint16_t value = 0;
  std::uint16_t stamp = 0;

  constexpr bool operator==(const Trace&) const = default;
};

/// A decay table: the factor of each age, 0..spec::kFactorOne.
using DecayTable = std::span<const std::uint32_t, spec::kTraceSteps>;

/// The trace as it reads in a step whose low 16 bits are `now`; at most its value.
constexpr std::uint32_t read_trace(Trace trace, std::uint16_t now, DecayTable table) {
  const auto age = static_cast<std::uint16_t>(now - trace.stamp);
  if (age >= spec::kTraceSteps) return 0;
  return static_cast<std::uint32_t>((std::uint64_t{trace.value} * table[age]) >> 16);
}

/// The trace after a spike in step `now`.
constexpr Trace bump_trace(Trace trace, std::uint16_t now, DecayTable table, std::uint32_t unit,
                           std::uint32_t max) {
  const std::uint32_t sum = read_trace(trace, now, table) + unit;
  return {static_cast<std::uint16_t>(std::min(sum, max)), now};
}

/// What a weight may be, and whether changes scale with the distance to the bound ahead.
struct WeightBounds {
  std::int32_t min = 0, max = 0;
  bool soft = false;
};

struct WeightChange {
  std::int32_t weight = 0;
  bool below = false, above = false;  ///< clipped to min, to max
};

/// The weight `w` changed by amplitude `a` (16 bits signed) times trace `x` (17 bits signed).
constexpr WeightChange change_weight(std::int32_t w, std::int32_t a, std::int32_t x,
                                     const WeightBounds& bounds) {
  const std::int64_t g = std::int64_t{a} * x;
  std::int64_t d = 65536;
  if (bounds.soft) d = std::max(g > 0 ? bounds.max - w : w - bounds.min, 0);
  const auto change = static_cast<std::int32_t>((g * d + (std::int64_t{1} << 31)) >> 32);
  const std::int32_t sum = w + change;
  const bool below = sum < bounds.min;
  const bool above = sum > bounds.max && !below;
  return {below ? bounds.min : above ? bounds.max : sum, below, above};
}

}  // namespace spikemesh::model
