// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// What the chip retires, seen alike from the model and the RTL (docs/verification/lockstep.md):
/// kinds and their fields are those of chip.json, /events.
using spec::EventKind;
using spec::kEventKinds;

/// Tile number of the host tile; others are x | y << 6.
inline constexpr std::uint16_t kHostTile = 0x8000;

/// One change of a register, stamped with the cycle whose closing edge makes it.
/// In one cycle each {tile, kind, unit} occurs at most once.
struct Event {
  std::uint64_t cycle = 0;
  std::uint16_t tile = 0;
  EventKind kind = EventKind::flit;
  std::uint8_t unit = 0;   ///< port or lane of the tile, where there are several
  spec::EventBits data{};  ///< the fields, packed

  /// The event with these fields, one of the structs of the specification (spec::FireEvent ...).
  template <class Fields>
  static Event of(std::uint64_t cycle, std::uint16_t tile, unsigned unit, const Fields& fields) {
    return {cycle, tile, Fields::kKind, static_cast<std::uint8_t>(unit), fields.pack()};
  }
  /// Its fields.
  template <class Fields>
  Fields as() const {
    assert(kind == Fields::kKind);
    return Fields::unpack(data);
  }

  auto operator<=>(const Event&) const = default;
};

/// Takes the retire stream. Without one, nobody pays for it.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on(const Event& event) = 0;
  /// Whether it has to see the phases of steps in which nothing happens. Else the model jumps over
  /// such steps, and they retire nothing.
  virtual bool wants_rest() const { return true; }
};

}  // namespace spikemesh
