// SPDX-License-Identifier: Apache-2.0
#pragma once
// The folder of a run: spikes.csv, stats.json, config.json, map.json, recordings (docs/run.md).

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/run/request/option_style.hpp"
#include "sim/run/run_result.hpp"
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
  std::vector<std::string> record;    ///< probes, as on the command line
  std::vector<std::string> events{};  ///< POPULATION=FILE, as on the command line
  std::string event_layout{};
  std::uint32_t period = 0;  ///< fewest cycles of a step
  bool hard_steps = false;
  bool firmware = true;  ///< the program that the network names runs the samples, if it names one
};

/// A run folder under way: made before the run, which shall not begin if it cannot leave its
/// results, and locked until it goes out of scope, so that no other run writes into it.
///
/// Files take the place of earlier ones only when they are whole. One that was made and is still
/// empty in the end, as the run failed, is removed.
class RunFolder {
 public:
  /// Throws InputError when it cannot be made or written, or another run writes into it. `style`:
  /// how the option is named.
  RunFolder(const std::filesystem::path& folder, const OptionStyle& style);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Spikes and statistics first, then the rest; recordings of an earlier run go. Throws InputError
  /// when a file cannot be written: those before it are there.
  void write(const RunConfig& config, const MapReport& map, const RunResult& result);

 private:
  template <typename Write>
  void write_file(const char* name, Write&& write) const;

  std::filesystem::path path_;
  bool made_ = false;
  int lock_ = -1;
};

/// stats.json, and the folder: what --json prints.
std::string summary_json(const std::filesystem::path& folder, const RunConfig& config,
                         const RunResult& result);

/// The key hard_steps of stats.json.
std::string hard_steps_json(const HardSteps& hard);

/// A run folder, read back.
struct SavedRun {
  std::string config, stats, map;  ///< the JSON files
  std::vector<SpikeRow> spikes;
  std::vector<RecordedTrace> traces;
};
/// Throws InputError for a folder that no run wrote, or a file in it that cannot be read.
SavedRun read_run_folder(const std::filesystem::path& folder);

}  // namespace spikemesh::sim
