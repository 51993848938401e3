// SPDX-License-Identifier: Apache-2.0
#include "sim/run/request/run_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/link/early_exit.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::string_view kClears[] = {"all", "membrane", "none"};

void check_counts(const RunRequest& request, const OptionStyle& style) {
  const std::uint64_t samples = request.samples.value_or(1);
  if (request.steps < 1 || samples < 1)
    throw InputError(fmt::format("{} {}, {} {}, but both are at least 1", style.name("steps"),
                                 request.steps, style.name("samples"), samples));
  if (request.steps > kMostSteps)
    throw InputError(fmt::format("{} {}, but at most {} (2^40) are allowed; run in pieces",
                                 style.name("steps"), request.steps, kMostSteps));
}

/// Options that the network gives no sense to.
void check_options(const RunRequest& request, const Network& network, const OptionStyle& style) {
  const auto& projections = network.projections();
  const bool plastic = std::any_of(projections.begin(), projections.end(),
                                   [](const Projection& p) { return p.rule.has_value(); });
  if (request.learning.value_or(false) && !plastic)
    throw InputError(fmt::format("{}: no projection of the network has a rule; give one a rule",
                                 style.shell ? style.with("learning", "on") : "learning"));
  if (request.go_on || request.clear == Clear::none) return;
  for (Network::Id id = 0; id < network.populations().size(); ++id) {
    const Population& population = network.populations()[id];
    if (population.v.given() || population.i.given())
      throw InputError(fmt::format(
          "{}: {} gives potentials or currents to begin with, which this clears; use {}",
          style.with("clear", std::string(to_string(request.clear))),
          network.where_population(id, population.v.given() ? "/v" : "/i"),
          style.with("clear", "none")));
  }
  if (request.clear != Clear::all) return;
  for (Network::Id id = 0; id < network.populations().size(); ++id)
    if (network.populations()[id].adapt.given())
      throw InputError(
          fmt::format("{}: {} gives adaptive thresholds to begin with, which this "
                      "clears; use {}",
                      style.with("clear", "all"), network.where_population(id, "/adapt"),
                      style.with("clear", "membrane")));
}

std::uint32_t samples_of(const RunRequest& request, const OptionStyle& style) {
  std::uint32_t samples = request.samples.value_or(1);
  for (const SpikeRow& row : request.inputs) {
    if (request.samples && row.sample >= samples)
      throw InputError(fmt::format("{} {}: {} has sample {}, too; raise it or leave it out",
                                   style.name("samples"), samples, request.inputs_name,
                                   row.sample));
    samples = std::max(samples, row.sample + 1);
  }
  return samples;
}

/// Steps from the begin of one sample to that of the next. Adaptive thresholds decay in multiples
/// of 2^p: samples that start from nothing are equal only if they begin at such a step.
std::uint64_t pitch_of(const RunRequest& request, const Image& image, const OptionStyle& style) {
  const std::uint64_t period = std::uint64_t{1} << image.adapt_period;
  if (request.go_on || request.clear != Clear::all || period == 1) return request.steps;
  const std::uint64_t pitch = (request.steps + period - 1) / period * period;
  if (pitch > std::max<std::uint64_t>(65536, 16 * request.steps))
    throw InputError(fmt::format(
        "{}: a sample would take {} steps, so that the next begins with a period of the adaptive "
        "thresholds (2^{} steps); use {} or set the network's adapt_period",
        style.with("clear", "all"), pitch, image.adapt_period, style.with("clear", "membrane")));
  return pitch;
}

/// Spikes that the host is to be told of must be known when the network is mapped.
void check_spike_probes(const std::vector<Probe>& probes, const Image& image,
                        const OptionStyle& style) {
  std::set<std::pair<std::string, std::uint32_t>> told;
  for (const Image::Label& label : image.labels) told.insert({label.population, label.neuron});
  for (const Probe& probe : probes) {
    if (probe.quantity != Quantity::spikes) continue;
    std::vector<std::uint32_t> wanted = probe.neurons;
    for (const Image::Location& at : image.locations)
      if (probe.neurons.empty() && at.population == probe.population) wanted.push_back(at.neuron);
    for (const std::uint32_t neuron : wanted)
      if (!told.contains({probe.population, neuron}))
        throw InputError(fmt::format(
            "{} spikes:{}: the network was loaded without recording neuron {}; record it before "
            "the network is loaded",
            style.name("record"), probe.population, neuron));
  }
}

/// A machine without a management core, and what to do about it.
std::string missing_core(const OptionStyle& style) {
  return style.shell
             ? "with --rtl-tile, --hard-steps, --threads or --mpi there is no management core; "
               "leave them out"
             : "the machine has no management core; make it with management_core";
}

/// What a program of the management core that runs the samples cannot do.
void check_firmware(const RunRequest& request, const RunGround& ground,
                    const std::vector<Probe>& probes, const OptionStyle& style) {
  const std::string where = ground.network.where("/firmware");
  const auto fail = [&](const std::string& why) {
    throw InputError(fmt::format("{}: {}, or run without the program ({})", where, why,
                                 style.shell ? "--firmware off" : "firmware = False"));
  };
  check_early_exit(*ground.network.early_exit, ground.mapped.image, where + "/settings");
  if (!ground.has_core) fail(missing_core(style));
  if (request.go_on || request.clear == Clear::none)
    fail(request.go_on ? "each of its samples begins with a clear; use run_samples"
                       : fmt::format("each of its samples begins with a clear; use {}",
                                     style.with("clear", "all")));
  if (request.steps > EarlyExit::kMostSteps)
    fail(fmt::format("a sample has at most {} steps; lower {}", EarlyExit::kMostSteps,
                     style.name("steps")));
  for (const Probe& probe : probes)
    if (probe.quantity != Quantity::spikes)
      fail(
          fmt::format("only spikes can be recorded; leave the other {} out", style.name("record")));
}

}  // namespace

std::string_view to_string(Clear clear) { return kClears[static_cast<std::size_t>(clear)]; }

Clear parse_clear(const std::string& name, const OptionStyle& style) {
  const auto found = std::find(std::begin(kClears), std::end(kClears), name);
  if (found == std::end(kClears))
    throw InputError(fmt::format("{}: \"{}\", but it is all, membrane or none", style.name("clear"),
                                 shown(name)));
  return static_cast<Clear>(found - std::begin(kClears));
}

std::vector<Probe> parse_probes(const std::vector<std::string>& record, std::uint64_t steps,
                                const OptionStyle& style) {
  std::vector<Probe> probes;
  for (const std::string& text : record) {
    probes.push_back(parse_probe(text, style.name("record")));
    if (probes.back().every > steps)
      throw InputError(fmt::format(
          "{} {}: a sample ends after {} steps, so nothing would be read; choose a shorter "
          "interval, or @end",
          style.name("record"), text, steps));
  }
  return probes;
}

RunPlan plan_run(const RunRequest& request, const RunGround& ground, const SourceSpikes& sources,
                 const OptionStyle& style) {
  const Image& image = ground.mapped.image;
  check_counts(request, style);
  if (request.period != 0 && !ground.has_clock)
    throw InputError(fmt::format("{}: {}, but the reference has no clock; choose another executor",
                                 style.name("period"), request.period));
  check_options(request, ground.network, style);
  const std::vector<Probe> probes = parse_probes(request.record, request.steps, style);
  check_spike_probes(probes, image, style);
  if (request.firmware && ground.network.early_exit) check_firmware(request, ground, probes, style);
  Recorder recorder(image, probes);
  const std::uint32_t samples = samples_of(request, style);
  const std::uint64_t pitch = pitch_of(request, image, style);
  RunPlan plan{request.steps,
               pitch,
               samples,
               request.clear,
               request.go_on,
               request.learning,
               request.period,
               request.firmware ? ground.network.early_exit : std::nullopt,
               RunInputs(request, ground, samples, sources),
               {},
               std::move(recorder)};
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (probes[i].quantity != Quantity::spikes) plan.record.push_back(request.record[i]);
  return plan;
}

}  // namespace spikemesh::sim
