// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include "sim/commands/baud_option.hpp"
#include "sim/commands/commands.hpp"
#include "sim/commands/rtl_tile_options.hpp"
#include "sim/commands/run_folder.hpp"
#include "sim/commands/spike_difference.hpp"
#include "sim/commands/waves_options.hpp"
#include "sim/device_transport.hpp"
#include "sim/executor.hpp"
#include "sim/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/learned.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/sources.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::size_t kBatch = 64;  // samples between two lines of progress

struct Options {
  std::string network, input, out;
  std::string config = "default";
  std::string executor = "reference";
  std::string port;
  unsigned baud = 0;  ///< 0: that of the port as it is opened, without negotiation
  std::string clear = "all";
  std::uint64_t steps = 0;
  std::uint32_t samples = 0;
  WavesOptions waves;
  RtlTiles rtl_tiles;
  std::vector<std::string> poisson, regular;
  std::uint64_t source_seed = 1;
  std::string learning;  ///< on, off; empty: on if the network has plastic synapses
  std::string save_network;
  MapOptions map;
};

/// What runs the network, and what it stands on.
struct Runner {
  std::unique_ptr<Device> device;  ///< of an executor with a clock
  std::unique_ptr<Machine> machine;
};

Runner connect(std::unique_ptr<Transport> transport, ClientOptions client_options,
               unsigned baud = 0) {
  Client client(std::move(transport), std::move(client_options));
  if (baud == 0) {
    client.connect();
  } else {
    print_baud(negotiate_baud(client, baud));
  }
  Runner runner;
  runner.machine = std::make_unique<ChipMachine>(std::move(client));
  return runner;
}

/// What a mismatch says of how to see it again.
Rerun rerun_of(const Options& options) {
  std::string command = fmt::format(
      "spikemesh run {} --steps {} --clear {} --config {}{} --seed {}", options.network,
      options.steps, options.clear, options.config,
      options.rtl_tiles.empty() ? " --executor " + options.executor : to_options(options.rtl_tiles),
      options.map.seed);
  if (!options.input.empty()) command += " --input " + options.input;
  if (options.samples) command += fmt::format(" --samples {}", options.samples);
  for (const std::string& source : options.poisson) command += " --poisson " + source;
  for (const std::string& source : options.regular) command += " --regular " + source;
  if (!options.poisson.empty()) command += fmt::format(" --source-seed {}", options.source_seed);
  if (!options.learning.empty()) command += " --learning " + options.learning;
  if (options.map.min_tiles) command += fmt::format(" --min-tiles {}", options.map.min_tiles);
  return {std::to_string(options.map.seed), command + " --out waves --waves waves.fst"};
}

Runner make_runner(const Options& options, bool config_given) {
  if (!options.port.empty()) {
    Runner runner = connect(open_transport(options.port), {}, options.baud);
    spec::Build wanted = load_build(options.config), chip = runner.machine->build();
    wanted.uart_divisor = chip.uart_divisor;
    if (config_given && wanted != chip)
      throw InputError(
          fmt::format("--config {}: the chip at {} is another build; leave --config out",
                      options.config, options.port));
    return runner;
  }
  const spec::Build build = load_build(options.config);
  Runner runner;
  if (options.executor == "reference" && options.rtl_tiles.empty()) {
    if (options.waves.window())
      throw InputError(
          "--waves: the reference has no cycles; use --executor model, rtl or lockstep");
    runner.machine = std::make_unique<ReferenceMachine>(build);
    return runner;
  }
  const Executor executor =
      options.rtl_tiles.empty() ? kExecutors.at(options.executor) : Executor::model;
  auto device = make_device(executor, build, Link::bytes,
                            {options.waves.window(), rerun_of(options), options.rtl_tiles});
  auto transport = std::make_unique<DeviceTransport>(*device, Link::bytes);
  ClientOptions client;
  client.seed = options.map.seed;
  client.now = [clock = transport.get()] { return clock->now(); };
  runner = connect(std::move(transport), std::move(client));
  runner.device = std::move(device);
  return runner;
}

class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    return std::chrono::duration<double>(now - std::exchange(start_, now)).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::uint32_t clear_mask(const std::string& clear) {
  return clear == "all" ? kClearEverything : clear == "membrane" ? kClearMembrane | kClearTrace : 0;
}

/// Steps from the begin of one sample to that of the next. Adaptive thresholds decay in multiples
/// of 2^p: samples that start from nothing are equal only if they begin at such a step.
std::uint64_t sample_pitch(const Options& options, const Image& image) {
  const std::uint64_t period = std::uint64_t{1} << image.adapt_period;
  if (options.clear != "all" || period == 1) return options.steps;
  const std::uint64_t pitch = (options.steps + period - 1) / period * period;
  if (pitch > std::max<std::uint64_t>(65536, 16 * options.steps))
    throw InputError(fmt::format(
        "--clear all: a sample would take {} steps, so that the next begins with a period of the "
        "adaptive "
        "thresholds (2^{} steps); use --clear membrane or set the network's adapt_period",
        pitch, image.adapt_period));
  return pitch;
}

std::vector<std::vector<InEntry>> entries_of(const std::vector<InputSpike>& spikes,
                                             const Image& image, std::uint32_t samples) {
  std::vector<std::vector<InEntry>> entries(samples);
  for (const InputSpike& spike : spikes)
    for (std::uint32_t hit = 0; hit < spike.count; ++hit)
      for (const std::uint32_t payload : image.inputs[spike.input].payloads)
        entries[spike.sample].push_back({spike.step, payload, spec::EntryKind::spike});
  return entries;
}

void progress(std::size_t done, std::size_t all) {
  if (all > kBatch && isatty(STDERR_FILENO))
    fmt::print(stderr, "\rsample {} of {}{}", done, all, done == all ? "\n" : "");
}

void run_machine(const Options& options, Machine& machine, const Image& image,
                 const std::vector<InputSpike>& inputs, std::uint32_t samples, RunResult& result) {
  const std::uint64_t pitch = sample_pitch(options, image);
  auto entries = entries_of(inputs, image, samples);
  const bool learns = options.learning.empty() ? !image.plastics.empty() : options.learning == "on";
  if (learns) entries.front().push_back({0, 1, spec::EntryKind::learning});
  for (std::size_t first = 0; first < samples; first += kBatch) {
    progress(first, samples);
    const auto batch =
        std::span(entries).subspan(first, std::min<std::size_t>(kBatch, samples - first));
    const auto spikes = run_samples(machine, batch, pitch, clear_mask(options.clear));
    for (std::size_t k = 0; k < spikes.size(); ++k)
      for (const OutSpike& spike : spikes[k])
        if (spike.step < options.steps)
          result.spikes.push_back({static_cast<std::uint32_t>(first + k), spike.step,
                                   image.labels[spike.label].population,
                                   image.labels[spike.label].neuron, 1, 0});
  }
  progress(samples, samples);
  result.steps = pitch * samples;
  for (const InputSpike& spike : inputs) result.input_spikes += spike.count;
}

/// A mesh with RTL tiles must give the spikes of the reference, however strictly it is looked at.
void compare_with_reference(const Options& options, const spec::Build& build, const Mapped& mapped,
                            const std::vector<InputSpike>& inputs, const RunConfig& config,
                            const RunResult& result) {
  ReferenceMachine reference(build);
  reference.load(mapped.image);
  RunResult wanted;
  run_machine(options, reference, mapped.image, inputs, config.samples, wanted);
  expect_spikes(result.spikes, wanted.spikes, rerun_of(options));
}

void print_summary(const Options& options, const RunConfig& config, const RunResult& result) {
  fmt::print("{} samples, {} steps, {} input spikes, {} recorded spikes in {:.3f} s{}: {}\n",
             config.samples, result.steps, result.input_spikes, result.spikes.size(), result.run_s,
             result.after.cycles > 0
                 ? fmt::format(" ({} cycles)", result.after.cycles - result.before.cycles)
                 : "",
             options.out);
  if (const auto clipped = total_counters(result).saturations; clipped > 0)
    fmt::print(stderr,
               "spikemesh: {} neuron updates were clipped to 24 bits; lower v_scale or the weights "
               "if that matters\n",
               clipped);
}

/// Input spikes of file and sources; `samples`: as asked for, or as many as the file has.
std::vector<InputSpike> inputs_of(const Options& options, const Network& network,
                                  const Image& image, std::uint32_t& samples) {
  std::vector<SpikeRow> rows;
  if (!options.input.empty()) rows = read_spikes(options.input);
  samples = std::max(1u, options.samples);
  for (const SpikeRow& row : rows) {
    if (options.samples > 0 && row.sample >= options.samples)
      throw InputError(fmt::format("--samples {}: {} has sample {}, too; raise it or leave it out",
                                   options.samples, options.input, row.sample));
    samples = std::max(samples, row.sample + 1);
  }
  const auto add = [&](const Source& source) {
    const auto made = make_spikes(source, network, options.steps, samples, options.source_seed);
    rows.insert(rows.end(), made.begin(), made.end());
  };
  for (const std::string& text : options.poisson) add(parse_poisson(text, "--poisson"));
  for (const std::string& text : options.regular) add(parse_regular(text, "--regular"));
  return match_inputs(rows, image, options.steps,
                      options.input.empty() ? "sources" : options.input);
}

/// Options that the network gives no sense to.
void check_learning(const Options& options, const Network& network) {
  const auto& projections = network.projections();
  const bool plastic = std::any_of(projections.begin(), projections.end(),
                                   [](const Projection& p) { return p.rule.has_value(); });
  if (options.learning == "on" && !plastic)
    throw InputError("--learning on: no projection of the network has a rule; give one a rule");
  for (Network::Id id = 0; id < network.populations().size(); ++id)
    if (network.populations()[id].adapt.given() && options.clear == "all")
      throw InputError(fmt::format(
          "--clear all: {} gives adaptive thresholds to begin with, which this clears; use "
          "--clear membrane",
          network.where_population(id, "/adapt")));
}

void run(const Options& options, bool config_given) {
  Stopwatch watch;
  RunResult result;
  const Network network = load_network(options.network);
  Runner runner = make_runner(options, config_given);
  watch.lap();
  const Mapped mapped = map_network(network, runner.machine->build(), options.map);
  check_learning(options, network);
  result.map_s = watch.lap();
  std::uint32_t samples = 1;
  const std::vector<InputSpike> inputs = inputs_of(options, network, mapped.image, samples);
  watch.lap();
  runner.machine->load(mapped.image);
  result.load_s = watch.lap();
  result.before = runner.machine->stats();
  watch.lap();
  run_machine(options, *runner.machine, mapped.image, inputs, samples, result);
  result.run_s = watch.lap();
  result.after = runner.machine->stats();
  if (!options.save_network.empty())
    save_network(read_learned(network, mapped, *runner.machine), options.save_network);
  const RunConfig config{options.network,
                         options.input,
                         !options.port.empty()       ? options.port
                         : options.rtl_tiles.empty() ? options.executor
                                                     : "model" + to_options(options.rtl_tiles),
                         options.clear,
                         options.steps,
                         samples,
                         options.map.seed,
                         options.map.min_tiles,
                         options.poisson,
                         options.regular,
                         options.source_seed};
  write_run_folder(options.out, config, mapped.report, result);
  if (!options.rtl_tiles.empty())
    compare_with_reference(options, runner.machine->build(), mapped, inputs, config, result);
  print_summary(options, config, result);
}

void add_stimulus(CLI::App& command, Options& options) {
  command.add_option("network", options.network, "network file (docs/network.md)")->required();
  command.add_option("--input", options.input,
                     "input spikes: CSV with step,population,neuron and, if wanted, sample, count");
  command.add_option(
      "--poisson", options.poisson,
      "POPULATION=RATE_HZ: random spikes, at most one a neuron and step; repeatable");
  command.add_option("--regular", options.regular,
                     "POPULATION=INTERVAL[,PHASE]: spikes of all neurons, in steps; repeatable");
  command.add_option("--source-seed", options.source_seed, "of --poisson")->capture_default_str();
  command
      .add_option("--learning", options.learning,
                  "on, off (without: on if a projection of the network has a rule)")
      ->check(CLI::IsMember({"on", "off"}));
  command.add_option("--save-network", options.save_network,
                     "network file to be written after the run, with what was learned");
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

/// Returns --config.
CLI::Option* add_chip(CLI::App& command, Options& options) {
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
  config->capture_default_str();
  executor->capture_default_str();
  return config;
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "run", "run a network on a chip, or on what stands in for one; writes a folder");
  const auto options = std::make_shared<Options>();
  add_stimulus(*command, *options);
  command
      ->add_option("--out", options->out,
                   "folder for spikes.csv, config.json, map.json, stats.json")
      ->required();
  const CLI::Option* config = add_chip(*command, *options);
  command->callback([options, config] { run(*options, config->count() > 0); });
}

}  // namespace spikemesh::sim
