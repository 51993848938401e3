// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "model/traffic.hpp"
#include "sim/traffic/trace.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// The nodes of a trace as a network, so that a run of it is a run as any other: a population
/// "node", which fires when a node sends to the host, and "host", whose spikes are the packets that
/// the host sends.
Network traffic_network(const TrafficTrace& trace);
/// What the host sends, as input spikes of that network.
std::vector<SpikeRow> host_packets(const TrafficTrace& trace);

/// A trace for one chip.
struct MappedTraffic {
  Mapped mapped;
  std::shared_ptr<const model::Traffic> sent;
};
/// Places the nodes, one on each tile, by the packets that go between them. Throws InputError for
/// more nodes than tiles, tiles that the mesh does not have, and rows that no axon can name.
MappedTraffic map_traffic(const TrafficTrace& trace, const spec::Build& build,
                          const MapOptions& options);

}  // namespace spikemesh::sim
