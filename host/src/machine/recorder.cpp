// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>

#include "spikemesh/error.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh {
namespace {

constexpr std::uint32_t kGap = 16;  // words between two wanted ones that are read along
constexpr std::size_t kBatch = 64;  // samples of one run while no probe stops it

/// A word that a column is read from.
struct Place {
  std::uint16_t tile = 0;
  std::uint32_t address = 0;
  auto operator<=>(const Place&) const = default;
};

Place place(std::uint16_t tile, spec::Region region, std::uint32_t index) {
  return {tile,
          spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack()};
}

/// The words of an image by place; those that it does not have are 0, as on a chip.
class Words {
 public:
  explicit Words(const Image& image) {
    for (const Block& block : image.blocks) blocks_[{block.tile, block.address}] = &block;
  }
  std::uint32_t at(const Place& wanted) const {
    auto found = blocks_.upper_bound(wanted);
    if (found == blocks_.begin()) return 0;
    const Block& block = *(--found)->second;
    if (block.tile != wanted.tile || wanted.address - block.address >= block.words.size()) return 0;
    return block.words[wanted.address - block.address];
  }

 private:
  std::map<Place, const Block*> blocks_;
};

struct Extent {
  Place first;
  std::uint32_t count = 0;
};

/// One probe: its columns, and the words to read for them.
struct Plan {
  Trace header;  ///< without rows
  std::vector<Place> places;
  std::vector<Extent> extents;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> sources;  ///< column -> extent, word of it

  void make_extents() {
    const std::set<Place> sorted(places.begin(), places.end());
    std::map<Place, std::pair<std::uint32_t, std::uint32_t>> where;
    for (const Place& each : sorted) {
      const Extent* last = extents.empty() ? nullptr : &extents.back();
      const bool near = last != nullptr && last->first.tile == each.tile &&
                        each.address - last->first.address <= last->count + kGap &&
                        each.address >> 16 == last->first.address >> 16;
      if (!near) extents.push_back({each, 0});
      Extent& extent = extents.back();
      extent.count = each.address - extent.first.address + 1;
      where[each] = {static_cast<std::uint32_t>(extents.size() - 1), extent.count - 1};
    }
    for (const Place& each : places) sources.push_back(where.at(each));
  }
};

/// Finds columns in an image.
class Planner {
 public:
  explicit Planner(const Image& image) : image_(image), words_(image) {}

  /// `may_be_empty`: no synapse is an answer, too.
  Plan plan(const Probe& probe, bool may_be_empty = false) {
    Plan plan;
    plan.header.probe = probe;
    const std::vector<const Image::Location*> neurons = chosen(probe);
    if (probe.quantity == Quantity::weight)
      add_synapses(probe, neurons, plan, may_be_empty);
    else
      add_states(probe, neurons, plan);
    plan.make_extents();
    return plan;
  }

 private:
  [[noreturn]] static void fail(const Probe& probe, const std::string& why) {
    const std::string from = probe.from.empty() ? "" : probe.from + ",";
    throw InputError(fmt::format("recording {}:{}{}: {}", to_string(probe.quantity), from,
                                 probe.population, why));
  }

  std::vector<const Image::Location*> chosen(const Probe& probe) const {
    std::vector<const Image::Location*> all, some;
    std::string names;
    for (const Image::Location& each : image_.locations) {
      if (each.population == probe.population) all.push_back(&each);
      if (each.neuron == 0) names += (names.empty() ? "" : ", ") + each.population;
    }
    if (all.empty())
      fail(probe, fmt::format("the network has no neurons \"{}\"; it has {}", probe.population,
                              names.empty() ? "none" : names));
    if (probe.neurons.empty()) return all;
    for (const std::uint32_t neuron : probe.neurons) {
      if (neuron >= all.size())
        fail(probe, fmt::format("neuron {}, but the neurons of \"{}\" are 0..{}", neuron,
                                probe.population, all.size() - 1));
      some.push_back(all[neuron]);
    }
    return some;
  }

  static void add_states(const Probe& probe, const std::vector<const Image::Location*>& neurons,
                         Plan& plan) {
    const std::uint32_t field = probe.quantity == Quantity::v ? 0 : 1;
    for (const Image::Location* neuron : neurons) {
      plan.header.neurons.push_back(neuron->neuron);
      plan.places.push_back(place(neuron->tile, spec::Region::state, 4 * neuron->index + field));
    }
  }

  /// Where the spikes of each neuron of a population go: {tile, axon}.
  std::vector<std::pair<std::uint32_t, std::vector<spec::Fanout>>> senders(
      const Probe& probe) const {
    std::vector<std::pair<std::uint32_t, std::vector<spec::Fanout>>> list;
    for (const Image::Input& input : image_.inputs) {
      if (input.population != probe.from) continue;
      list.push_back({input.neuron, {}});
      for (const std::uint32_t payload : input.payloads)
        list.back().second.push_back(spec::Fanout::unpack(payload));
    }
    for (const Image::Location& neuron : image_.locations) {
      if (neuron.population != probe.from) continue;
      list.push_back({neuron.neuron, {}});
      const auto held = spec::Neuron7::unpack(
          words_.at(place(neuron.tile, spec::Region::neuron, 8 * neuron.index + 7)));
      for (std::uint32_t i = 0; i < held.count; ++i) {
        const auto entry = spec::Fanout::unpack(
            words_.at(place(neuron.tile, spec::Region::fanout, held.first + i)));
        if (entry.host == 0) list.back().second.push_back(entry);
      }
    }
    if (list.empty())
      fail(probe, fmt::format("the network has no population \"{}\"; name one that sends to \"{}\"",
                              probe.from, probe.population));
    return list;
  }

  void add_synapses(const Probe& probe, const std::vector<const Image::Location*>& neurons,
                    Plan& plan, bool may_be_empty) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> post_of;  // tile, index
    for (const Image::Location* neuron : neurons)
      post_of[{neuron->tile, neuron->index}] = neuron->neuron;
    std::vector<std::pair<Trace::Synapse, Place>> found;
    for (const auto& [pre, axons] : senders(probe))
      for (const spec::Fanout& axon : axons) {
        const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = axon.x, .y = axon.y}.pack());
        const auto row = spec::Axon::unpack(words_.at(place(tile, spec::Region::axon, axon.axon)));
        const std::uint32_t lanes = image_.build.lanes;
        for (std::uint32_t i = row.first * lanes; i < (row.first + row.groups) * lanes; ++i) {
          const Place at = place(tile, spec::Region::synapse, i);
          const auto synapse = spec::Synapse::unpack(words_.at(at));
          const auto post = post_of.find({tile, synapse.target});
          if (synapse.delay != 0 && post != post_of.end())
            found.push_back({{pre, post->second, synapse.delay}, at});
        }
      }
    if (found.empty() && !may_be_empty)
      fail(probe,
           fmt::format("no synapse leads from \"{}\" to these neurons; choose others", probe.from));
    std::sort(found.begin(), found.end());
    for (const auto& [synapse, at] : found) {
      plan.header.synapses.push_back(synapse);
      plan.places.push_back(at);
    }
  }

  const Image& image_;
  Words words_;
};

std::int32_t value_of(Quantity quantity, std::uint32_t word, const spec::Build& build) {
  if (quantity == Quantity::v) return spec::State0::unpack(word).v;
  if (quantity == Quantity::i) return spec::State1::unpack(word).i;
  const auto raw = static_cast<std::uint32_t>(spec::Synapse::unpack(word).weight);
  const unsigned unused = 32 - build.weight_bits;
  return static_cast<std::int32_t>(raw << unused) >> unused;
}

/// Appends the values of a probe's columns as they are now.
void read_values(Machine& machine, const Plan& plan, const spec::Build& build,
                 std::vector<std::int32_t>& values) {
  std::vector<std::vector<std::uint32_t>> words;
  for (const Extent& extent : plan.extents)
    words.push_back(machine.read(extent.first.tile, extent.first.address, extent.count));
  for (const auto& [extent, word] : plan.sources)
    values.push_back(value_of(plan.header.probe.quantity, words[extent][word], build));
}

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
  std::vector<Plan> plans;

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
    : impl_(std::make_unique<Impl>(Impl{image.build, {}})) {
  Planner planner(image);
  for (const Probe& probe : probes)
    if (probe.quantity != Quantity::spikes) impl_->plans.push_back(planner.plan(probe));
}
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
  for (const Plan& plan : impl_->plans) {
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
  const Plan plan = Planner(image).plan(probe, true);
  SynapseWeights result{plan.header.synapses, {}};
  read_values(machine, plan, image.build, result.weights);
  return result;
}

}  // namespace spikemesh
