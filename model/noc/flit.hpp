// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// Bits of Flit::born.
inline constexpr std::uint32_t kBornMask = (1u << 24) - 1;
/// With hard steps a spike has the low bits of its step in Flit::data, which else is 0.
inline constexpr std::uint32_t kLateMask = 0xff;

/// A packet of one flit (packed struct flit_t of the specification; mode is always unicast).
struct Flit {
  std::uint32_t data = 0;
  std::uint32_t addr : 20 = 0;
  std::uint32_t x : 6 = 0;
  std::uint32_t y : 6 = 0;
  std::uint32_t host : 1 = 0;
  std::uint32_t mode : 2 = 0;
  std::uint32_t kind : 2 = 0;
  /// No part of the flit: low bits of the cycle in which a spike was first offered to its router,
  /// for who observes (model/observer.hpp).
  std::uint32_t born : 24 = 0;

  spec::FlitKind flit_kind() const { return static_cast<spec::FlitKind>(kind); }
  /// The event of its entry into an input buffer, and back.
  spec::FlitEvent retired() const {
    return {.data = data, .addr = addr, .x = x, .y = y, .host = host, .mode = mode, .kind = kind};
  }
  static Flit of(const spec::FlitEvent& event) {
    Flit flit;
    flit.data = event.data;
    flit.addr = event.addr & ((1u << 20) - 1);
    flit.x = event.x & 63;
    flit.y = event.y & 63;
    flit.host = event.host & 1;
    flit.mode = event.mode & 3;
    flit.kind = event.kind & 3;
    return flit;
  }
  /// Of the flit; `born` does not count.
  bool operator==(const Flit& other) const {
    return data == other.data && addr == other.addr && x == other.x && y == other.y &&
           host == other.host && mode == other.mode && kind == other.kind;
  }
};

}  // namespace spikemesh::model
