// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// A packet of one flit (packed struct flit_t of the specification; mode is always unicast).
struct Flit {
  std::uint32_t data = 0;
  std::uint32_t addr : 20 = 0;
  std::uint32_t x : 6 = 0;
  std::uint32_t y : 6 = 0;
  std::uint8_t host : 1 = 0;
  std::uint8_t mode : 2 = 0;
  std::uint8_t kind : 2 = 0;

  spec::FlitKind flit_kind() const { return static_cast<spec::FlitKind>(kind); }
  /// Bits 63..0 and 68..64 of the packed flit.
  std::uint64_t low() const {
    return data | std::uint64_t{addr} << 32 | std::uint64_t{x} << 52 | std::uint64_t{y} << 58;
  }
  std::uint64_t high() const { return host | mode << 1 | kind << 3; }
  bool operator==(const Flit&) const = default;
};

}  // namespace spikemesh::model
