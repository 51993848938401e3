// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <string>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/cli/progress.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/session.hpp"
#include "sim/stopwatch.hpp"
#include "sim/traffic/traffic_map.hpp"
#include "spikemesh/build.hpp"

namespace spikemesh::sim {
namespace {

struct TrafficCommand {
  std::string file, out;
  std::string config = "default";
  std::string placement = "annealed";
  std::uint64_t seed = 1;
  std::uint64_t steps = 0;  ///< 0: up to the last packet
  std::uint32_t period = 0;
  bool json = false, activity = false;
};

Placement placement_of(const std::string& name) {
  if (name == "row_major") return Placement::row_major;
  if (name == "random") return Placement::random;
  return name == "spectral" ? Placement::spectral : Placement::annealed;
}

RunRequest request_of(const TrafficCommand& options, const TrafficTrace& trace) {
  if (options.steps != 0 && options.steps < trace.steps())
    throw InputError(
        fmt::format("--steps {}: {} sends packets in {} steps; raise it or leave it out",
                    options.steps, trace.name, trace.steps()));
  RunRequest request;
  request.steps = std::max(options.steps, trace.steps());
  request.samples = 1;
  request.clear = Clear::none;
  request.inputs = host_packets(trace);
  request.inputs_name = trace.name;
  request.period = options.period;
  return request;
}

RunConfig config_of(const TrafficCommand& options, const RunRequest& request) {
  RunConfig config;
  config.network = options.file;
  config.executor = "model";
  config.clear = to_string(request.clear);
  config.steps = request.steps;
  config.samples = 1;
  config.seed = options.seed;
  config.period = options.period;
  return config;
}

void print(const TrafficCommand& options, const TrafficTrace& trace, const RunConfig& config,
           const RunResult& result) {
  if (options.json) {
    fmt::print("{}", summary_json(options.out, config, result));
    return;
  }
  fmt::print("{} nodes, {} packets, {} steps in {} cycles, {:.3f} s: {}\n", trace.nodes.size(),
             trace.packets, result.steps, result.stats ? result.stats->cycles : 0, result.run_s,
             options.out);
  if (options.period != 0 && result.stats && result.stats->stretched > 0)
    fmt::print(stderr,
               "spikemesh: {} of {} steps took longer than the {} cycles of --period and held up "
               "the next one\n",
               result.stats->stretched, result.steps, options.period);
}

void run(const TrafficCommand& options) {
  const TrafficTrace trace = read_trace(options.file);
  const spec::Build build = load_build(options.config);
  Stopwatch watch;
  const MapOptions map{.seed = options.seed, .placement = placement_of(options.placement)};
  MappedTraffic traffic = map_traffic(trace, build, map);
  const double map_s = watch.lap();
  Progress line;
  const InterruptGuard guard;
  SessionOptions session_options;
  session_options.executor = Executor::model;
  session_options.build = build;
  session_options.activity = options.activity;
  session_options.traffic = traffic.sent;
  session_options.style = {.shell = true};
  session_options.progress = [&](std::string_view unit, std::uint64_t done, std::uint64_t all) {
    guard.check();
    line.show(unit, done, all);
  };
  Session session(std::move(session_options));
  RunFolder folder(options.out, {.shell = true});
  const MapReport report = traffic.mapped.report;
  watch.lap();
  session.load(traffic_network(trace), std::move(traffic.mapped));
  const double load_s = watch.lap();
  const RunRequest request = request_of(options, trace);
  RunResult result = session.run(session.plan(request), true);
  line.end();
  result.map_s = map_s;
  result.load_s = load_s;
  const RunConfig config = config_of(options, request);
  if (!result.failure || result.steps > 0) folder.write(config, report, result);
  if (result.failure) std::rethrow_exception(result.failure);
  session.close();
  print(options, trace, config, result);
}

}  // namespace

void add_traffic(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "traffic", "sends the packets of a file through a mesh, without a network of neurons");
  const auto options = std::make_shared<TrafficCommand>();
  command
      ->add_option("file", options->file,
                   "packets: CSV with step,source,destination, or messages.csv of a run "
                   "(docs/exploration/traffic.md)")
      ->required();
  command->add_option("--out", options->out, "folder for stats.json, config.json, map.json")
      ->required();
  command
      ->add_option("--config", options->config, "build: default, ecp5, tiny, odd, or a JSON file")
      ->capture_default_str();
  command
      ->add_option(
          "--placement", options->placement,
          "which tile each node gets, where the file gives none: annealed and spectral (by "
          "the packets), row_major, random")
      ->check(one_of({"annealed", "spectral", "row_major", "random"}))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "seed of the placement")->capture_default_str();
  command->add_option("--steps", options->steps, "number of steps (default: up to the last packet)")
      ->check(whole(1, kMostSteps));
  command
      ->add_option("--period", options->period,
                   "fewest cycles of a step; without it a step begins as soon as it can")
      ->check(whole(1, std::numeric_limits<std::uint32_t>::max()));
  command->add_flag("--activity", options->activity,
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
