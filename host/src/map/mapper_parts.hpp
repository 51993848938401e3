// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "spikemesh/map_progress.hpp"
#include "spikemesh/mapper.hpp"

namespace spikemesh {

/// The build with the smallest mesh of so many tiles that is no narrower than the one there is;
/// none above 64 x 64.
std::optional<spec::Build> mesh_for(const spec::Build& build, std::size_t tiles);

/// The neurons that share a tile, and which tile.
struct MapPart {
  std::vector<std::uint32_t> units;  ///< index in the tile = place in this list
  std::optional<TilePlace> fixed;    ///< the author wants it here
  TilePlace place;
};

/// Where each neuron of a partition is.
struct MapHome {
  std::uint32_t part = 0, index = 0;
};
inline constexpr std::uint32_t kNoPart = 0xffffffff;  ///< of an input
std::vector<MapHome> homes_of(const IntegerNetwork& network, const std::vector<MapPart>& parts);

/// Parts in which each source has at least one target, ascending: once for each axon it has there,
/// which is one for static synapses and one for each rule.
std::vector<std::uint32_t> target_parts(const IntegerNetwork& network, std::uint32_t source,
                                        const std::vector<MapHome>& homes);

/// Puts neurons together, population after population, as many as the memories of a tile take, but
/// spread over at least `min_tiles`. Throws InputError for what does not fit.
std::vector<MapPart> partition(const IntegerNetwork& network, const spec::Build& build,
                               std::uint32_t min_tiles, const MapProgress& progress = {});

/// Gives every part a tile, as the options say. Returns the flit-hops if every neuron and input
/// fires once. Throws InputError for tiles that the caller gives wrongly.
std::uint64_t place_parts(const IntegerNetwork& network, const spec::Build& build,
                          const MapOptions& options, std::vector<MapPart>& parts);

/// Who sends packets to whom: flits between parts, both directions together, and with the host.
struct PartTraffic {
  using Edges = std::vector<std::pair<std::uint32_t, std::uint64_t>>;  ///< other part, flits
  std::vector<Edges> edges;
  std::vector<std::uint64_t> host;
};
/// `traffic`: spikes of each neuron; nullptr: one each.
PartTraffic part_traffic(const IntegerNetwork& network, const std::vector<MapPart>& parts,
                         const Traffic* traffic);

/// Gives every part a tile by traffic that is known. Returns the flit-hops of the traffic.
std::uint64_t place_parts(const PartTraffic& traffic, const spec::Build& build,
                          const MapOptions& options, std::vector<MapPart>& parts);

/// Lays the parts that are not fixed out along the two slowest oscillations of the graph, column by
/// column, on an area that is as square as the mesh allows.
void place_spectrally(const PartTraffic& traffic, const spec::Build& build,
                      std::vector<MapPart>& parts);

/// Fills memories, inputs, labels, locations; and the tiles of the report. Lets go of what became
/// words as soon as it can.
Image fill_image(IntegerNetwork network, const spec::Build& build,
                 const std::vector<MapPart>& parts, MapReport& report);

}  // namespace spikemesh
