// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/options/waves_options.hpp"

#include <fmt/format.h>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {

std::optional<Waves> WavesOptions::window() const {
  if (!path) return std::nullopt;
  Waves waves{.path = *path};
  if (from) waves.first = *from;
  if (to) waves.last = *to;
  if (waves.first > waves.last)
    throw InputError(fmt::format(
        "--waves-from {} --waves-to {}: the window ends before it begins; swap them", *from, *to));
  return waves;
}

CLI::Option* add_waves(CLI::App& command, WavesOptions& options, const std::string& what) {
  CLI::Option* waves = command.add_option("--waves", options.path, what);
  command.add_option("--waves-from", options.from, "first cycle in the waves (default: 0)")
      ->needs(waves);
  command.add_option("--waves-to", options.to, "last cycle in the waves (default: the last one)")
      ->needs(waves);
  return waves;
}

}  // namespace spikemesh::sim
