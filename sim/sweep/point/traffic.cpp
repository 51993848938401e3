// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/traffic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "sim/run/session.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

/// A build with the formats of the design and the largest tiles that there are.
spec::Build large(const spec::Build& design, std::uint32_t side) {
  spec::Build build = design;
  for (const spec::BuildRule& rule : spec::kBuildRules)
    for (const char* memory : {"Neurons", "Synapses", "Axons", "Fanouts", "Plastics"})
      if (rule.name == memory) build.*rule.member = rule.max;
  build.lanes = 1;
  build.mesh_w = build.mesh_h = side;
  return build;
}

/// The network on the smallest mesh of large tiles that holds it.
Mapped map_anywhere(const Network& network, const Design& design) {
  MapOptions options = design.map_options(1);
  options.placement = Placement::row_major;
  options.tiles.clear();
  for (std::uint32_t side = 1;; side *= 2) {
    try {
      return map_network(network, large(design.build, side), options);
    } catch (const InputError&) {
      if (side == 64) throw;
    }
  }
}

Network recorded_whole(Network network) {
  std::vector<Probe> probes;
  for (const Population& each : network.populations())
    if (!each.is_input()) probes.push_back({Quantity::spikes, each.name, {}, {}});
  apply_probes(network, probes);
  return network;
}

/// Input spikes, of files and sources.
void count_inputs(const Network& network, const Mapped& mapped, const RunPlan& plan,
                  Traffic& traffic) {
  SourceSpikes streams = plan.inputs.begin();
  for (std::uint32_t sample = 0; sample < plan.samples; ++sample)
    for (std::uint64_t step = 0; step < plan.steps; step += plan.inputs.piece()) {
      const std::uint64_t until = std::min(plan.steps, step + plan.inputs.piece());
      for (const InputSpike& spike :
           plan.inputs.take(network, mapped.image, streams, sample, step, until)) {
        const Image::Input& input = mapped.image.inputs[spike.input];
        traffic.at(input.population)[input.neuron] += spike.count;
      }
    }
}

}  // namespace

std::shared_ptr<const Traffic> TrafficMeter::get(const Design& design, const RunRequest& request) {
  const spec::Build& build = design.build;
  const std::string key =
      fmt::format("{} {} {} {} {}", build.weight_bits, build.decay_bits, build.delay_max,
                  design.split_weights.value_or(-1), request.source_seed);
  const std::lock_guard lock(mutex_);  // those who want the same wait for it
  auto& found = measured_[key];
  if (!found) found = measure(design, request);
  return found;
}

std::shared_ptr<const Traffic> TrafficMeter::measure(const Design& design,
                                                     const RunRequest& request) const {
  const auto traffic = std::make_shared<Traffic>();
  for (const Population& each : network_.populations()) (*traffic)[each.name].resize(each.size);
  const auto network = std::make_shared<const Network>(recorded_whole(network_));
  const Mapped mapped = map_anywhere(*network, design);
  SessionOptions options;
  options.build = mapped.image.build;
  Session session(std::move(options));
  session.load(network, mapped);
  const RunPlan plan = session.plan(request);
  const RunResult result = session.run(plan, false);
  if (result.failure) std::rethrow_exception(result.failure);
  for (const SpikeRow& spike : result.spikes) ++(*traffic)[spike.population][spike.neuron];
  count_inputs(*network, mapped, plan, *traffic);
  return traffic;
}

}  // namespace spikemesh::sim
