// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <string>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/map_options.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network_json.hpp"

namespace spikemesh::sim {
namespace {

struct MapCommand {
  std::string network;
  std::string config = "default";
  MapOptions map;
  bool json = false;
};

/// Named builds that take the network as it is.
std::string builds_with_room(const Network& network, const MapOptions& options) {
  std::string names;
  for (const spec::NamedBuild& named : spec::kBuilds) {
    try {
      map_network(network, named.build, options);
      names += fmt::format("{}{}", names.empty() ? "" : " or ", named.name);
    } catch (const InputError&) {
    }
  }
  return names;
}

MapReport map(const Network& network, const spec::Build& build, const MapCommand& options) {
  try {
    return map_network(network, build, options.map).report;
  } catch (const InputError& error) {
    const std::string names = builds_with_room(network, options.map);
    if (names.empty()) throw;
    throw InputError(fmt::format("{}; as it is it fits --config {}", error.what(), names));
  }
}

void run(const MapCommand& options) {
  const Network network = load_network(options.network);
  const MapReport report = map(network, load_build(options.config), options);
  fmt::print("{}", options.json ? to_json(report) : to_text(report));
}

}  // namespace

void add_map(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "map", "maps a network, and prints where its neurons are and how full each memory is");
  const auto options = std::make_shared<MapCommand>();
  command->add_option("network", options->network, "network file (docs/network.md)")->required();
  command
      ->add_option("--config", options->config, "build: default, ecp5, tiny, odd, or a JSON file")
      ->capture_default_str();
  add_map_options(*command, options->map);
  command->add_option("--seed", options->map.seed, "seed of the placement")->capture_default_str();
  command->add_flag("--json", options->json, "prints JSON instead of a table");
  command->callback([options] { run(*options); });
}

}  // namespace spikemesh::sim
