// SPDX-License-Identifier: Apache-2.0
#pragma once
// Packets of a file through a mesh: the command line and Python are clients.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "sim/run/request/option_style.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/run_result.hpp"

namespace spikemesh::sim {

struct TrafficOptions {
  std::filesystem::path file;          ///< the packets (docs/exploration/traffic.md)
  std::filesystem::path out;           ///< the folder of the run
  std::string config = "default";      ///< build of the chip (load_build)
  std::string placement = "annealed";  ///< or spectral, row_major, random
  std::uint64_t seed = 1;              ///< of the placement
  std::uint64_t steps = 0;             ///< 0: up to the last packet
  std::uint32_t period = 0;            ///< fewest cycles of a step
  bool activity = false;               ///< what each core and link did is recorded
  OptionStyle style{};                 ///< how messages name these options
  /// As SessionOptions::progress.
  std::function<void(std::string_view unit, std::uint64_t done, std::uint64_t all)> progress{};
};

struct TrafficRun {
  std::uint64_t nodes = 0, packets = 0;  ///< of the file
  RunConfig config;
  RunResult result;
};

/// Places the nodes, sends the packets on the model and writes the folder. A run that ended early
/// is raised when what there was of it is written. Throws InputError for options, file and build.
TrafficRun run_traffic(const TrafficOptions& options);

}  // namespace spikemesh::sim
