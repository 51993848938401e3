// SPDX-License-Identifier: Apache-2.0
#include "sim/bench/workloads.hpp"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "spikemesh/build.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::bench {
namespace {

constexpr std::uint32_t kTiles = 16;
constexpr std::uint32_t kNeuronsPerTile = 192;
constexpr std::uint32_t kFanOut = 4;

constexpr std::int64_t kTheta = 1 << 12;

/// Perfect integrators driven by their bias: they fire every `period` steps. A synapse weighs next
/// to nothing against the threshold, so that the traffic stays what its name says.
RawNeurons integrators(std::uint32_t period, unsigned decay_bits) {
  RawNeurons neurons;
  neurons.theta = kTheta - 1;
  neurons.subtract = std::int64_t{1};
  neurons.decay_v = std::int64_t{1} << decay_bits;
  neurons.bias = kTheta / period;
  return neurons;
}

/// Neuron j of each population begins in phase j mod period.
Image in_phases(Image image, std::uint32_t period) {
  const std::int32_t rise = static_cast<std::int32_t>(kTheta / period);
  for (const Image::Location& place : image.locations) {
    const spec::State0 state{.v = rise * static_cast<std::int32_t>(place.neuron % period)};
    const spec::TileAddr address{.index = place.index * 4, .region = unsigned(spec::Region::state)};
    image.blocks.push_back({place.tile, address.pack(), {state.pack()}});
  }
  return image;
}

Image regular(std::uint32_t period) {
  Network network;
  const std::uint32_t size = kTiles * kNeuronsPerTile;
  const auto cells = network.add_neurons("cells", size, integrators(period, network.decay_bits));
  network.min_tiles = kTiles;

  std::mt19937 random(1);
  std::vector<Synapse> synapses;
  for (std::uint32_t pre = 0; pre < size; ++pre) {
    for (std::uint32_t i = 0; i < kFanOut; ++i) {
      synapses.push_back(
          {pre, std::uint32_t(random() % size), 1.0, std::uint32_t(1 + random() % 15)});
    }
  }
  network.connect(cells, cells, synapses);
  return in_phases(map_network(network, load_build("default")).image, period);
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

Traffic uniform(std::uint32_t mesh, std::uint32_t firing) {
  constexpr std::uint32_t kPeriod = 4;
  spec::Build build = load_build("default");
  build.mesh_w = build.mesh_h = mesh;
  build.neurons = firing * kPeriod;
  Network network;
  const std::uint32_t size = build.neurons * mesh * mesh;
  const auto cells = network.add_neurons("cells", size, integrators(kPeriod, network.decay_bits));
  std::vector<TilePlace> tiles;
  for (std::uint32_t y = 0; y < mesh; ++y)
    for (std::uint32_t x = 0; x < mesh; ++x) tiles.push_back({x, y});
  network.place(cells, tiles);
  std::vector<std::uint32_t> pre(size), post(size);
  std::mt19937 random(3);
  for (std::uint32_t i = 0; i < size; ++i) {
    pre[i] = i;
    post[i] = static_cast<std::uint32_t>(random() % size);
  }
  network.add(Projection{.from = cells,
                         .to = cells,
                         .connect = Connect::sparse,
                         .pre = std::move(pre),
                         .post = std::move(post),
                         .weight = 1.0});
  Mapped mapped = map_network(network, build);
  const double hops = static_cast<double>(mapped.report.flit_hops) / size;
  return {in_phases(std::move(mapped.image), kPeriod), hops};
}

Image learning() {
  constexpr std::uint32_t kPeriod = 4, kPre = 32, kPost = 60;
  Network network;
  const auto rule = network.add(LearningRule{.name = "stdp",
                                             .tau_pre_ms = 20,
                                             .tau_post_ms = 20,
                                             .a_plus = 0.3,
                                             .a_minus = -0.3,
                                             .w_min = -2,
                                             .w_max = 2});
  for (std::uint32_t tile = 0; tile < kTiles; ++tile) {
    const std::vector<TilePlace> here{{tile % 4, tile / 4}};
    const auto neurons = integrators(kPeriod, network.decay_bits);
    const auto pre = network.add_neurons("pre" + std::to_string(tile), kPre, neurons);
    const auto post = network.add_neurons("post" + std::to_string(tile), kPost, neurons);
    network.place(pre, here);
    network.place(post, here);
    network.add(Projection{
        .from = pre, .to = post, .connect = Connect::all_to_all, .weight = 1.0, .rule = rule});
  }
  return in_phases(map_network(network, load_build("default")).image, kPeriod);
}

}  // namespace spikemesh::bench
