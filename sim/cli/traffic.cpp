// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <limits>
#include <memory>
#include <string_view>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/cli/progress.hpp"
#include "sim/traffic/traffic_run.hpp"

namespace spikemesh::sim {
namespace {

struct TrafficCommand {
  TrafficOptions traffic;
  bool json = false;
};

void print(const TrafficCommand& command, const TrafficRun& run) {
  const TrafficOptions& options = command.traffic;
  const RunResult& result = run.result;
  if (command.json) {
    fmt::print("{}", summary_json(options.out, run.config, result));
    return;
  }
  fmt::print("{} nodes, {} packets, {} steps in {} cycles, {:.3f} s: {}\n", run.nodes, run.packets,
             result.steps, result.stats ? result.stats->cycles : 0, result.run_s,
             options.out.string());
  if (options.period != 0 && result.stats && result.stats->stretched > 0)
    fmt::print(stderr,
               "spikemesh: {} of {} steps took longer than the {} cycles of --period and held up "
               "the next one\n",
               result.stats->stretched, result.steps, options.period);
}

void run(TrafficCommand command) {
  Progress line;
  const InterruptGuard guard;
  command.traffic.style = {.shell = true};
  command.traffic.progress = [&](std::string_view unit, std::uint64_t done, std::uint64_t all) {
    guard.check();
    line.show(unit, done, all);
  };
  const TrafficRun run = run_traffic(command.traffic);
  line.end();
  print(command, run);
}

}  // namespace

void add_traffic(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "traffic", "sends the packets of a file through a mesh, without a network of neurons");
  const auto options = std::make_shared<TrafficCommand>();
  command
      ->add_option("file", options->traffic.file,
                   "packets: CSV with step,source,destination, or messages.csv of a run "
                   "(docs/exploration/traffic.md)")
      ->required();
  command->add_option("--out", options->traffic.out, "folder for stats.json, config.json, map.json")
      ->required();
  command
      ->add_option("--config", options->traffic.config,
                   "build: default, ecp5, tiny, odd, or a JSON file")
      ->capture_default_str();
  command
      ->add_option(
          "--placement", options->traffic.placement,
          "which tile each node gets, where the file gives none: annealed and spectral (by "
          "the packets), row_major, random")
      ->check(one_of({"annealed", "spectral", "row_major", "random"}))
      ->capture_default_str();
  command->add_option("--seed", options->traffic.seed, "seed of the placement")
      ->capture_default_str();
  command
      ->add_option("--steps", options->traffic.steps,
                   "number of steps (default: up to the last packet)")
      ->check(whole(1, kMostSteps));
  command
      ->add_option("--period", options->traffic.period,
                   "fewest cycles of a step; without it a step begins as soon as it can")
      ->check(whole(1, std::numeric_limits<std::uint32_t>::max()));
  command->add_flag("--activity", options->traffic.activity,
                    "records what each node and link does, for spikemesh report");
  command->add_flag("--json", options->json, "prints stats.json and the folder as JSON on stdout");
  command->callback([options] {
    try {
      run(*options);
    } catch (const Interrupted& interrupted) {
      fmt::print(stderr, "spikemesh: {}\n", interrupted.what());
      throw CLI::RuntimeError(interrupted.exit_code());
    }
  });
}

}  // namespace spikemesh::sim
