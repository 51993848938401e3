// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/waves/waves.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// What a GTKWave save file points to.
struct WaveMark {
  std::uint64_t cycle = 0;  ///< where the marker is
  std::uint16_t tile = 0;   ///< whose group is open: spec::Tile::pack(), or model's kHostTile
};

/// "x.fst" as "x.gtkw".
std::string save_file_path(const std::string& waves);

/// Writes the GTKWave save file of `waves` beside it: pins, and of the retire ports of host and
/// tiles (x and y below 4, and that of the mark) every field as a signal of its own, in the groups
/// link, mesh and cores. `mark` opens the group of its tile; without one link is open. Throws
/// std::invalid_argument when it cannot be written.
void write_save_file(const Waves& waves, const spec::Build& build,
                     const std::optional<WaveMark>& mark = std::nullopt);

/// The same of the signals inside an RTL tile (tile_waves): what enters and leaves by its links,
/// every field of a flit as a signal of its own. The marker is at `cycle`.
void write_tile_save_file(const std::string& path, std::uint64_t cycle = 0);

}  // namespace spikemesh::sim
