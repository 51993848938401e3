// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/activity/activity.hpp"
#include "sim/run/hard_steps.hpp"
#include "sim/run/run_traces.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// What a run came to.
struct RunResult {
  struct Recorded {
    std::string population;
    std::vector<std::uint32_t> neurons;  ///< whose spikes come back, ascending
    std::uint32_t of = 0;
  };
  std::uint32_t samples = 1;                 ///< that were asked for
  std::vector<Recorded> recorded;            ///< populations, in the order of the network
  std::vector<SpikeRow> spikes;              ///< by sample and step
  std::vector<RecordedTrace> traces;         ///< one a probe that is not of spikes
  std::uint64_t input_spikes = 0;            ///< that were given, or held for what came next
  std::uint64_t steps = 0;                   ///< of the machine, those between samples included
  std::optional<MachineStats> stats;         ///< counted in the run, if they were read
  std::shared_ptr<const Activity> activity;  ///< if it was recorded
  /// What the program early-exit said of a sample.
  struct Answer {
    std::uint32_t sample = 0;
    std::optional<std::uint32_t> neuron;  ///< none: no neuron of the population sent a spike
    std::uint32_t steps = 0, margin = 0;  ///< as in EarlyAnswer
  };
  bool early_exit = false;                  ///< the program early-exit ran the samples
  std::vector<Answer> answers;              ///< then by sample
  std::optional<HardSteps> hard_steps;      ///< of a run with them
  double map_s = 0, load_s = 0, run_s = 0;  ///< wall time

  /// Why the run ended early: then all above is of the steps that were completed.
  std::exception_ptr failure;
  std::string why;  ///< the same in words; empty: it is complete
};

}  // namespace spikemesh::sim
