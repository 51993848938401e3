// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <set>

#include "machine/probe_plan.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh {
namespace {

constexpr std::size_t kMostReserved = 1 << 26;  // values of a trace, before there are any
constexpr std::size_t kBatch = 64;              // samples of one run while no probe stops it

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

void check_steps(const SampleOptions& options) {
  if (options.steps == 0) throw InputError("a sample of 0 steps cannot be run: give at least 1");
}

/// Entries that are all there.
class HeldEntries final : public EntryFeed {
 public:
  HeldEntries(std::span<const std::vector<InEntry>> samples, std::uint64_t steps)
      : samples_(samples) {
    for (std::size_t k = 0; k < samples.size(); ++k)
      for (const InEntry& entry : samples[k])
        if (entry.step >= steps)
          throw InputError(
              fmt::format("sample {}: an entry of step {}, but a sample has the steps 0..{}; run "
                          "more steps",
                          k, entry.step, steps - 1));
  }
  std::size_t samples() const override { return samples_.size(); }
  std::uint64_t piece() const override { return std::numeric_limits<std::uint64_t>::max(); }
  std::vector<InEntry> take(std::size_t sample, std::uint64_t, std::uint64_t) override {
    return samples_[sample];
  }

 private:
  std::span<const std::vector<InEntry>> samples_;
};

StepReader reader_of(Machine& machine) {
  return {.words = [&machine](std::uint16_t tile, std::uint32_t address,
                              std::uint32_t count) { return machine.read(tile, address, count); },
          .states = {}};
}

/// What a run that throws had recorded is taken, too.
template <typename Take>
void run_until(Machine& machine, std::span<const InEntry> entries, std::uint64_t until,
               Take&& take) {
  try {
    for (const OutSpike& spike : machine.run(entries, until)) take(spike);
  } catch (...) {
    for (const OutSpike& spike : machine.take_partial()) take(spike);
    throw;
  }
}

/// Runs the samples of a feed.
class SampleRun {
 public:
  SampleRun(Machine& machine, EntryFeed& feed, const spec::Build& build,
            std::span<const ProbePlan> plans, const SampleOptions& options, Recording& recording)
      : machine_(machine),
        feed_(feed),
        build_(build),
        plans_(plans),
        options_(options),
        recording_(recording) {}

  /// The next sample, or as many as make one piece while there are no probes.
  void run_some() {
    const std::size_t rest = feed_.samples() - recording_.spikes.size();
    const std::uint64_t whole = std::min<std::uint64_t>(feed_.piece() / options_.pitch, kBatch);
    if (!recording_.traces.empty() || whole == 0)
      run_sample();
    else
      run_batch(std::min<std::size_t>(whole, rest));
  }

 private:
  /// Appends the entries of the steps from .. until - 1 of a sample that begins at `begin`.
  void take(std::size_t sample, std::uint64_t begin, std::uint64_t from, std::uint64_t until,
            std::vector<InEntry>& entries) {
    if (from == 0 && options_.clear_mask != 0)
      entries.push_back({begin, options_.clear_mask, spec::EntryKind::clear});
    if (from >= options_.steps) return;
    for (InEntry entry : feed_.take(sample, from, std::min(until, options_.steps))) {
      entry.step += begin;
      entries.push_back(entry);
    }
  }

  void run_sample() {
    const std::uint64_t begin = machine_.step();
    const std::size_t sample = recording_.spikes.size();
    recording_.spikes.emplace_back();
    for (std::uint64_t from = 0; from < options_.pitch;) {
      const std::uint64_t until = from + std::min(feed_.piece(), options_.pitch - from);
      std::vector<InEntry> entries;
      take(sample, begin, from, until, entries);
      in_order(entries);
      run_piece(entries, begin, from, until);
      from = until;
    }
  }

  /// Runs a piece of a sample, with a row at the end of each step that a probe wants.
  void run_piece(std::span<const InEntry> entries, std::uint64_t begin, std::uint64_t from,
                 std::uint64_t until) {
    const std::set<std::uint64_t> stops = this->stops(from, until);
    std::vector<std::uint64_t> wanted;
    for (const std::uint64_t stop : stops) wanted.push_back(begin + stop);
    const bool watched = machine_.watch(
        wanted, [&](std::uint64_t step, const StepReader& read) { take_rows(step - begin, read); });
    if (watched) return run_watched(entries, begin, until);
    auto next = entries.begin();
    for (const std::uint64_t stop : stops) {
      const auto last = std::find_if(
          next, entries.end(), [&](const InEntry& entry) { return entry.step > begin + stop; });
      run_part({next, last}, begin, stop + 1);
      next = last;
      take_rows(stop, reader_of(machine_));
    }
  }

  /// The machine tells the ends of steps. A run that throws may have gone on behind the steps that
  /// count as over, whose rows go.
  void run_watched(std::span<const InEntry> entries, std::uint64_t begin, std::uint64_t until) {
    try {
      run_part(entries, begin, until);
    } catch (...) {
      const std::uint64_t over = machine_.step() - begin;
      for (Trace& trace : recording_.traces) {
        const auto rows = std::ranges::lower_bound(trace.steps, over) - trace.steps.begin();
        const std::size_t samples = recording_.spikes.size() - 1;
        const std::size_t most =
            (samples * trace.steps.size() + static_cast<std::size_t>(rows)) * trace.columns();
        if (trace.values.size() > most) trace.values.resize(most);
      }
      throw;
    }
  }

  /// Runs up to the step `until` of the sample.
  void run_part(std::span<const InEntry> entries, std::uint64_t begin, std::uint64_t until) {
    run_until(machine_, entries, begin + until, [&](const OutSpike& spike) {
      const std::uint64_t step = spike.step - begin;
      if (step < options_.steps) recording_.spikes.back().push_back({step, spike.label});
    });
  }

  /// Reads for the probes that want a row at the end of this step of the sample.
  void take_rows(std::uint64_t step, const StepReader& read) {
    for (std::size_t i = 0; i < plans_.size(); ++i) {
      Trace& trace = recording_.traces[i];
      if (std::binary_search(trace.steps.begin(), trace.steps.end(), step))
        read_values(read, plans_[i], build_, trace.values);
    }
  }

  /// The last step of a piece, and the steps in it at whose end a probe reads.
  std::set<std::uint64_t> stops(std::uint64_t from, std::uint64_t until) const {
    std::set<std::uint64_t> stops{until - 1};
    for (const Trace& trace : recording_.traces)
      stops.insert(std::lower_bound(trace.steps.begin(), trace.steps.end(), from),
                   std::lower_bound(trace.steps.begin(), trace.steps.end(), until));
    return stops;
  }

  /// Runs `count` samples at one go.
  void run_batch(std::size_t count) {
    const std::uint64_t begin = machine_.step(), pitch = options_.pitch;
    const std::size_t first = recording_.spikes.size();
    std::vector<InEntry> entries;
    for (std::size_t k = 0; k < count; ++k) take(first + k, begin + k * pitch, 0, pitch, entries);
    in_order(entries);
    recording_.spikes.resize(first + count);
    try {
      run_until(machine_, entries, begin + count * pitch, [&](const OutSpike& spike) {
        const std::uint64_t sample = (spike.step - begin) / pitch,
                            step = (spike.step - begin) % pitch;
        if (step < options_.steps) recording_.spikes[first + sample].push_back({step, spike.label});
      });
    } catch (...) {  // without the samples that had not begun
      const std::uint64_t ran = machine_.step() - begin;
      recording_.spikes.resize(first + (ran + pitch - 1) / pitch);
      throw;
    }
  }

  Machine& machine_;
  EntryFeed& feed_;
  const spec::Build& build_;  ///< that the image was mapped for
  std::span<const ProbePlan> plans_;
  const SampleOptions& options_;
  Recording& recording_;
};

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

struct Recorder::Impl {
  spec::Build build;
  std::vector<ProbePlan> plans;
};

Recorder::Recorder(const Image& image, std::vector<Probe> probes)
    : impl_(std::make_unique<Impl>(Impl{image.build, plan_probes(image, probes)})) {}
Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

std::vector<std::int32_t> Recorder::read(Machine& machine, std::size_t probe) const {
  std::vector<std::int32_t> values;
  read_values(reader_of(machine), impl_->plans.at(probe), impl_->build, values);
  return values;
}

Recording Recorder::run(Machine& machine, std::span<const std::vector<InEntry>> samples,
                        const SampleOptions& options) const {
  check_steps(options);
  Recording recording;
  HeldEntries feed(samples, options.steps);
  run(machine, feed, options, recording);
  return recording;
}

void Recorder::run(Machine& machine, EntryFeed& feed, const SampleOptions& wanted,
                   Recording& recording) const {
  SampleOptions options = wanted;
  check_steps(options);
  options.pitch = std::max(options.pitch, options.steps);
  recording = {};
  recording.spikes.reserve(feed.samples());  // too many for the memory are told before the run
  for (const ProbePlan& plan : impl_->plans) {
    Trace& trace = recording.traces.emplace_back(plan.header);
    trace.steps = rows_of(plan.header.probe, options.steps);
    trace.samples = static_cast<std::uint32_t>(feed.samples());
    const std::size_t row = trace.columns(), rows = trace.steps.size() * feed.samples();
    trace.values.reserve(std::min(row * rows, kMostReserved));
  }
  const auto report = [&] {
    if (options.progress) options.progress(recording.spikes.size(), feed.samples());
  };
  SampleRun samples(machine, feed, impl_->build, impl_->plans, options, recording);
  try {
    report();
    while (recording.spikes.size() < feed.samples()) {
      samples.run_some();
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
  read_values(reader_of(machine), plan, image.build, result.weights);
  return result;
}

}  // namespace spikemesh
