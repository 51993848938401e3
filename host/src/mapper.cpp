// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/mapper.hpp"

#include <algorithm>

#include "mapper_parts.hpp"

namespace spikemesh {

Mapped map_network(const Network& network, const spec::Build& build, const MapOptions& options) {
  Converted converted = convert(network, build);
  Mapped mapped;
  MapReport& report = mapped.report;
  report.build = build;
  report.seed = options.seed;
  report.conversion = converted.report;
  report.synapses = converted.network.synapses.size();
  report.accumulator_bound = prove_no_overflow(converted.network);
  std::vector<MapPart> parts =
      partition(converted.network, build, std::max(options.min_tiles, converted.network.min_tiles));
  report.flit_hops = place_parts(converted.network, build, options.seed, parts);
  mapped.image = fill_image(converted.network, build, parts, report);
  return mapped;
}

}  // namespace spikemesh
