// SPDX-License-Identifier: Apache-2.0
#include "sim/bench/workloads.hpp"

#include <random>

#include "spikemesh/build.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::bench {
namespace {

constexpr std::uint32_t kTiles = 16;
constexpr std::uint32_t kNeuronsPerTile = 192;
constexpr std::uint32_t kFanOut = 4;

/// Perfect integrators driven by their bias: a neuron fires every `period` steps, neuron j in phase j mod period. A synapse
/// weighs next to nothing against the threshold, so that the traffic stays what its name says.
Image regular(std::uint32_t period) {
  Network network;
  const std::uint32_t size = kTiles * kNeuronsPerTile;
  constexpr std::int64_t kTheta = 1 << 12;
  RawNeurons neurons;
  neurons.theta = kTheta - 1;
  neurons.subtract = std::int64_t{1};
  neurons.decay_v = std::int64_t{1} << network.decay_bits;
  neurons.bias = kTheta / period;
  const auto cells = network.add_neurons("cells", size, neurons);
  network.min_tiles = kTiles;

  std::mt19937 random(1);
  std::vector<Synapse> synapses;
  for (std::uint32_t pre = 0; pre < size; ++pre) {
    for (std::uint32_t i = 0; i < kFanOut; ++i) {
      synapses.push_back({pre, std::uint32_t(random() % size), 1.0, std::uint32_t(1 + random() % 15)});
    }
  }
  network.connect(cells, cells, synapses);
  Image image = map_network(network, load_build("default")).image;
  const std::int32_t rise = static_cast<std::int32_t>(kTheta / period);
  for (const Image::Location& place : image.locations) {
    const spec::State0 state{.v = rise * static_cast<std::int32_t>(place.neuron % period)};
    const spec::TileAddr address{.index = place.index * 4, .region = unsigned(spec::Region::state)};
    image.blocks.push_back({place.tile, address.pack(), {state.pack()}});
  }
  return image;
}

}  // namespace

spec::Build mesh_16x16() {
  spec::Build build = load_build("default");
  build.mesh_w = 16;
  build.mesh_h = 16;
  return build;
}

Image nothing(const spec::Build& build) {
  Image image;
  image.build = build;
  return image;
}

Image few_spikes() { return regular(64); }
Image busy() { return regular(4); }

}  // namespace spikemesh::bench
