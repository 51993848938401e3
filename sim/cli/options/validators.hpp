// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

// What the values of options may be. Each validator says the whole of what is wrong with a value,
// in the words of the rest of the program: "gpu, but it is one of reference, model". Numbers are
// read as everywhere (spikemesh/number.hpp); CLI11 alone takes "0x10", " 5", "+5" and "nan" as
// well.

/// Tiles of the largest mesh.
inline constexpr std::uint64_t kMostTiles = std::uint64_t{1} << 2 * spec::kCoordBits;

/// One of these names; completion offers them.
CLI::Validator one_of(const std::vector<std::string>& names);
/// A whole number of this range.
CLI::Validator whole(std::uint64_t min,
                     std::uint64_t max = std::numeric_limits<std::uint64_t>::max());
/// A number of this range.
CLI::Validator real(double min, double max);
/// A number above 0.
CLI::Validator above_zero();

/// Holds the numbers of all options of all commands to be numbers, also of options without a range.
/// Called when all options are declared.
void add_strict_numbers(CLI::App& app);

}  // namespace spikemesh::sim
