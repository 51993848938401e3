// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace spikemesh::sim {

/// FNV-1a over bytes: the same on every machine.
class Hash {
 public:
  void add(std::string_view bytes) {
    for (const char byte : bytes) {
      value_ ^= static_cast<std::uint8_t>(byte);
      value_ *= 0x100000001b3;
    }
  }
  /// Lowest byte first.
  void add(std::uint64_t word) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      value_ ^= word >> shift & 0xff;
      value_ *= 0x100000001b3;
    }
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace spikemesh::sim
