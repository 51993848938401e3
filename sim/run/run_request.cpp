// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

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
  if (request.go_on || request.clear != Clear::all) return;
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

/// Entries of the spike-in ring, counted until those of a step are too many.
class RingUse {
 public:
  RingUse(const RunRequest& request, const Image& image) : request_(request), image_(image) {}

  /// `spikes` are ordered by sample and step.
  void check(const std::vector<InputSpike>& spikes, bool clears, bool tells_learning) const {
    for (auto next = spikes.begin(); next != spikes.end();) {
      const InputSpike& first = *next;
      const std::uint64_t control =
          first.step == 0 ? clears + (tells_learning && first.sample == 0) : 0;
      std::uint64_t sum = control;
      for (; next != spikes.end() && next->sample == first.sample && next->step == first.step;
           ++next)
        sum += std::uint64_t{next->count} * image_.inputs[next->input].payloads.size();
      if (sum > image_.build.ring_in) fail(first.sample, first.step, control, sum);
    }
  }

 private:
  [[noreturn]] void fail(std::uint32_t sample, std::uint64_t step, std::uint64_t control,
                         std::uint64_t sum) const {
    const std::uint64_t needed = std::bit_ceil(sum);
    std::string remedy = "spread the spikes over more steps";
    for (const spec::BuildRule& rule : spec::kBuildRules)
      if (rule.name == "RingIn" && needed <= rule.max)
        remedy += fmt::format(", or build the chip with RingIn={}", needed);
    throw InputError(fmt::format(
        "{}: sample {}, step {}: the input spikes take {} entries of the chip's spike-in ring, one "
        "for each tile that a spike reaches, but it holds {} (RingIn); {}, or run on the "
        "reference, which has no ring",
        where(sample, step, control), sample, step, sum, image_.build.ring_in, remedy));
  }

  /// The file, and its line whose spikes are too many.
  std::string where(std::uint32_t sample, std::uint64_t step, std::uint64_t control) const {
    std::map<std::pair<std::string, std::uint32_t>, std::uint64_t> tiles;
    for (const Image::Input& input : image_.inputs)
      tiles[{input.population, input.neuron}] = input.payloads.size();
    std::uint64_t sum = control;
    for (const SpikeRow& row : request_.inputs) {
      if (row.sample != sample || row.step != step || row.line == 0) continue;
      sum += row.count * tiles[{row.population, row.neuron}];
      if (sum > image_.build.ring_in) return fmt::format("{}:{}", request_.inputs_name, row.line);
    }
    return request_.inputs_name;
  }

  const RunRequest& request_;
  const Image& image_;
};

std::vector<std::vector<InEntry>> entries_of(const std::vector<InputSpike>& spikes,
                                             const Image& image, std::uint32_t samples) {
  std::vector<std::vector<InEntry>> entries(samples);
  for (const InputSpike& spike : spikes)
    for (std::uint32_t hit = 0; hit < spike.count; ++hit)
      for (const std::uint32_t payload : image.inputs[spike.input].payloads)
        entries[spike.sample].push_back({spike.step, payload, spec::EntryKind::spike});
  return entries;
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

RunPlan plan_run(const RunRequest& request, const RunGround& ground, SourceSpikes& sources,
                 const OptionStyle& style) {
  const Image& image = ground.mapped.image;
  check_counts(request, style);
  check_options(request, ground.network, style);
  const std::vector<Probe> probes = parse_probes(request.record, request.steps, style);
  check_spike_probes(probes, image, style);
  Recorder recorder(image, probes);
  const std::uint32_t samples = samples_of(request, style);
  const std::uint64_t pitch = pitch_of(request, image, style);
  std::vector<SpikeRow> rows = sources.make(request.sources, ground.network, ground.place,
                                            request.steps, samples, request.source_seed);
  rows.insert(rows.begin(), request.inputs.begin(), request.inputs.end());
  const auto spikes = match_inputs(rows, image, request.steps, request.inputs_name);
  if (ground.has_ring)
    RingUse(request, image)
        .check(spikes, !request.go_on && request.clear != Clear::none, !image.plastics.empty());
  RunPlan plan{request.steps,
               pitch,
               samples,
               request.clear,
               request.go_on,
               request.learning,
               entries_of(spikes, image, samples),
               0,
               {},
               std::move(recorder)};
  for (const InputSpike& spike : spikes) plan.input_spikes += spike.count;
  for (std::size_t i = 0; i < probes.size(); ++i)
    if (probes[i].quantity != Quantity::spikes) plan.record.push_back(request.record[i]);
  return plan;
}

}  // namespace spikemesh::sim
