// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// A rule for weights of one scale: weight of the chip = weight of the author times scale.
struct ScaledRule {
  std::uint32_t rule = 0;
  double scale = 1;
  auto operator<=>(const ScaledRule&) const = default;
};

/// Rules in integers of the chip, one for each of `wanted`, and what rounding did to each rule.
/// Throws InputError naming the key where a value has no place there.
std::vector<IntegerRule> convert_rules(const Network& network, const spec::Build& build,
                                       const std::vector<ScaledRule>& wanted,
                                       std::vector<RuleConversion>& report);

}  // namespace spikemesh
