// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spikemesh {

/// The one way in which the project reads numbers from a user's text (JSON apart, which has a
/// parser). The text is the number and nothing else: no spaces, no plus sign, no prefix, no unit.

/// Digits of `base` only; a number beyond 64 bits becomes the largest of 64 bits, so that a check
/// of its range fails.
std::optional<std::uint64_t> parse_integer(std::string_view text, int base = 10);
/// The same, and in min..max.
std::optional<std::uint64_t> parse_integer(std::string_view text, std::uint64_t min,
                                           std::uint64_t max, int base = 10);
/// A finite number as in "-0.5", "3", "1e-3": neither NaN nor infinity nor hexadecimal, and none
/// that a double cannot hold.
std::optional<double> parse_real(std::string_view text);

}  // namespace spikemesh
