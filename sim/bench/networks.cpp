// SPDX-License-Identifier: Apache-2.0
#include "sim/bench/networks.hpp"

#include <algorithm>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "spikemesh/build.hpp"

namespace spikemesh::bench {
namespace {

/// `degree` different numbers below `of`.
std::vector<std::uint32_t> some(std::uint32_t degree, std::uint32_t of, std::mt19937& random) {
  std::vector<std::uint32_t> all(of);
  std::iota(all.begin(), all.end(), 0u);
  for (std::uint32_t i = 0; i < degree; ++i) std::swap(all[i], all[i + random() % (of - i)]);
  all.resize(degree);
  return all;
}

struct Layer {
  std::uint32_t size = 0, degree = 0, window = 0;
};
constexpr std::uint32_t kInputs = 2048;
constexpr Layer kLayers[] = {
    {8192, 64, 256}, {6144, 180, 700}, {2048, 400, 1200}, {256, 512, 2048}};

/// Each neuron of the layer receives from `degree` of the `window` neurons before it that lie
/// around its own place.
std::vector<Synapse> local(std::uint32_t before, const Layer& layer, std::mt19937& random) {
  std::vector<Synapse> synapses;
  synapses.reserve(std::size_t{layer.size} * layer.degree);
  for (std::uint32_t post = 0; post < layer.size; ++post) {
    const auto centre = static_cast<std::uint32_t>(std::uint64_t{post} * before / layer.size);
    for (const std::uint32_t offset : some(layer.degree, layer.window, random)) {
      const std::uint32_t pre = (centre + before + offset - layer.window / 2) % before;
      synapses.push_back({pre, post, double(40 + random() % 160), 1});
    }
  }
  return synapses;
}

LayerInputs layer_inputs(std::uint32_t steps) {
  std::mt19937 random(8);
  LayerInputs spikes;
  for (std::uint32_t step = 0; step < steps; ++step)
    for (std::uint32_t neuron = 0; neuron < kInputs; ++neuron)
      if (random() % 100 < 8) spikes.emplace_back(step, neuron);
  return spikes;
}

Workload layers(std::int64_t theta) {
  std::mt19937 random(7);
  Network network;
  auto before = network.add_input("in", kInputs, InputNeurons{1});
  std::uint32_t size = kInputs;
  for (const Layer& layer : kLayers) {
    RawNeurons neurons;
    neurons.theta = theta;
    neurons.subtract = std::int64_t{0};
    neurons.decay_v = std::int64_t{3900};
    neurons.decay_i = std::int64_t{2048};
    const auto here =
        network.add_neurons("layer" + std::to_string(layer.size), layer.size, neurons);
    network.connect(before, here, local(size, layer, random));
    before = here;
    size = layer.size;
  }
  network.record(before);
  spec::Build build = load_build("default");
  build.mesh_w = 16;
  build.mesh_h = 8;
  build.lanes = 4;
  build.synapses = 32768;
  build.axons = build.fanouts = 4096;
  return {std::move(network), build, layer_inputs(100), 100};
}

}  // namespace

Workload cuba() {
  constexpr double kDtMs = 0.1, kTauSynMs = 5;
  constexpr double kDecayed = kDtMs / kTauSynMs;  // 1 - alpha
  std::mt19937 random(1);
  Network network(kDtMs);
  const auto population = [&](const char* name, std::uint32_t size) {
    std::vector<double> bias(size);
    for (double& each : bias) each = (10.5 + 1.5 * (random() / 4294967296.0)) * kDecayed;
    PhysicalNeurons neurons;
    neurons.tau_m_ms = 20.0;
    neurons.tau_syn_ms = kTauSynMs;
    neurons.v_threshold = -50.0;
    neurons.v_rest = -60.0;
    neurons.v_reset = -60.0;
    neurons.t_refractory_ms = 5.0;
    neurons.w_in = 1 / kDecayed;  // a spike adds its weight to the current itself
    neurons.bias = std::move(bias);
    return network.add_neurons(name, size, std::move(neurons));
  };
  const auto excitatory = population("exc", 3200), inhibitory = population("inh", 800);
  std::uint64_t seed = 10;
  for (const auto& [from, weight] : {std::pair{excitatory, 1.62}, std::pair{inhibitory, -9.0}})
    for (const auto to : {excitatory, inhibitory})
      network.connect_fixed_probability(from, to, 0.02, weight, ++seed);
  spec::Build build = load_build("default");
  build.mesh_w = build.mesh_h = 8;
  build.axons = build.fanouts = 4096;
  return {std::move(network), build, {}, 20'000};
}

Workload cuba_8_tiles() {
  Workload work = cuba();
  work.build.mesh_w = 4;
  work.build.mesh_h = 2;
  work.build.neurons = 512;
  work.build.synapses = 65536;
  return work;
}

Workload long_rows() {
  constexpr std::uint32_t kTiles = 16, kNeurons = 256, kRow = 128;
  std::mt19937 random(1);
  Network network;
  RawNeurons neurons;
  neurons.theta = std::int64_t{400};
  neurons.subtract = std::int64_t{1};
  neurons.decay_v = std::int64_t{4096};
  neurons.bias = std::int64_t{100};
  const auto all = network.add_neurons("all", kTiles * kNeurons, neurons);
  std::vector<Synapse> synapses;
  for (std::uint32_t pre = 0; pre < kTiles * kNeurons; ++pre) {
    const std::uint32_t first = (pre * 7 + 3) % kTiles * kNeurons;
    for (const std::uint32_t post : some(kRow, kNeurons, random))
      synapses.push_back({pre, first + post, 1, 1});
  }
  network.connect(all, all, synapses);
  spec::Build build = load_build("default");
  build.mesh_w = build.mesh_h = 4;
  build.neurons = kNeurons;
  build.synapses = 65536;
  build.axons = 2048;
  return {std::move(network), build, {}, 2000};
}

Workload layers_often() { return layers(8192); }
Workload layers_seldom() { return layers(60000); }

}  // namespace spikemesh::bench
