// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/run_options.hpp"

#include <fmt/format.h>

#include "sim/cli/rtl_tile_options.hpp"

namespace spikemesh::sim {
namespace {

void add_stimulus(CLI::App& command, RunOptions& options) {
  command.add_option("network", options.network, "network file (docs/network.md)")->required();
  command.add_option("--input", options.input,
                     "input spikes: CSV with step,population,neuron and, if wanted, sample, count");
  command
      .add_option("--poisson", options.poisson,
                  "POPULATION=RATE_HZ: random spikes, at most one a neuron and step; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--regular", options.regular,
                  "POPULATION=INTERVAL[,PHASE]: spikes of all neurons, in steps; repeatable")
      ->allow_extra_args(false);
  command.add_option("--source-seed", options.source_seed, "of --poisson")->capture_default_str();
  command
      .add_option("--learning", options.learning,
                  "on, off (without: on if a projection of the network has a rule)")
      ->check(CLI::IsMember({"on", "off"}));
  command.add_option("--steps", options.steps, "steps of a sample")
      ->required()
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40));
  command.add_option("--samples", options.samples, "how many samples (without: as the input has)")
      ->check(CLI::PositiveNumber);
  command
      .add_option("--clear", options.clear,
                  "what each sample begins without: all, membrane (adaptive thresholds stay), none")
      ->check(CLI::IsMember({"all", "membrane", "none"}))
      ->capture_default_str();
}

void add_results(CLI::App& command, RunOptions& options) {
  command
      .add_option("--out", options.out,
                  "folder for spikes.csv, config.json, map.json, stats.json, and recordings")
      ->required();
  command
      .add_option(
          "--record", options.record,
          "QUANTITY:POPULATION[NEURONS]@EVERY: v or i of neurons, or weight:FROM,TO, read at "
          "the end of every so many steps (@end: of a sample's last), or spikes; such as "
          "'v:out[0..9]@10'; repeatable")
      ->allow_extra_args(false);
  command.add_option("--plot", options.plot,
                     "file (.png, .svg, .pdf): spikes, and V, I and weights that are recorded");
  command.add_flag("--json", options.json, "stats.json and the folder on stdout, for programs");
  command.add_option("--save-network", options.save_network,
                     "network file to be written after the run, with what was learned");
}

void add_chip(CLI::App& command, RunOptions& options) {
  auto* config = command.add_option("--config", options.config,
                                    "build: default, ecp5, tiny, odd, or a JSON file");
  auto* executor =
      command.add_option("--executor", options.executor,
                         "reference (no clock), model, rtl, lockstep (both, compared)");
  auto* port = command.add_option("--port", options.port,
                                  "a chip: serial port or pseudo-terminal, or tcp:HOST:PORT");
  executor->check(CLI::IsMember({"reference", "model", "rtl", "lockstep"}));
  port->excludes(executor);
  add_rtl_tiles(command, options.rtl_tiles, executor);
  command
      .add_option(
          "--baud", options.baud,
          "take a serial port and its chip to this rate, or to the next that works; without: "
          "115200, as it is")
      ->needs(port)
      ->check(CLI::Range(300u, 25'000'000u));
  add_waves(command, options.waves,
            "FST of what the chip does; lockstep writes FILE of the RTL and FILE.model.fst")
      ->excludes(port);
  command.add_option("--min-tiles", options.map.min_tiles, "spread over at least so many tiles");
  command.add_option("--seed", options.map.seed, "of the placement, and of the link's numbers")
      ->capture_default_str();
  config->capture_default_str()->each(
      [&options](const std::string&) { options.config_given = true; });
  executor->capture_default_str();
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  add_stimulus(command, options);
  add_results(command, options);
  add_chip(command, options);
}

std::string RunOptions::runs_on() const {
  if (port) return *port;
  return rtl_tiles.empty() ? executor : fmt::format("model{}", to_options(rtl_tiles));
}

Rerun rerun_of(const RunOptions& options) {
  std::string command = fmt::format(
      "spikemesh run '{}' --steps {} --clear {} --config {}{} --seed {}", options.network,
      options.steps, options.clear, options.config,
      options.rtl_tiles.empty() ? " --executor " + options.executor : to_options(options.rtl_tiles),
      options.map.seed);
  if (!options.input.empty()) command += fmt::format(" --input '{}'", options.input);
  if (options.samples) command += fmt::format(" --samples {}", options.samples);
  for (const std::string& source : options.poisson)
    command += fmt::format(" --poisson '{}'", source);
  for (const std::string& source : options.regular)
    command += fmt::format(" --regular '{}'", source);
  if (!options.poisson.empty()) command += fmt::format(" --source-seed {}", options.source_seed);
  for (const std::string& probe : options.record) command += fmt::format(" --record '{}'", probe);
  if (!options.learning.empty()) command += " --learning " + options.learning;
  if (options.map.min_tiles) command += fmt::format(" --min-tiles {}", options.map.min_tiles);
  return {std::to_string(options.map.seed), command + " --out waves --waves waves.fst"};
}

}  // namespace spikemesh::sim
