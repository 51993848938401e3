// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// The address of a word of a tile's memory.
constexpr std::uint32_t address(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack();
}

/// The address of a register of the host tile.
constexpr std::uint32_t number(spec::Register which) { return static_cast<std::uint32_t>(which); }

}  // namespace spikemesh::sim
