// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/options/run_options.hpp"

#include <fmt/format.h>

#include "model/reference/reference.hpp"
#include "sim/cli/options/map_options.hpp"
#include "sim/cli/options/rtl_tile_options.hpp"
#include "sim/cli/options/validators.hpp"

namespace spikemesh::sim {
namespace {

void add_stimulus(CLI::App& command, RunOptions& options) {
  command.add_option("network", options.network, "network file (docs/network.md)")->required();
  command.add_option("--input", options.input,
                     "input spikes: CSV with step,population,neuron and optionally sample,count");
  auto* events =
      command
          .add_option("--events", options.events,
                      "POPULATION=FILE: events of a camera or another sensor (.bs2, .bin, .csv, "
                      ".npy), a sample; repeatable")
          ->allow_extra_args(false);
  auto* layout = command.add_option(
      "--event-layout", options.event_layout,
      "how events become spikes: size=WIDTHxHEIGHT and, if wanted, crop=X0..X1xY0..Y1, "
      "downsample=N, polarity=both|merge|on|off, order=yxp|pyx, counts=0|1, start=MICROSECONDS");
  events->needs(layout);
  layout->needs(events);
  command
      .add_option("--poisson", options.poisson,
                  "POPULATION=RATE_HZ: random spikes, at most one per neuron and step; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--regular", options.regular,
                  "POPULATION=INTERVAL[,PHASE] in steps: regular spikes of all neurons; repeatable")
      ->allow_extra_args(false);
  command.add_option("--source-seed", options.source_seed, "seed of --poisson")
      ->capture_default_str();
  command
      .add_option("--learning", options.learning,
                  "on or off (default: on if a projection of the network has a rule)")
      ->check(one_of({"on", "off"}));
  command
      .add_option("--firmware", options.firmware,
                  "on or off: whether the program of the management core that the network names "
                  "runs the samples")
      ->check(one_of({"on", "off"}))
      ->capture_default_str();
  auto* period =
      command
          .add_option("--period", options.period,
                      "fewest cycles of a step, for a run in real time; without it a step begins "
                      "as soon as it can")
          ->check(whole(1, std::numeric_limits<std::uint32_t>::max()));
  command
      .add_flag("--hard-steps", options.hard_steps,
                "a step ends after --period whatever is under way, and what comes late counts in "
                "the step in which it comes; says how far the results are from the ideal (model "
                "only)")
      ->needs(period);
  command.add_option("--steps", options.steps, "number of steps of each sample")
      ->required()
      ->check(whole(1, std::uint64_t{1} << 40));
  command.add_option("--samples", options.samples, "number of samples (default: as in the input)")
      ->check(whole(1, std::numeric_limits<std::uint32_t>::max()));
  command
      .add_option("--clear", options.clear,
                  "state cleared before each sample: all, membrane (not adaptive thresholds), none")
      ->check(one_of({"all", "membrane", "none"}))
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
          "QUANTITY:POPULATION[NEURONS]@EVERY, such as 'v:out[0..9]@10': spikes, or v, i or "
          "weight:FROM,TO, read after every EVERY steps (@end: after the last step of a sample); "
          "repeatable")
      ->allow_extra_args(false);
  command.add_option(
      "--plot", options.plot,
      "picture (.png, .svg, .pdf) of the spikes and of the recorded V, I and weights");
  command.add_flag("--activity", options.activity,
                   "records what each core and link does, for spikemesh report (model only)");
  command.add_flag("--messages", options.messages,
                   "also writes messages.csv: the way of each packet, in cycles (model only)");
  command.add_flag("--json", options.json, "prints stats.json and the folder as JSON on stdout");
  command.add_option("--save-network", options.save_network,
                     "network file to write after the run, with the learned weights");
}

void add_chip(CLI::App& command, RunOptions& options) {
  auto* config = command.add_option("--config", options.config,
                                    "build: default, ecp5, tiny, odd, or a JSON file");
  auto* executor =
      command.add_option("--executor", options.executor,
                         "reference (no clock), model, rtl, or lockstep (model and rtl, compared)");
  auto* port = command.add_option(
      "--port", options.port,
      "port of a chip: a serial port, a pseudo-terminal, tcp:HOST:PORT, or mem:FILE@OFFSET");
  executor->check(one_of({"reference", "model", "rtl", "lockstep"}));
  port->excludes(executor);
  add_rtl_tiles(command, options.rtl_tiles, executor);
  command
      .add_option(
          "--baud", options.baud,
          "changes a serial port and its chip to this baud rate, or to the next lower one that "
          "works (default: 115200, unchanged)")
      ->needs(port)
      ->check(whole(300u, 25'000'000u));
  command
      .add_option("--threads", options.threads,
                  "threads that share the work of the reference; its results do not depend on them")
      ->check(whole(1, model::Reference::kMostThreads))
      ->capture_default_str();
  command.add_flag(
      "--mpi", options.mpi,
      "shares the tiles of the reference among the processes that mpirun started; the first of "
      "them writes what there is to write");
  command
      .add_option("--load", options.load,
                  "how words come into a chip: direct (at once, where the chip is the model alone "
                  "and has no waves) or link (always over its UART)")
      ->check(one_of({"direct", "link"}))
      ->capture_default_str();
  add_waves(command, options.waves,
            "file for waves (FST); lockstep writes the RTL to FILE and the model to FILE.model.fst")
      ->excludes(port);
  add_map_options(command, options.map);
  command
      .add_option("--seed", options.map.seed, "seed of the placement and of the sequence numbers")
      ->capture_default_str();
  config->capture_default_str()->each(
      [&options](const std::string&) { options.config_given = true; });
  executor->capture_default_str();
}

/// Options that `add` adds stand together in the help.
void add_group(CLI::App& command, const char* name, RunOptions& options,
               void (*add)(CLI::App&, RunOptions&)) {
  command.option_defaults()->group(name);
  add(command, options);
  command.option_defaults()->group("Options");
}

}  // namespace

void add_run_options(CLI::App& command, RunOptions& options) {
  add_group(command, "Input", options, add_stimulus);
  add_group(command, "Results", options, add_results);
  add_group(command, "Chip", options, add_chip);
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
  for (const std::string& file : options.events) command += fmt::format(" --events '{}'", file);
  if (!options.event_layout.empty())
    command += fmt::format(" --event-layout '{}'", options.event_layout);
  for (const std::string& source : options.poisson)
    command += fmt::format(" --poisson '{}'", source);
  for (const std::string& source : options.regular)
    command += fmt::format(" --regular '{}'", source);
  if (!options.poisson.empty()) command += fmt::format(" --source-seed {}", options.source_seed);
  for (const std::string& probe : options.record) command += fmt::format(" --record '{}'", probe);
  if (options.firmware != "on") command += " --firmware " + options.firmware;
  if (!options.learning.empty()) command += " --learning " + options.learning;
  if (options.period != 0) command += fmt::format(" --period {}", options.period);
  if (options.load == "link") command += " --load link";
  if (options.map.min_tiles) command += fmt::format(" --min-tiles {}", options.map.min_tiles);
  if (options.map.split_weights)
    command += fmt::format(" --split-weights {}", *options.map.split_weights);
  if (options.map.relays) command += " --relays";
  return {std::to_string(options.map.seed), command + " --out waves --waves waves.fst"};
}

}  // namespace spikemesh::sim
