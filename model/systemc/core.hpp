// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/chip.hpp"
#include "model/event.hpp"
#include "spikemesh/systemc/bus_status.hpp"
#include "spikemesh/systemc/retired.hpp"

namespace spikemesh::systemc {

/// The plain chip of the module `name`. A build that breaks a rule is an SC_ERROR.
model::Chip make_core(const char* name, const spec::Build& build);

inline model::WordAccess word_of(const BusAccess& access) {
  return {.write = access.write,
          .address = access.address,
          .data = access.data,
          .strobe = access.strobe};
}

/// Writes an event to the analysis ports of a chip.
inline void tell(const Event& event, AnalysisPort<Spike>& spikes, AnalysisPort<Retired>& retired) {
  if (retired.bound())
    retired.write(
        {event.cycle, event.tile, static_cast<std::uint8_t>(event.kind), event.unit, event.data});
  if (event.kind != EventKind::ring_out || !spikes.bound()) return;
  const auto [entry, step] = event.as<spec::RingOutEvent>();
  spikes.write({event.cycle, step, spec::Entry::unpack(entry).payload});
}

}  // namespace spikemesh::systemc
