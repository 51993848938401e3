// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of the spike-in and spike-out rings (docs/blocks/host_tile.md).

#include <cstdint>
#include <span>
#include <vector>

#include "spikemesh/link/client.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh {

/// Entries for the spike-in ring of `depth` entries, from index `first` on.
std::vector<Block> ring_in_blocks(std::span<const InEntry> entries, std::uint32_t first,
                                  std::uint32_t depth);

/// The places of `count` entries of the spike-out ring of `depth` entries, from index `first` on.
std::vector<Extent> ring_out_extents(std::uint32_t first, std::uint32_t count, std::uint32_t depth);

/// What was read there, `now` being a step less than 2^31 steps from theirs; appends to `spikes`.
void append_spikes(std::span<const Block> blocks, std::uint64_t now, std::vector<OutSpike>& spikes);

}  // namespace spikemesh
