// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "sim/lockstep/mismatch.hpp"
#include "sim/rtl_tile/rtl_tile.hpp"
#include "sim/rtl_tile/watched_tile.hpp"

namespace spikemesh::sim {

/// A difference at a foreign tile: where, whole sentences, and how to see it again.
Mismatch tile_mismatch(std::uint64_t cycle, std::uint16_t tile, const std::string& where,
                       const std::string& what, const std::string& file, const Rerun& rerun);

/// Holds a tile to what any router must do, in whatever cycles: each flit that enters by a port
/// leaves once, unchanged, by the output that XY routing names, in the order of its flow (same
/// input, same output); nothing else leaves; nothing is left when the tile is not busy; nothing
/// waits kPatience cycles in which no output is held up by its receiver. The core is the receiver
/// of the local output; it may not hold that up for ever. Throws Mismatch when not. What enters by
/// the local port is known from the retire port. Of a tile whose core is not seen nothing is known
/// about the local output; a difference there shows in spikes and memories.
std::unique_ptr<model::ForeignTile> check_order(std::unique_ptr<WatchedTile> tile,
                                                const RtlTile& place, const Rerun& rerun);

}  // namespace spikemesh::sim
