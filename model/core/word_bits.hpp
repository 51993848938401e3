// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

namespace spikemesh::model {

constexpr std::uint32_t low_bits(unsigned bits) {
  return static_cast<std::uint32_t>((std::uint64_t{1} << bits) - 1);
}

/// Number of bits that are set. std::popcount is a call where the processor may be any.
constexpr std::uint32_t bits_in(std::uint64_t word) {
  word -= word >> 1 & 0x5555'5555'5555'5555;
  word = (word & 0x3333'3333'3333'3333) + (word >> 2 & 0x3333'3333'3333'3333);
  word = (word + (word >> 4)) & 0x0f0f'0f0f'0f0f'0f0f;
  return static_cast<std::uint32_t>(word * 0x0101'0101'0101'0101 >> 56);
}

/// Mask of a {first, count} word whose list lies in a memory of `size` entries.
inline std::uint32_t list_mask(std::uint32_t size) {
  const auto bits = static_cast<unsigned>(std::countr_zero(size));
  return low_bits(bits) | low_bits(std::min(bits + 1, 16u)) << 16;
}

}  // namespace spikemesh::model
