// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "map/mapper_effort.hpp"
#include "map/mapper_parts.hpp"
#include "map/mapper_tile_fill.hpp"

namespace spikemesh {

/// A neuron that has no room: what is said of it, and what would help in general; what would help
/// here is looked for where it is caught.
struct MapNoRoom {
  std::string message;
  MapMisfit misfit;
  bool alone = false;  ///< even an empty tile does not take it
  bool fixed = false;  ///< on the tiles that its population names
};

/// In which neurons are put on tiles.
enum class MapOrder : std::uint8_t { as_numbered, by_sources };

/// One partition of the network on `build`, over at least `min_tiles` tiles, with a guess of how
/// many fan-out entries each neuron needs. Throws MapNoRoom, and MapEffort::Exhausted.
std::vector<MapPart> spread_neurons(const IntegerNetwork& network, const spec::Build& build,
                                    std::uint32_t min_tiles, const MapSources& sources,
                                    const std::vector<std::uint32_t>& fanouts, MapOrder order,
                                    MapEffort& effort);

}  // namespace spikemesh
