// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "sim/cli/options/validators.hpp"
#include "spikemesh/mapper.hpp"

namespace spikemesh::sim {

/// Declares --min-tiles, --split-weights and --relays.
inline void add_map_options(CLI::App& command, MapOptions& options) {
  command.add_option("--min-tiles", options.min_tiles, "smallest number of tiles to use")
      ->check(whole(0, kMostTiles));
  command.add_option(
      "--split-weights", options.split_weights,
      "largest error of a weight, relative to itself, for which stronger static synapses into the "
      "same neuron take several words; 0: each synapse takes one (default: what the network says)");
  command.add_flag_callback(
      "--relays", [&options] { options.relays = true; },
      "add relay neurons for delays beyond the chip's (default: what the network says)");
}

}  // namespace spikemesh::sim
