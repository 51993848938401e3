// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/options/rtl_tile_options.hpp"

#include <string>
#include <vector>

#include "sim/cli/options/validators.hpp"

namespace spikemesh::sim {

void add_rtl_tiles(CLI::App& command, RtlTiles& tiles, CLI::Option* executor) {
  auto* tile = command.add_option_function<std::vector<std::string>>(
      "--rtl-tile",
      [&tiles](const std::vector<std::string>& texts) {
        for (const std::string& text : texts)
          tiles.places.push_back(parse_rtl_tile(text, "--rtl-tile"));
      },
      "X,Y=FILE.sv: this tile of the model is simulated as RTL, and the modules of FILE replace "
      "modules of the same name (sm_tile, sm_router, ...); repeatable");
  tile->excludes(executor);
  command
      .add_option_function<std::string>(
          "--compare", [&tiles](const std::string& name) { tiles.compare = kCompares.at(name); },
          "what an RTL tile must keep: cycles (every event in its cycle), order (no flit lost, "
          "doubled, changed, misrouted or reordered), spikes (only the output of the chip)")
      ->check(one_of({"cycles", "order", "spikes"}))
      ->default_str("cycles")
      ->needs(tile);
}

}  // namespace spikemesh::sim
