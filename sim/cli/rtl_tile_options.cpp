// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/rtl_tile_options.hpp"

#include <string>
#include <vector>

namespace spikemesh::sim {

void add_rtl_tiles(CLI::App& command, RtlTiles& tiles, CLI::Option* executor) {
  auto* tile = command.add_option_function<std::vector<std::string>>(
      "--rtl-tile",
      [&tiles](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
          tiles.places.push_back(parse_rtl_tile(text, "--rtl-tile"));
      },
      "X,Y=FILE.sv: in the model, this tile is RTL: ours, with the modules of FILE in place of "
      "those of the same name (sm_tile, sm_router, ...); repeatable");
  tile->excludes(executor);
  command
      .add_option_function<std::string>(
          "--compare", [&tiles](const std::string& name) { tiles.compare = kCompares.at(name); },
          "how strict with --rtl-tile: cycles (as the model in every cycle), order (nothing lost, "
          "doubled, changed, misrouted, reordered), spikes (only what comes out)")
      ->check(CLI::IsMember({"cycles", "order", "spikes"}))
      ->default_str("cycles")
      ->needs(tile);
}

}  // namespace spikemesh::sim
