// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/options/waves_options.hpp"
#include "sim/lockstep/mismatch.hpp"
#include "sim/rtl_tile/rtl_tile.hpp"
#include "spikemesh/mapper.hpp"

namespace spikemesh::sim {

/// Of `spikemesh run`.
struct RunOptions {
  std::string network, input, out;
  std::string config = "default";
  bool config_given = false;
  std::string executor = "reference";
  std::optional<std::string> port;
  std::uint32_t threads = 1;
  bool mpi = false;
  std::string load = "direct";  ///< direct or link
  unsigned baud = 0;            ///< 0: that of the port as it is opened, without negotiation
  std::string clear = "all";
  std::uint64_t steps = 0;
  std::uint32_t samples = 0;
  std::uint32_t period = 0;  ///< 0: steps run freely
  bool hard_steps = false;
  WavesOptions waves;
  RtlTiles rtl_tiles;
  std::vector<std::string> poisson, regular;
  std::vector<std::string> events;  ///< POPULATION=FILE
  std::string event_layout;
  std::uint64_t source_seed = 1;
  std::string firmware = "on";      ///< on, off
  std::string learning;             ///< on, off; empty: on if the network has plastic synapses
  std::vector<std::string> record;  ///< probes (spikemesh/record.hpp)
  std::string save_network;
  std::string plot;
  bool json = false;
  bool activity = false, messages = false;
  MapOptions map;

  /// What runs the network, as config.json says it.
  std::string runs_on() const;
};

/// Declares them all.
void add_run_options(CLI::App& command, RunOptions& options);

/// What a mismatch says of how to see it again.
Rerun rerun_of(const RunOptions& options);

}  // namespace spikemesh::sim
