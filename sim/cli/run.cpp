// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "sim/cli/commands.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/run/plot.hpp"
#include "sim/run/reference_machine.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/runner.hpp"
#include "sim/run/spike_difference.hpp"
#include "spikemesh/learned.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/sources.hpp"

namespace spikemesh::sim {
namespace {

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
std::uint64_t sample_pitch(const RunOptions& options, const Image& image) {
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

std::vector<Probe> probes_of(const RunOptions& options) {
  std::vector<Probe> probes;
  for (const std::string& text : options.record) {
    probes.push_back(parse_probe(text, "--record"));
    if (probes.back().every > options.steps)
      throw InputError(fmt::format(
          "--record {}: a sample ends after {} steps, so nothing would be read; choose a shorter "
          "interval, or @end",
          text, options.steps));
  }
  return probes;
}

/// What `recorder` will fill, with weights as they are before the run.
std::vector<RecordedTrace> begin_traces(const RunOptions& options, const Recorder& recorder,
                                        Machine& machine) {
  std::vector<RecordedTrace> traces;
  for (const std::string& text : options.record) {
    const Quantity quantity = parse_probe(text, "--record").quantity;
    if (quantity == Quantity::spikes) continue;
    RecordedTrace& each = traces.emplace_back(RecordedTrace{.text = text});
    if (quantity == Quantity::weight) each.begin = recorder.read(machine, traces.size() - 1);
  }
  return traces;
}

/// What the author's units of V and I are on the chip, where neurons are given in them.
void add_scales(const Network& network, const MapReport& map, std::vector<RecordedTrace>& traces) {
  for (RecordedTrace& each : traces) {
    const Probe& probe = each.trace.probe;
    const Population& population = network.populations()[network.find(probe.population).value()];
    if (probe.quantity != Quantity::weight &&
        std::holds_alternative<PhysicalNeurons>(population.neurons))
      each.v_scale = map.conversion.v_scale;
  }
}

/// Runs the samples on a machine that holds the image.
void run_machine(const RunOptions& options, Machine& machine, const Image& image,
                 const Recorder& recorder, const std::vector<InputSpike>& inputs,
                 RunResult& result) {
  const SampleOptions sample{.steps = options.steps,
                             .pitch = sample_pitch(options, image),
                             .clear_mask = clear_mask(options.clear)};
  auto entries = entries_of(inputs, image, result.samples);
  const bool learns = options.learning.empty() ? !image.plastics.empty() : options.learning == "on";
  if (learns) entries.front().push_back({0, 1, spec::EntryKind::learning});
  result.traces = begin_traces(options, recorder, machine);
  Recording recording = recorder.run(machine, entries, sample);
  for (std::uint32_t k = 0; k < result.samples; ++k)
    for (const OutSpike& spike : recording.spikes[k])
      result.spikes.push_back({k, spike.step, image.labels[spike.label].population,
                               image.labels[spike.label].neuron, 1, 0});
  for (std::size_t i = 0; i < result.traces.size(); ++i)
    result.traces[i].trace = std::move(recording.traces[i]);
  result.steps = sample.pitch * result.samples;
  for (const InputSpike& spike : inputs) result.input_spikes += spike.count;
}

/// A mesh with RTL tiles must give what the reference gives, however strictly it is looked at.
void compare_with_reference(const RunOptions& options, const Mapped& mapped,
                            const Recorder& recorder, const std::vector<InputSpike>& inputs,
                            const RunResult& result) {
  ReferenceMachine reference(mapped.image.build);
  reference.load(mapped.image);
  RunResult wanted;
  wanted.samples = result.samples;
  run_machine(options, reference, mapped.image, recorder, inputs, wanted);
  expect_spikes(result.spikes, wanted.spikes, rerun_of(options));
  expect_traces(result.traces, wanted.traces, rerun_of(options));
}

void print_summary(const RunOptions& options, const RunResult& result) {
  fmt::print("{} samples, {} steps, {} input spikes, {} recorded spikes in {:.3f} s{}: {}\n",
             result.samples, result.steps, result.input_spikes, result.spikes.size(), result.run_s,
             result.after.cycles > 0
                 ? fmt::format(" ({} cycles)", result.after.cycles - result.before.cycles)
                 : "",
             options.out);
}

void warn_of_clipping(const RunResult& result) {
  if (const auto clipped = total_counters(result).saturations; clipped > 0)
    fmt::print(stderr,
               "spikemesh: {} neuron updates were clipped to 24 bits; lower v_scale or the weights "
               "if that matters\n",
               clipped);
}

/// Input spikes of file and sources; `samples`: as asked for, or as many as the file has.
std::vector<InputSpike> inputs_of(const RunOptions& options, const Network& network,
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
void check_learning(const RunOptions& options, const Network& network) {
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

RunConfig config_of(const RunOptions& options, const Network& network, std::uint32_t samples) {
  return {options.network,       options.input,   options.runs_on(), options.clear,
          network.dt_ms(),       options.steps,   samples,           options.map.seed,
          options.map.min_tiles, options.poisson, options.regular,   options.source_seed,
          options.record};
}

std::vector<RunResult::Recorded> recorded_of(const Network& network) {
  std::vector<RunResult::Recorded> all;
  for (const Population& each : network.populations())
    if (!each.recorded.empty()) all.push_back({each.name, each.recorded.size(), each.size});
  return all;
}

void plot(const std::string& python, const RunOptions& options, const Network& network,
          std::span<const Probe> probes) {
  draw_plot(python, options.out, options.plot);
  const bool curve = std::any_of(probes.begin(), probes.end(), [](const Probe& probe) {
    return probe.quantity == Quantity::weight;
  });
  for (const Projection& projection : network.projections()) {
    if (!projection.rule || curve || options.learning == "off") continue;
    fmt::print(stderr, "spikemesh: --plot: for a learning curve add --record 'weight:{},{}@end'\n",
               network.populations()[projection.from].name,
               network.populations()[projection.to].name);
    return;
  }
}

/// What would be told when the run is over, too late.
void check_saved(const RunOptions& options) {
  const std::filesystem::path saved(options.save_network);
  if (saved.has_parent_path() && !std::filesystem::is_directory(saved.parent_path()))
    throw InputError(
        fmt::format("{}: cannot be written; check folder, permissions and room", saved.string()));
}

void run(const RunOptions& options) {
  Stopwatch watch;
  RunResult result;
  const std::vector<Probe> probes = probes_of(options);
  const std::string python = options.plot.empty() ? "" : check_plot(options.plot);
  Network network = load_network(options.network);
  apply_probes(network, probes);
  RunProgress progress;
  Runner runner = make_runner(options, progress);
  watch.lap();
  const Mapped mapped = map_network(network, runner.machine->build(), options.map);
  check_learning(options, network);
  const Recorder recorder(mapped.image, probes);
  result.map_s = watch.lap();
  const std::vector<InputSpike> inputs = inputs_of(options, network, mapped.image, result.samples);
  progress.steps = sample_pitch(options, mapped.image) * result.samples;
  check_saved(options);
  const RunFolder folder(options.out);
  watch.lap();
  runner.machine->load(mapped.image);
  result.load_s = watch.lap();
  result.before = runner.machine->stats();
  watch.lap();
  run_machine(options, *runner.machine, mapped.image, recorder, inputs, result);
  result.run_s = watch.lap();
  progress.line.end();
  result.after = runner.machine->stats();
  result.recorded = recorded_of(network);
  add_scales(network, mapped.report, result.traces);
  if (!options.save_network.empty())
    save_network(read_learned(network, mapped, *runner.machine), options.save_network);
  const RunConfig config = config_of(options, network, result.samples);
  write_run_folder(options.out, config, mapped.report, result);
  if (!options.rtl_tiles.empty()) compare_with_reference(options, mapped, recorder, inputs, result);
  if (options.json)
    fmt::print("{}", summary_json(options.out, config, result));
  else
    print_summary(options, result);
  warn_of_clipping(result);
  if (!options.plot.empty()) plot(python, options, network, probes);
}

}  // namespace

void add_run(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "run", "runs a network on a chip or a simulated chip, and writes the results to a folder");
  const auto options = std::make_shared<RunOptions>();
  add_run_options(*command, *options);
  command->callback([options] { run(*options); });
}

}  // namespace spikemesh::sim
