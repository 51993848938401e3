// SPDX-License-Identifier: Apache-2.0
#include "sim/traffic/traffic_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>

#include "sim/run/session.hpp"
#include "sim/stopwatch.hpp"
#include "sim/traffic/traffic_map.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

Placement placement_of(const TrafficOptions& options) {
  if (options.placement == "annealed") return Placement::annealed;
  if (options.placement == "spectral") return Placement::spectral;
  if (options.placement == "row_major") return Placement::row_major;
  if (options.placement == "random") return Placement::random;
  throw InputError(fmt::format("{}: \"{}\", but it is annealed, spectral, row_major or random",
                               options.style.name("placement"), shown(options.placement)));
}

RunRequest request_of(const TrafficOptions& options, const TrafficTrace& trace) {
  if (options.steps != 0 && options.steps < trace.steps())
    throw InputError(fmt::format("{} {}: {} sends packets in {} steps; raise it or leave it out",
                                 options.style.name("steps"), options.steps, trace.name,
                                 trace.steps()));
  RunRequest request;
  request.steps = std::max(options.steps, trace.steps());
  request.samples = 1;
  request.clear = Clear::none;
  request.inputs = host_packets(trace);
  request.inputs_name = trace.name;
  request.period = options.period;
  return request;
}

RunConfig config_of(const TrafficOptions& options, const RunRequest& request) {
  RunConfig config;
  config.network = options.file.string();
  config.executor = "model";
  config.clear = to_string(request.clear);
  config.steps = request.steps;
  config.samples = 1;
  config.seed = options.seed;
  config.period = options.period;
  return config;
}

SessionOptions session_options(const TrafficOptions& options, const spec::Build& build,
                               std::shared_ptr<const model::Traffic> sent) {
  SessionOptions session;
  session.executor = Executor::model;
  session.build = build;
  session.activity = options.activity;
  session.traffic = std::move(sent);
  session.style = options.style;
  session.progress = options.progress;
  return session;
}

}  // namespace

TrafficRun run_traffic(const TrafficOptions& options) {
  const MapOptions map{.seed = options.seed, .placement = placement_of(options)};
  const TrafficTrace trace = read_trace(options.file);
  const spec::Build build = load_build(options.config);
  const RunRequest request = request_of(options, trace);
  Stopwatch watch;
  MappedTraffic traffic = map_traffic(trace, build, map);
  const double map_s = watch.lap();
  Session session(session_options(options, build, traffic.sent));
  RunFolder folder(options.out, options.style);
  const MapReport report = traffic.mapped.report;
  watch.lap();
  session.load(std::make_shared<const Network>(traffic_network(trace)), std::move(traffic.mapped));
  const double load_s = watch.lap();
  TrafficRun run{.nodes = trace.nodes.size(),
                 .packets = trace.packets,
                 .config = config_of(options, request),
                 .result = session.run(session.plan(request), true)};
  run.result.map_s = map_s;
  run.result.load_s = load_s;
  if (!run.result.failure || run.result.steps > 0) folder.write(run.config, report, run.result);
  if (run.result.failure) std::rethrow_exception(run.result.failure);
  session.close();
  return run;
}

}  // namespace spikemesh::sim
