// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "sim/cli/commands.hpp"
#include "sim/cli/event_inputs.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options/baud_option.hpp"
#include "sim/cli/options/run_options.hpp"
#include "sim/cli/progress.hpp"
#include "sim/plot/plot.hpp"
#include "sim/ranks/ranks.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/session.hpp"
#include "sim/stopwatch.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

constexpr OptionStyle kStyle{.shell = true};
constexpr std::size_t kMostMessages = 1'000'000;

/// The processes that --mpi asks for, or nullptr.
Ranks* ranks_of(const RunOptions& options) {
  if (!options.mpi) return nullptr;
  if (options.port || !options.rtl_tiles.empty() || options.executor != "reference")
    throw InputError(
        "--mpi: only the reference is shared out among processes; leave it out, or --executor, "
        "--port and --rtl-tile");
  return &join_ranks();
}

/// One process of several does.
bool speaks(const Ranks* ranks) { return ranks == nullptr || ranks->rank() == 0; }

/// `guard`: once there is something to keep.
SessionOptions session_options(const RunOptions& options, const Network& network, Ranks* ranks,
                               Progress& line, const std::optional<InterruptGuard>& guard) {
  SessionOptions session;
  session.peers = ranks;
  if (!options.port && options.rtl_tiles.empty() && options.executor != "reference")
    session.executor = kExecutors.at(options.executor);
  if (options.config_given || !options.port) session.config = options.config;
  session.port = options.port;
  if (options.baud != 0) session.negotiated_baud = options.baud;
  session.waves = options.waves.window();
  session.rtl_tiles = options.rtl_tiles;
  session.threads = options.threads;
  session.over_link = options.load == "link";
  session.activity = options.activity || options.messages;
  if (options.messages) session.messages = kMostMessages;
  session.hard_steps = options.hard_steps;
  session.management_core = network.early_exit && options.firmware == "on" && !options.port &&
                            options.rtl_tiles.empty() && !options.hard_steps &&
                            options.threads == 1 && ranks == nullptr;
  session.seed = options.map.seed;
  session.rerun = rerun_of(options);
  session.style = kStyle;
  session.progress = [&, speaks = speaks(ranks)](std::string_view unit, std::uint64_t done,
                                                 std::uint64_t all) {
    if (guard) guard->check();
    if (speaks) line.show(unit, done, all);
  };
  return session;
}

RunRequest request_of(const RunOptions& options, const Network& network, bool speaks) {
  RunRequest request;
  request.steps = options.steps;
  if (options.samples > 0) request.samples = options.samples;
  request.clear = parse_clear(options.clear, kStyle);
  if (!options.input.empty()) request.inputs = read_spikes(options.input);
  request.inputs_name = options.input.empty() ? "sources" : options.input;
  EventInputs events =
      read_event_inputs(options.events, options.event_layout, network, options.steps);
  if (speaks)
    for (const std::string& note : events.notes) fmt::print(stderr, "spikemesh: {}\n", note);
  std::move(events.rows.begin(), events.rows.end(), std::back_inserter(request.inputs));
  if (!request.samples && events.samples > 0) {
    request.samples = events.samples;
    for (const SpikeRow& row : request.inputs)
      request.samples = std::max(*request.samples, row.sample + 1);
  }
  for (const std::string& text : options.poisson)
    request.sources.push_back(parse_poisson(text, "--poisson"));
  for (const std::string& text : options.regular)
    request.sources.push_back(parse_regular(text, "--regular"));
  request.source_seed = options.source_seed;
  request.record = options.record;
  if (!options.learning.empty()) request.learning = options.learning == "on";
  request.period = options.period;
  request.firmware = options.firmware == "on";
  return request;
}

RunConfig config_of(const RunOptions& options, const Network& network, std::uint32_t samples) {
  return {options.network, options.input,      options.runs_on(),
          options.clear,   network.dt_ms(),    options.steps,
          samples,         options.map.seed,   options.map.min_tiles,
          options.poisson, options.regular,    options.source_seed,
          options.record,  options.events,     options.event_layout,
          options.period,  options.hard_steps, options.firmware == "on"};
}

/// How far the program early-exit came in the samples that it ended.
void print_answers(const RunOptions& options, const RunResult& result) {
  const double all =
      static_cast<double>(options.steps) * static_cast<double>(result.answers.size());
  if (result.early_exit && all > 0)
    fmt::print("early-exit ran {} of {} steps ({:.1f} %); the answers are in answers.csv\n",
               result.steps, all, 100 * static_cast<double>(result.steps) / all);
}

void print_summary(const RunOptions& options, const RunResult& result) {
  const std::uint64_t cycles = result.stats ? result.stats->cycles : 0;
  fmt::print("{} samples, {} steps, {} input spikes, {} recorded spikes in {:.3f} s{}: {}\n",
             result.samples, result.steps, result.input_spikes, result.spikes.size(), result.run_s,
             cycles > 0 ? fmt::format(" ({} cycles)", cycles) : "", options.out);
  print_answers(options, result);
}

void tell_of_stretched(const RunOptions& options, const RunResult& result) {
  if (options.period == 0 || options.hard_steps || !result.stats || result.stats->stretched == 0)
    return;
  fmt::print(stderr,
             "spikemesh: {} of {} steps took longer than the {} cycles of --period and held up the "
             "next one\n",
             result.stats->stretched, result.steps, options.period);
}

void tell_of_hard_steps(const RunResult& result) {
  if (!result.hard_steps) return;
  const HardSteps& hard = *result.hard_steps;
  std::uint64_t missing = 0, added = 0, ideal = 0;
  for (const SpikeDeviation& each : hard.spikes) {
    missing += each.missing;
    added += each.added;
    ideal += each.ideal_spikes;
  }
  fmt::print(stderr,
             "spikemesh: {} of {} packets came late; of {} recorded spikes of the ideal run {} are "
             "missing, and {} are added\n",
             hard.late, hard.packets, ideal, missing, added);
}

void warn_of_counters(const RunResult& result) {
  if (!result.stats) return;
  if (!result.stats->exact)
    fmt::print(stderr,
               "spikemesh: the counters of the tiles, which have 32 bits on the chip, may have "
               "wrapped, so stats.json does not give them; run fewer steps at a time\n");
  else if (const auto clipped = result.stats->total(spec::Counter::saturations); clipped > 0)
    fmt::print(stderr,
               "spikemesh: {} neuron updates were clipped to 24 bits; lower v_scale or the weights "
               "if that matters\n",
               clipped);
}

void plot(const std::string& python, const RunOptions& options, const Network& network) {
  draw_plot(python, options.out, options.plot);
  const bool curve =
      std::any_of(options.record.begin(), options.record.end(),
                  [](const std::string& text) { return text.starts_with("weight:"); });
  for (const Projection& projection : network.projections()) {
    if (!projection.rule || curve || options.learning == "off") continue;
    fmt::print(stderr, "spikemesh: --plot: for a learning curve add --record 'weight:{},{}@end'\n",
               network.populations()[projection.from].name,
               network.populations()[projection.to].name);
    return;
  }
}

/// What would else be told when the run is over, too late.
void check_outputs(const RunOptions& options) {
  if (!options.save_network.empty()) check_output_file(options.save_network);
  if (!options.plot.empty()) check_output_file(options.plot);
}

/// What a run that ended early has learned until then is saved, too, where it can still be read.
void save_learned(const RunOptions& options, Session& session, const RunResult& result) {
  if (options.save_network.empty()) return;
  try {
    save_network(session.learned(), options.save_network);
  } catch (const Error& error) {
    if (!result.failure) throw;
    fmt::print(stderr,
               "spikemesh: --save-network: what was learned until then cannot be read: {}\n",
               error.what());
  }
}

[[noreturn]] void end_early(const RunOptions& options, Session& session, const RunResult& result) {
  try {
    session.close();  // completes waves
  } catch (const InputError& error) {
    fmt::print(stderr, "spikemesh: {}\n", error.what());
  }
  if (result.steps > 0)
    fmt::print(stderr,
               "spikemesh: the run ended early, after {} steps; what there was until then is "
               "in {}\n",
               result.steps, options.out);
  std::rethrow_exception(result.failure);
}

void tell(const RunOptions& options, const RunConfig& config, const RunResult& result) {
  if (options.json)
    fmt::print("{}", summary_json(options.out, config, result));
  else
    print_summary(options, result);
  tell_of_stretched(options, result);
  tell_of_hard_steps(result);
  fmt::print(stderr, "{}", flits_text(options.rtl_tiles));
  warn_of_counters(result);
}

Mapped map_of(const RunOptions& options, const Network& network, const spec::Build& build,
              bool speaks) {
  Mapped mapped = map_network(network, build, options.map);
  if (speaks)
    for (const std::string& warning : mapped.report.conversion.warnings())
      fmt::print(stderr, "spikemesh: warning: {}\n", warning);
  return mapped;
}

/// What the first process of several asks for when a run is over, all have to answer.
void answer(const RunOptions& options, Session& session, const RunResult& result) {
  if (!options.save_network.empty() && (!result.failure || result.steps > 0)) session.learned();
  if (result.failure) std::rethrow_exception(result.failure);
}

/// Writes and says what a run gave.
void give(const RunOptions& options, const Network& network, Session& session,
          const RunConfig& config, const MapReport& report, RunFolder& folder,
          const std::string& python, const RunResult& result) {
  if (!result.failure || result.steps > 0) {
    folder.write(config, report, result);
    save_learned(options, session, result);
  }
  if (result.failure) end_early(options, session, result);
  session.expect_reference(result);
  session.close();
  tell(options, config, result);
  if (!options.plot.empty()) plot(python, options, network);
  require_spikes(options.rtl_tiles);
}

void run(const RunOptions& options) {
  Stopwatch watch;
  const std::vector<Probe> probes = parse_probes(options.record, options.steps, kStyle);
  Ranks* const ranks = ranks_of(options);
  const bool speaks = sim::speaks(ranks);
  auto held = std::make_shared<Network>(load_network(options.network));
  apply_probes(*held, probes);
  const Network& network = *held;
  Progress line;
  std::optional<InterruptGuard> guard;
  Session session(session_options(options, network, ranks, line, guard));
  watch.lap();
  Mapped mapped = map_of(options, network, session.build(), speaks);
  const double map_s = watch.lap();
  const RunPlan plan =
      plan_run(request_of(options, network, speaks),
               {network, mapped, session.has_clock(), session.has_core()}, {}, kStyle);
  std::optional<RunFolder> folder;
  std::string python;
  if (speaks) {
    folder.emplace(options.out, kStyle);
    if (!options.plot.empty()) python = check_plot(options.plot);
    check_outputs(options);
  }
  const MapReport report = mapped.report;
  watch.lap();
  guard.emplace();
  session.load(std::move(held), std::move(mapped));
  const double load_s = watch.lap();
  RunResult result = session.run(plan, true);
  line.end();
  result.map_s = map_s;
  result.load_s = load_s;
  if (speaks)
    give(options, network, session, config_of(options, network, plan.samples), report, *folder,
         python, result);
  else
    answer(options, session, result);
  if (ranks != nullptr) ranks->finish();
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "run", "runs a network on a chip or a simulated chip, and writes the results to a folder");
  const auto options = std::make_shared<RunOptions>();
  add_run_options(*command, *options);
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
