// SPDX-License-Identifier: Apache-2.0
// The spikes of a network are its own: no mesh, placement, buffer, latency, lane count or executor changes one.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <tuple>
#include <vector>

#include "sim/device_transport.hpp"
#include "sim/model_device.hpp"
#include "sim/random.hpp"
#include "sim/reference_machine.hpp"
#include "sim/rtl_device.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kSteps = 60;

using Spike = std::tuple<std::uint64_t, std::string, std::uint32_t>;  // step, population, neuron

std::uint64_t seed_of_this_run() {
  const char* given = std::getenv("SPIKEMESH_SEED");
  return given ? std::strtoull(given, nullptr, 0) : 20261122;
}

/// Two recurrent populations with all neuron features, and an input population; small enough for every build.
Network random_network(std::uint64_t seed) {
  sim::Random random(seed);
  Network network;
  const auto values = [&](std::uint32_t size, std::int64_t first, std::int64_t last) {
    std::vector<std::int64_t> each(size);
    for (auto& value : each) value = random.between(first, last);
    return Values<std::int64_t>(std::move(each));
  };
  const auto neurons = [&](std::uint32_t size) {
    RawNeurons raw;
    raw.theta = values(size, 100, 400);
    raw.v_reset = values(size, -50, 50);
    raw.subtract = values(size, 0, 1);
    raw.bias = values(size, -5, 30);
    raw.decay_i = values(size, 0, 4096);
    raw.decay_v = values(size, 2048, 4096);
    raw.gain = values(size, 0, 2);
    raw.refractory = values(size, 0, 3);
    raw.adapt_step = values(size, 0, 1 << 22);
    raw.decay_adapt = values(size, 3000, 4096);
    return raw;
  };
  const auto input = network.add_input("input", 12, InputNeurons{std::int64_t{2}});
  const auto first = network.add_neurons("first", 24, neurons(24));
  const auto second = network.add_neurons("second", 20, neurons(20));
  network.adapt_period = 2;
  const auto join = [&](Network::Id from, std::uint32_t from_size, Network::Id to, std::uint32_t to_size, std::size_t count) {
    std::vector<Synapse> synapses;
    for (std::size_t i = 0; i < count; ++i) {
      synapses.push_back({std::uint32_t(random.below(from_size)), std::uint32_t(random.below(to_size)),
                          double(random.between(-60, 90)), std::uint32_t(1 + random.below(7))});
    }
    network.connect(from, to, synapses);
  };
  join(input, 12, first, 24, 90);
  join(first, 24, second, 20, 120);
  join(second, 20, first, 24, 100);
  join(first, 24, first, 24, 60);
  network.record(first);
  network.record(second);
  return network;
}

std::vector<std::pair<std::uint64_t, std::uint32_t>> random_input(std::uint64_t seed) {
  sim::Random random(seed + 1);
  std::vector<std::pair<std::uint64_t, std::uint32_t>> spikes;
  for (std::uint64_t step = 0; step < kSteps; ++step) {
    for (std::uint32_t neuron = 0; neuron < 12; ++neuron) {
      for (unsigned i = 0; i < 2; ++i) {
        if (random.chance(15)) spikes.emplace_back(step, neuron);
      }
    }
  }
  return spikes;
}

std::vector<Spike> run(Machine& machine, const Image& image,
                       const std::vector<std::pair<std::uint64_t, std::uint32_t>>& input) {
  machine.load(image);
  std::vector<InEntry> entries;
  for (const auto& [step, neuron] : input) {
    const auto source = std::find_if(image.inputs.begin(), image.inputs.end(),
                                     [neuron = neuron](const auto& one) { return one.neuron == neuron; });
    if (source == image.inputs.end()) continue;
    for (const std::uint32_t payload : source->payloads) entries.push_back({step, payload});
  }
  std::vector<Spike> spikes;
  for (const OutSpike& out : machine.run(entries, kSteps)) {
    const Image::Label& label = image.labels.at(out.label);
    spikes.emplace_back(out.step, label.population, label.neuron);
  }
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

std::vector<Spike> run_on(std::unique_ptr<sim::Device> device, const Image& image,
                          const std::vector<std::pair<std::uint64_t, std::uint32_t>>& input) {
  ChipMachine machine(Client(std::make_unique<sim::DeviceTransport>(*device, sim::Link::bytes)));
  return run(machine, image, input);
}

spec::Build random_build(sim::Random& random) {
  spec::Build build = load_build("odd");
  build.weight_bits = 16;
  build.decay_bits = 12;
  build.mesh_w = static_cast<std::uint32_t>(random.between(2, 5));
  build.mesh_h = static_cast<std::uint32_t>(random.between(2, 4));
  build.neurons = 16u << random.below(3);
  build.lanes = 1u << random.below(3);
  build.synapses = 1024;
  build.axons = 128;
  build.fanouts = 512;
  build.router_depth = static_cast<std::uint32_t>(random.between(1, 4));
  build.core_depth = static_cast<std::uint32_t>(random.between(1, 4));
  build.link_latency = static_cast<std::uint32_t>(random.between(1, 3));
  build.ring_in = 64u << random.below(3);
  build.ring_out = 8u << random.below(4);
  return build;
}

}  // namespace

TEST_CASE("a network gives the same spikes on every mesh, placement, buffer depth, latency and lane count") {
  const std::uint64_t seed = seed_of_this_run();
  INFO("rerun: SPIKEMESH_SEED=" << seed << " build/bin/same_spikes");
  const Network network = random_network(seed);
  const auto input = random_input(seed);

  const spec::Build home = load_build("default");
  sim::ReferenceMachine reference(home);
  const std::vector<Spike> expected = run(reference, map_network(network, home).image, input);
  REQUIRE(expected.size() > 100);

  sim::Random random(seed + 2);
  for (unsigned i = 0; i < 24; ++i) {
    const spec::Build build = random_build(random);
    CAPTURE(to_json(build));
    const Image image = map_network(network, build, {.seed = seed + i, .min_tiles = build.neurons < 32 ? 4u : 2u}).image;
    sim::ReferenceMachine elsewhere(build);
    CHECK(run(elsewhere, image, input) == expected);
    CHECK(run_on(sim::make_model_device(build, sim::Link::bytes), image, input) == expected);
  }
}

TEST_CASE("a network gives the same spikes in RTL, wherever it is put") {
  const std::uint64_t seed = seed_of_this_run();
  INFO("rerun: SPIKEMESH_SEED=" << seed << " build/bin/same_spikes");
  const Network network = random_network(seed);
  const auto input = random_input(seed);
  const spec::Build home = load_build("default");
  sim::ReferenceMachine reference(home);
  const std::vector<Spike> expected = run(reference, map_network(network, home).image, input);

  const spec::Build small = load_build("ecp5");
  for (std::uint64_t placement = 1; placement <= 2; ++placement) {
    const Image image = map_network(network, small, {.seed = placement, .min_tiles = 4}).image;
    CHECK(run_on(sim::make_rtl_device(small, sim::Link::bytes), image, input) == expected);
  }
}

}  // namespace spikemesh
