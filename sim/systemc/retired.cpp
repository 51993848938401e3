// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/retired.hpp"

#include <ostream>

#include "sim/lockstep/mismatch.hpp"

namespace spikemesh::systemc {

std::ostream& operator<<(std::ostream& out, const Spike& spike) {
  return out << "cycle " << spike.cycle << ", step " << spike.step << ", label " << spike.label;
}

std::ostream& operator<<(std::ostream& out, const Retired& event) {
  const Event same{event.cycle, event.tile, static_cast<EventKind>(event.kind), event.unit,
                   event.data};
  return out << sim::tile_name(event.tile) << ": " << sim::one_line(same);
}

}  // namespace spikemesh::systemc
