// SPDX-License-Identifier: Apache-2.0
#pragma once
// --events: files of events as the input spikes of a run (docs/data.md).

#include <string>
#include <vector>

#include "spikemesh/network.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

struct EventInputs {
  std::vector<SpikeRow> rows;
  std::vector<std::string> notes;  ///< what was left out
  std::uint32_t samples = 0;       ///< the last ones may be without a spike
};

/// `files`: POPULATION=FILE; the files of one population are its samples, in their order. Throws
/// InputError that names the option and the remedy.
EventInputs read_event_inputs(const std::vector<std::string>& files, const std::string& layout,
                              const Network& network, std::uint64_t steps);

}  // namespace spikemesh::sim
