// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/run/run_traces.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// What a run was told, in full.
struct RunConfig {
  std::string network, input;  ///< files; input may be empty
  std::string executor;        ///< reference, model, rtl, lockstep, or the port of a chip
  std::string clear;           ///< between samples
  double dt_ms = 1;            ///< of a step
  std::uint64_t steps = 0;     ///< of a sample
  std::uint32_t samples = 0;
  std::uint64_t seed = 0;
  std::uint32_t min_tiles = 0;
  std::vector<std::string> poisson, regular;  ///< sources, as on the command line
  std::uint64_t source_seed = 0;
  std::vector<std::string> record;  ///< probes, as on the command line
};

/// What a run came to.
struct RunResult {
  std::uint32_t samples = 1;
  struct Recorded {
    std::string population;
    std::size_t neurons = 0;  ///< of which spikes come back
    std::uint32_t of = 0;
  };
  std::vector<Recorded> recorded;  ///< populations, in the order of the network
  std::vector<SpikeRow> spikes;
  std::vector<RecordedTrace> traces;
  std::uint64_t input_spikes = 0;
  std::uint64_t steps = 0;                  ///< of the chip, those between samples included
  MachineStats before, after;               ///< around the run
  double map_s = 0, load_s = 0, run_s = 0;  ///< wall time
};

/// Counters of the run: after minus before, summed over tiles.
MachineStats::Tile total_counters(const RunResult& result);

/// The folder of a run, made before it: a run that cannot leave its results shall not begin. One
/// that was made and is still empty in the end, as the run failed, goes again.
class RunFolder {
 public:
  /// Throws InputError when it cannot be made.
  explicit RunFolder(const std::string& folder);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

 private:
  std::string made_;  ///< empty: it was there
};

/// Writes spikes.csv, config.json, map.json, stats.json and recordings into a folder, which is made
/// if missing.
/// Throws InputError when it cannot be written.
void write_run_folder(const std::string& folder, const RunConfig& config, const MapReport& map,
                      const RunResult& result);

/// stats.json, and the folder: what --json prints.
std::string summary_json(const std::string& folder, const RunConfig& config,
                         const RunResult& result);

}  // namespace spikemesh::sim
