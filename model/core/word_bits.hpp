// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace spikemesh::model {

constexpr std::uint32_t low_bits(unsigned bits) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
}

/// Mask of a {first, count} word whose list lies in a memory of `size` entries.
inline std::uint32_t list_mask(std::uint32_t size) {
  const auto bits = static_cast<unsigned>(std::countr_zero(size));
  return low_bits(bits) | low_bits(std::min(bits + 1, 16u)) << 16;
}

}  // namespace spikemesh::model
