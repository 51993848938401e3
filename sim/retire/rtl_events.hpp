// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "model/event.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// The words of a retire port as a simulator exports them, lowest first.
struct RetireWords {
  const std::uint32_t* words;

  /// At most 64.
  std::uint64_t bits(unsigned low, unsigned count) const;
};

/// Tells `sink` the events of one tile (packed struct retire_tile_t starting at bit `base`) in
/// `cycle`.
void retire_tile(RetireWords port, unsigned base, std::uint16_t tile, std::uint64_t cycle,
                 EventSink& sink);

/// Tells `sink` the events of the host tile (packed struct retire_host_t) in `cycle`.
void retire_host(RetireWords port, std::uint64_t cycle, EventSink& sink);

}  // namespace spikemesh::sim
