// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a session gives, as Python gets it.

#include <vector>

#include "host/python/extension/bind.hpp"
#include "sim/run/session.hpp"

namespace spikemesh::sim {

/// population -> (sample, step, neuron)
pybind11::dict columns_of(const std::vector<SpikeRow>& rows);
/// population -> neurons whose spikes came back
pybind11::dict neurons_of(const std::vector<RunResult::Recorded>& recorded);
/// Counters by the names of stats.json: those of tiles summed up, and given tile by tile.
pybind11::dict stats_of(const MachineStats& stats);
/// Parameter -> [size].
pybind11::dict parameters_of(const std::vector<NeuronParameters>& neurons);
/// Unit -> [size].
pybind11::dict units_of(const std::vector<NeuronUnits>& neurons);
/// (sample, neuron or -1, steps, margin) of each sample that the program early-exit ended; None: it
/// did not run.
pybind11::object answers_of(const RunResult& result);
/// What spikemesh.Trace is made of, for each recording.
pybind11::list traces_of(std::vector<RecordedTrace>&& recorded);

}  // namespace spikemesh::sim
