// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/mapper.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "map/mapper_parts.hpp"
#include "network/layer.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

namespace {

/// The largest that a memory of a tile can be built.
std::uint64_t largest(const char* parameter) {
  for (const spec::BuildRule& rule : spec::kBuildRules)
    if (rule.name == parameter) return rule.max;
  return 0;
}

/// What no chip with this mesh can hold is refused before anything is made for each neuron or
/// synapse: a few numbers in a file can ask for billions of them.
void check_capacity(const Network& network, const spec::Build& build) {
  const std::uint64_t tiles = std::uint64_t{build.mesh_w} * build.mesh_h;
  const auto check = [&](const char* what, const char* parameter, std::uint64_t count,
                         const std::string& place) {
    const std::uint64_t most = tiles * largest(parameter);
    if (count <= most) return;
    const auto larger = mesh_for(build, (count + largest(parameter) - 1) / largest(parameter));
    throw InputError(fmt::format(
        "{}: {} {} have no room: no chip of {} x {} tiles holds more than {} ({}={}); make the "
        "network smaller{}",
        place, count, what, build.mesh_w, build.mesh_h, most, parameter, largest(parameter),
        larger ? fmt::format(" or build with at least MeshW={}, MeshH={}", larger->mesh_w,
                             larger->mesh_h)
               : ""));
  };
  std::uint64_t neurons = 0, synapses = 0;
  if (std::all_of(network.populations().begin(), network.populations().end(),
                  [](const Population& p) { return p.is_input(); }))
    throw InputError(network.where("/populations") +
                     ": the network has no neurons, so a chip has nothing to do; add a population "
                     "with \"neuron\" or \"raw\"");
  for (Network::Id id = 0; id < network.populations().size(); ++id) {
    if (!network.populations()[id].is_input()) neurons += network.populations()[id].size;
    check("neurons", "Neurons", neurons, network.where_population(id, "/size"));
  }
  for (Network::Id id = 0; id < network.projections().size(); ++id) {
    const Projection& projection = network.projections()[id];
    const bool none = projection.weight.single() && projection.weight[0] == 0 && !projection.rule;
    if (none) continue;
    if (is_layer(projection))
      synapses += Layer(network.populations()[projection.from],
                        network.populations()[projection.to], projection)
                      .existing();
    else if (projection.connect != Connect::dense)
      synapses += network.synapse_count(projection);  // of a dense one, those that are not 0
    check("synapses", "Synapses", synapses, network.where_projection(id));
  }
}

}  // namespace

Mapped map_network(const Network& network, const spec::Build& build, const MapOptions& options) {
  return map_network(network, build, options, {});
}

Mapped map_network(const Network& network, const spec::Build& build, const MapOptions& options,
                   const MapProgress& progress) {
  check_capacity(network, build);
  Converted converted = convert(network, build, options.split_weights, options.relays);
  Mapped mapped;
  MapReport& report = mapped.report;
  report.build = build;
  report.seed = options.seed;
  report.min_tiles = options.min_tiles;
  report.conversion = converted.report;
  report.synapses = converted.network.synapses.size() + report.conversion.split -
                    report.conversion.split_words - report.conversion.relay_words;
  report.accumulator_bound = prove_no_overflow(converted.network);
  std::vector<MapPart> parts = partition(
      converted.network, build, std::max(options.min_tiles, converted.network.min_tiles), progress);
  report.flit_hops = place_parts(converted.network, build, options, parts);
  mapped.image = fill_image(std::move(converted.network), build, parts, report);
  return mapped;
}

}  // namespace spikemesh
