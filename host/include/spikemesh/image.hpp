// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh {

/// Consecutive words of one tile's memories.
struct Block {
  std::uint16_t tile = 0;     ///< spec::Tile::pack(): x | y << 6
  std::uint32_t address = 0;  ///< spec::TileAddr::pack(): region << 16 | index
  std::vector<std::uint32_t> words;
};

/// A network for one chip, as the mapper makes it: the words of every tile that differ from zero
/// (a chip that was reset holds zeros), and the names of inputs, recorded neurons and places.
struct Image {
  spec::Build build;  ///< the chip it was mapped for
  std::vector<Block> blocks;
  std::uint32_t adapt_period = 0;  ///< register ADAPT_PERIOD

  /// A source of input spikes: one neuron of an input population.
  struct Input {
    std::string population;
    std::uint32_t neuron = 0;
    std::vector<std::uint32_t>
        payloads;  ///< payload of a spike-in entry, one for each {tile, axon} it drives
    std::uint32_t max_hits = 1;  ///< most spikes in a step that the overflow proof allows
  };
  std::vector<Input> inputs;

  /// The neuron of a label in the spike-out ring: the index is the label.
  struct Label {
    std::string population;
    std::uint32_t neuron = 0;
  };
  std::vector<Label> labels;

  /// The place of a neuron, for reading back V, I and thresholds.
  struct Location {
    std::string population;
    std::uint32_t neuron = 0;
    std::uint16_t tile = 0;
    std::uint32_t index = 0;  ///< neuron number in the tile
  };
  std::vector<Location> locations;

  /// The place of a relay neuron, which passes the spikes of an input or neuron on `delay` steps
  /// later; of several for one that fires several times in a step, the first.
  struct Relay {
    std::string population;
    std::uint32_t neuron = 0;
    std::uint16_t tile = 0;
    std::uint32_t index = 0;
    std::uint32_t delay = 0;
  };
  std::vector<Relay> relays;

  /// The place of the weight of a plastic synapse of the network.
  struct Plastic {
    std::uint32_t projection = 0;
    std::uint64_t synapse = 0;  ///< of it, as Network::synapse counts
    double scale = 1;           ///< weight of the chip = weight of the projection times this
    std::uint16_t tile = 0;
    std::uint32_t index = 0;  ///< of the synapse word
  };
  std::vector<Plastic> plastics;
};

}  // namespace spikemesh
