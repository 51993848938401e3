// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spikemesh/convert.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/network.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh {

/// How the neurons that share a tile get it; those whose tile the network names keep that.
enum class Placement : std::uint8_t {
  annealed,   ///< so that packets cross few links: greedily, then improved by random exchanges
  row_major,  ///< in the order of the neurons, row by row
  random,     ///< drawn from the seed
  spectral,   ///< along the two slowest oscillations of the graph of who sends to whom
  given,      ///< as MapOptions::tiles says
};

/// Spikes of each neuron and input, by population. Those of a population that is missing count 1.
using Traffic = std::map<std::string, std::vector<std::uint64_t>>;

/// What a caller may choose about the mapping.
struct MapOptions {
  std::uint64_t seed = 1;  ///< of the placement's random proposals
  std::uint32_t min_tiles =
      0;  ///< spread over at least this many tiles; the larger of this and the network's counts
  std::optional<double> split_weights{};  ///< instead of the network's
  Placement placement = Placement::annealed;
  std::vector<TilePlace> tiles{};  ///< given: the tile of the first neurons, of the next, ...
  /// annealed, spectral: how often each packet is sent; without it, as if every neuron fired once
  std::shared_ptr<const Traffic> traffic{};
  std::optional<bool> relays{};  ///< instead of the network's
};

/// Where the mapper put everything, and how full each memory is.
struct MapReport {
  /// Words (or neurons) of one memory.
  struct Use {
    std::uint32_t used = 0, available = 0;
  };
  /// Consecutive neurons of a population on a tile.
  struct Range {
    std::string population;
    std::uint32_t first = 0, count = 0;  ///< neurons first .. first + count - 1
    std::uint32_t index = 0;             ///< of the first of them in the tile
  };
  /// How full one tile is, and which neurons it has.
  struct Tile {
    std::uint32_t x = 0, y = 0;
    Use neurons, synapses, axons, fanouts;
    Use plastics, rules;        ///< of learning
    std::uint32_t relays = 0;   ///< relay neurons, part of neurons.used and of no range
    std::uint32_t padding = 0;  ///< empty synapse words that fill lanes, part of synapses.used
    std::vector<Range> ranges;
  };
  spec::Build build;
  std::vector<Tile> tiles;  ///< those in use, by y, then x
  std::uint64_t synapses = 0;
  std::uint64_t flit_hops = 0;  ///< links crossed if every neuron fires once, host links included
  std::int64_t accumulator_bound =
      0;  ///< largest magnitude that a sum of weights can reach, below 2^23
  std::uint64_t seed = 0;
  std::uint32_t min_tiles = 0;  ///< the caller's
  ConversionReport conversion;
};

/// A network as words for one chip, and the report about it.
struct Mapped {
  Image image;
  MapReport report;
};

/// Converts, proves, partitions, places, and fills the memories. The same arguments always give the
/// same image. Throws InputError for what does not fit: memory, needed, available, remedy.
Mapped map_network(const Network& network, const spec::Build& build,
                   const MapOptions& options = {});

/// The report as a table for people.
std::string to_text(const MapReport& report);
/// The report as JSON for programs; its `schema` is the version of the format.
std::string to_json(const MapReport& report);

}  // namespace spikemesh
