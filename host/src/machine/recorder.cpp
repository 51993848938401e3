// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "machine/probe_plan.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh {
namespace {

constexpr std::size_t kBatch = 64;  // samples of one run while no probe stops it

/// Steps of a sample at whose end the probe reads.
std::vector<std::uint64_t> rows_of(const Probe& probe, std::uint64_t steps) {
  if (probe.every == 0) return {steps - 1};
  std::vector<std::uint64_t> rows;
  for (std::uint64_t step = probe.every; step <= steps; step += probe.every) {
    rows.push_back(step - 1);
    if (steps - step < probe.every) break;  // the next would be outside, or wrap
  }
  return rows;
}

void check_sample(std::size_t k, const std::vector<InEntry>& entries,
                  const SampleOptions& options) {
  for (const InEntry& entry : entries)
    if (entry.step >= options.steps)
      throw InputError(fmt::format(
          "sample {}: an entry of step {}, but a sample has the steps 0..{}; run more steps", k,
          entry.step, options.steps - 1));
}

}  // namespace

struct Recorder::Impl {
  spec::Build build;
  std::vector<ProbePlan> plans;

  /// Runs one sample, stopping at the end of each step that a probe wants.
  void run_sample(Machine& machine, std::vector<InEntry> entries, const SampleOptions& options,
                  Recording& recording) const {
    const std::uint64_t begin = machine.step();
    for (InEntry& entry : entries) entry.step += begin;
    if (options.clear_mask != 0)
      entries.push_back({begin, options.clear_mask, spec::EntryKind::clear});
    in_order(entries);
    std::vector<Trace>& traces = recording.traces;
    std::set<std::uint64_t> stops{options.pitch - 1};
    for (const Trace& trace : traces) stops.insert(trace.steps.begin(), trace.steps.end());
    std::vector<OutSpike>& spikes = recording.spikes.emplace_back();
    auto next = entries.begin();
    for (const std::uint64_t stop : stops) {
      const std::uint64_t until = begin + stop + 1;
      const auto last = std::find_if(next, entries.end(),
                                     [&](const InEntry& entry) { return entry.step >= until; });
      run_until(machine, {next, last}, until, [&](const OutSpike& spike) {
        if (spike.step - begin < options.steps) spikes.push_back({spike.step - begin, spike.label});
      });
      next = last;
      for (std::size_t i = 0; i < plans.size(); ++i)
        if (std::binary_search(traces[i].steps.begin(), traces[i].steps.end(), stop))
          read_values(machine, plans[i], build, traces[i].values);
    }
  }

  /// Runs a batch of samples at one go.
  static void run_batch(Machine& machine, std::span<const std::vector<InEntry>> batch,
                        const SampleOptions& options, Recording& recording) {
    const std::uint64_t begin = machine.step();
    const std::size_t first = recording.spikes.size();
    std::vector<InEntry> entries;
    for (std::size_t k = 0; k < batch.size(); ++k) {
      const std::uint64_t start = begin + k * options.pitch;
      if (options.clear_mask != 0)
        entries.push_back({start, options.clear_mask, spec::EntryKind::clear});
      for (const InEntry& entry : batch[k])
        entries.push_back({start + entry.step, entry.payload, entry.kind});
    }
    in_order(entries);
    recording.spikes.resize(first + batch.size());
    try {
      run_until(machine, entries, begin + batch.size() * options.pitch, [&](const OutSpike& spike) {
        const std::uint64_t sample = (spike.step - begin) / options.pitch,
                            step = (spike.step - begin) % options.pitch;
        if (step < options.steps) recording.spikes[first + sample].push_back({step, spike.label});
      });
    } catch (...) {  // without the samples that had not begun
      const std::uint64_t ran = machine.step() - begin;
      recording.spikes.resize(first + (ran + options.pitch - 1) / options.pitch);
      throw;
    }
  }

  /// What a run that throws had recorded is taken, too.
  template <typename Take>
  static void run_until(Machine& machine, std::span<const InEntry> entries, std::uint64_t until,
                        Take&& take) {
    try {
      for (const OutSpike& spike : machine.run(entries, until)) take(spike);
    } catch (...) {
      for (const OutSpike& spike : machine.take_partial()) take(spike);
      throw;
    }
  }
};

namespace {

/// Of a run that ended early: whole samples, or the whole rows of the first one.
void cut(Trace& trace) {
  const std::size_t row = trace.columns(), sample = row * trace.steps.size();
  if (sample == 0) return;
  const std::size_t whole = trace.values.size() / sample;
  if (whole > 0) {
    trace.samples = static_cast<std::uint32_t>(whole);
    trace.values.resize(whole * sample);
    return;
  }
  trace.samples = 1;
  trace.steps.resize(trace.values.size() / row);
  trace.values.resize(trace.steps.size() * row);
}

}  // namespace

Recorder::Recorder(const Image& image, std::vector<Probe> probes)
    : impl_(std::make_unique<Impl>(Impl{image.build, plan_probes(image, probes)})) {}
Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

std::vector<std::int32_t> Recorder::read(Machine& machine, std::size_t probe) const {
  std::vector<std::int32_t> values;
  read_values(machine, impl_->plans.at(probe), impl_->build, values);
  return values;
}

Recording Recorder::run(Machine& machine, std::span<const std::vector<InEntry>> samples,
                        const SampleOptions& options) const {
  Recording recording;
  run(machine, samples, options, recording);
  return recording;
}

void Recorder::run(Machine& machine, std::span<const std::vector<InEntry>> samples,
                   const SampleOptions& wanted, Recording& recording) const {
  SampleOptions options = wanted;
  if (options.steps == 0) throw InputError("a sample of 0 steps cannot be run: give at least 1");
  options.pitch = std::max(options.pitch, options.steps);
  for (std::size_t k = 0; k < samples.size(); ++k) check_sample(k, samples[k], options);
  recording = {};
  for (const ProbePlan& plan : impl_->plans) {
    Trace& trace = recording.traces.emplace_back(plan.header);
    trace.steps = rows_of(plan.header.probe, options.steps);
    trace.samples = static_cast<std::uint32_t>(samples.size());
  }
  const auto report = [&] {
    if (options.progress) options.progress(recording.spikes.size(), samples.size());
  };
  try {
    report();
    while (recording.spikes.size() < samples.size()) {
      const auto rest = samples.subspan(recording.spikes.size());
      if (!recording.traces.empty()) {
        impl_->run_sample(machine, rest.front(), options, recording);
      } else {
        Impl::run_batch(machine, rest.first(std::min(kBatch, rest.size())), options, recording);
      }
      report();
    }
  } catch (...) {
    for (Trace& trace : recording.traces) cut(trace);
    throw;
  }
}

std::vector<std::int32_t> read_states(const Image& image, Machine& machine, Quantity quantity,
                                      const std::string& population) {
  Probe probe;
  probe.quantity = quantity;
  probe.population = population;
  return Recorder(image, {probe}).read(machine, 0);
}

SynapseWeights read_synapses(const Image& image, Machine& machine, const std::string& from,
                             const std::string& to) {
  Probe probe;
  probe.quantity = Quantity::weight;
  probe.population = to;
  probe.from = from;
  const ProbePlan plan = plan_synapses(image, probe);
  SynapseWeights result{plan.header.synapses, {}};
  read_values(machine, plan, image.build, result.weights);
  return result;
}

}  // namespace spikemesh
