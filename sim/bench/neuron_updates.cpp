// SPDX-License-Identifier: Apache-2.0
// Neurons that never rest, in the reference: how many updates a second one thread makes.
#include "sim/bench/neuron_updates.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <random>

#include "model/reference/reference.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::bench {
namespace {

using model::tile_address;

constexpr std::uint32_t kTheta = 1u << 22;  // they fire seldom
constexpr std::uint32_t kMostBias = 40;
constexpr std::uint64_t kSteps = 200;

/// Parameters and state of a tile's neurons, which integrate their bias without a leak.
void fill(model::Reference& reference, std::uint16_t tile, bool adapt, std::mt19937& random) {
  const spec::Build& build = reference.build();
  const std::uint32_t one = 1u << build.decay_bits;
  std::vector<std::uint32_t> parameters, states;
  for (std::uint32_t j = 0; j < build.neurons; ++j) {
    const auto bias = static_cast<std::int32_t>(1 + random() % kMostBias);
    parameters.insert(
        parameters.end(),
        {spec::Neuron0{.theta = kTheta}.pack(), spec::Neuron1{.subtract = 1}.pack(),
         spec::Neuron2{.bias = bias}.pack(), one - 30, one, adapt ? 1u << 30 : 0, one - 1, 0});
    const auto v = static_cast<std::int32_t>(random() % kTheta);
    states.insert(states.end(),
                  {spec::State0{.v = v}.pack(), 0, 0, spec::State3{.adapt_high = adapt}.pack()});
  }
  reference.write(tile, tile_address(spec::Region::neuron, 0), parameters);
  reference.write(tile, tile_address(spec::Region::state, 0), states);
}

void neuron_updates(benchmark::State& state, std::uint32_t mesh, bool adapt) {
  spec::Build build = load_build("default");
  build.mesh_w = build.mesh_h = mesh;
  model::Reference reference(build);
  std::mt19937 random(1);
  for (std::uint32_t y = 0; y < mesh; ++y)
    for (std::uint32_t x = 0; x < mesh; ++x)
      fill(reference, static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack()), adapt, random);
  for (auto _ : state)
    for (std::uint64_t step = 0; step < kSteps; ++step) reference.step({});
  const double neurons = double(build.neurons) * mesh * mesh;
  state.counters["updates/s"] = {neurons * kSteps, benchmark::Counter::kIsIterationInvariantRate};
}

}  // namespace

void register_neuron_updates() {
  for (const std::uint32_t mesh : {4u, 32u})
    for (const bool adapt : {false, true})
      benchmark::RegisterBenchmark(
          fmt::format("neuron_updates/{}/{}", 256 * mesh * mesh, adapt ? "adaptive" : "plain")
              .c_str(),
          neuron_updates, mesh, adapt)
          ->Unit(benchmark::kMillisecond);
}

}  // namespace spikemesh::bench
