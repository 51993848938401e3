// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "sim/lockstep/mismatch.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// Throws Mismatch, naming the first sample, step and neuron, when the spikes of a run are not
/// those of the reference, in whatever order.
void expect_spikes(std::vector<SpikeRow> spikes, std::vector<SpikeRow> reference,
                   const Rerun& rerun);

}  // namespace spikemesh::sim
