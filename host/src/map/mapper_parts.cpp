// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_parts.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace spikemesh {

std::optional<spec::Build> mesh_for(const spec::Build& build, std::size_t tiles) {
  constexpr std::uint32_t kSide = 64;
  spec::Build wanted = build;
  while (std::size_t{wanted.mesh_w} * wanted.mesh_h < tiles) {
    const bool wider = wanted.mesh_w <= wanted.mesh_h && wanted.mesh_w < kSide;
    if (!wider && wanted.mesh_h == kSide) return std::nullopt;
    ++(wider ? wanted.mesh_w : wanted.mesh_h);
  }
  return wanted;
}

std::vector<MapHome> homes_of(const IntegerNetwork& network, const std::vector<MapPart>& parts) {
  std::vector<MapHome> homes(network.units(), {kNoPart, 0});
  for (std::uint32_t part = 0; part < parts.size(); ++part)
    for (std::uint32_t index = 0; index < parts[part].units.size(); ++index)
      homes[parts[part].units[index]] = {part, index};
  return homes;
}

std::vector<std::uint32_t> target_parts(const IntegerNetwork& network, std::uint32_t source,
                                        const std::vector<MapHome>& homes) {
  constexpr std::ptrdiff_t kBack = 8;  // most targets of a source lie in a few parts
  std::vector<std::pair<std::uint32_t, std::uint8_t>> axons;  // part, rule
  for (std::uint64_t i = network.row[source]; i < network.row[source + 1]; ++i) {
    const IntegerSynapse& synapse = network.synapses[i];
    const std::pair axon{homes[synapse.target].part, synapse.rule};
    const auto back = axons.end() - std::min<std::ptrdiff_t>(kBack, std::ssize(axons));
    if (std::find(back, axons.end(), axon) == axons.end()) axons.push_back(axon);
  }
  std::sort(axons.begin(), axons.end());
  axons.erase(std::unique(axons.begin(), axons.end()), axons.end());
  std::vector<std::uint32_t> parts;
  for (const auto& axon : axons) parts.push_back(axon.first);
  return parts;
}

}  // namespace spikemesh
