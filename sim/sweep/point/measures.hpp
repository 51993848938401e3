// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/activity.hpp"
#include "sim/run/run_result.hpp"
#include "sim/sweep/point/design.hpp"
#include "sim/sweep/point/row.hpp"

namespace spikemesh::sim {

/// Fills the columns that a run tells of. `activity`: of the chip, which has run nothing else.
void set_measures(const Design& design, const Network& network, const RunResult& result,
                  const model::Activity& activity, Row& row);

/// Hash of the recorded spikes, whatever the order in which they left the chip.
std::uint64_t spike_hash(const Network& network, const std::vector<SpikeRow>& spikes);

}  // namespace spikemesh::sim
