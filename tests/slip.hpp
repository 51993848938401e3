// SPDX-License-Identifier: Apache-2.0
#pragma once
// Frames of the link for tests, written from docs/protocol.md alone: a mistake of the host library
// cannot hide one of the chip.

#include <zlib.h>

#include <cstdint>
#include <span>
#include <vector>

namespace spikemesh::test {

/// Adds the lowest `count` bytes of a number, the lowest first.
inline void put(std::vector<std::uint8_t>& bytes, std::uint32_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
}

/// The number in `count` bytes from `first` on. Throws std::out_of_range at the end of the bytes.
inline std::uint32_t get(const std::vector<std::uint8_t>& bytes, std::size_t first,
                         unsigned count) {
  std::uint32_t value = 0;
  for (unsigned i = 0; i < count; ++i) value |= std::uint32_t{bytes.at(first + i)} << 8 * i;
  return value;
}

inline std::uint32_t crc_of(std::span<const std::uint8_t> bytes) {
  return static_cast<std::uint32_t>(crc32(0, bytes.data(), static_cast<uInt>(bytes.size())));
}

/// What goes over the wire: END, escaped bytes, END.
inline std::vector<std::uint8_t> slip(std::span<const std::uint8_t> frame) {
  std::vector<std::uint8_t> wire{0xC0};
  for (const std::uint8_t byte : frame) {
    if (byte == 0xC0 || byte == 0xDB) {
      wire.push_back(0xDB);
      wire.push_back(byte == 0xC0 ? 0xDC : 0xDD);
    } else {
      wire.push_back(byte);
    }
  }
  wire.push_back(0xC0);
  return wire;
}

}  // namespace spikemesh::test
