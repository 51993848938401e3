// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "sim/waves/waves.hpp"

namespace spikemesh::sim {

/// --waves, --waves-from, --waves-to.
struct WavesOptions {
  std::optional<std::string> path;
  std::optional<std::uint64_t> from, to;

  /// Nothing without --waves. Throws InputError for a window without a cycle.
  std::optional<Waves> window() const;
};

/// Adds the three options; returns --waves. `what`: its help.
CLI::Option* add_waves(CLI::App& command, WavesOptions& options, const std::string& what);

}  // namespace spikemesh::sim
