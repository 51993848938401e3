// SPDX-License-Identifier: Apache-2.0
#pragma once
// What crosses the edge of the chip.

#include <cstdint>

namespace spikemesh::model {

/// How bytes reach the chip: over its UART pins, or over the byte port that costs no baud rate.
enum class LinkMode : std::uint8_t { pins, bytes };

/// A pin that changes.
struct LineChange {
  std::uint64_t cycle = 0;  ///< first cycle with the new level
  bool level = true;
  bool operator==(const LineChange&) const = default;
};

/// A byte of the byte port.
struct SentByte {
  std::uint64_t cycle = 0;  ///< cycle of the transfer
  std::uint8_t byte = 0;
  bool operator==(const SentByte&) const = default;
};

}  // namespace spikemesh::model
