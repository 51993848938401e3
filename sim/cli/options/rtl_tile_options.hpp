// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "sim/rtl_tile/rtl_tile.hpp"

namespace spikemesh::sim {

/// --rtl-tile and --compare, which stand in place of `executor`.
void add_rtl_tiles(CLI::App& command, RtlTiles& tiles, CLI::Option* executor);

}  // namespace spikemesh::sim
