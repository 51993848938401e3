// SPDX-License-Identifier: Apache-2.0
#include "sim/run/request/run_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "sim/run/request/run_request.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

constexpr double kPieceEntries = 1 << 17;  // held at a time, on average

/// Of one population of inputs.
struct InputGroup {
  std::uint64_t payloads = 0;  ///< entries of a spike of each of its neurons
  std::uint64_t sources = 0;
  std::uint32_t max_hits = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t held = 0;  ///< most spikes of a neuron in a step that are no source's
};

std::map<std::string, InputGroup> groups_of(const Image& image,
                                            const std::vector<Source>& sources) {
  std::map<std::string, InputGroup> groups;
  for (const Image::Input& input : image.inputs) {
    InputGroup& group = groups[input.population];
    group.payloads += input.payloads.size();
    group.max_hits = std::min(group.max_hits, input.max_hits);
  }
  for (const Source& source : sources) ++groups[source.population].sources;
  return groups;
}

std::uint64_t piece_of(const Image& image, const std::vector<Source>& sources, double dt_ms) {
  auto groups = groups_of(image, sources);
  double entries = 0;  // of a step
  for (const Source& source : sources)
    entries += mean_spikes(source, dt_ms) * static_cast<double>(groups[source.population].payloads);
  constexpr double kMost = 1ull << 62;
  return entries * kMost <= kPieceEntries
             ? std::numeric_limits<std::uint64_t>::max()
             : static_cast<std::uint64_t>(std::clamp(kPieceEntries / entries, 1.0, kMost));
}

}  // namespace

RunInputs::RunInputs(const RunRequest& request, const RunGround& ground, std::uint32_t samples,
                     const SourceSpikes& sources)
    : held_(match_inputs(request.inputs, ground.mapped.image, request.steps, request.inputs_name)),
      held_name_(request.inputs_name),
      sources_(request.sources),
      seed_(request.source_seed),
      steps_(request.steps),
      samples_(samples),
      piece_(piece_of(ground.mapped.image, sources_, ground.network.dt_ms())),
      place_(ground.place),
      begin_(sources) {
  SourceSpikes().make(sources_, ground.network, {}, 0, 0, seed_);  // throws for what is no input
  if (!sources_.empty() && !surely_fit(ground)) check_sources(ground);
}

/// Whether even the most spikes that the sources could make in a step are taken.
bool RunInputs::surely_fit(const RunGround& ground) const {
  const Image& image = ground.mapped.image;
  auto groups = groups_of(image, sources_);
  for (const InputSpike& spike : held_) {
    std::uint32_t& most = groups[image.inputs[spike.input].population].held;
    most = std::max(most, spike.count);
  }
  return std::none_of(groups.begin(), groups.end(), [](const auto& named) {
    const InputGroup& group = named.second;
    return group.sources > 0 && group.sources + group.held > group.max_hits;
  });
}

/// Makes all spikes once, for their check alone.
void RunInputs::check_sources(const RunGround& ground) const {
  SourceSpikes streams = begin_;
  for (std::uint32_t sample = 0; sample < samples_; ++sample)
    for (std::uint64_t from = 0; from < steps_;) {
      const std::uint64_t until = from + std::min(piece_, steps_ - from);
      take(ground.network, ground.mapped.image, streams, sample, from, until);
      from = until;
    }
}

std::vector<InputSpike> RunInputs::take(const Network& network, const Image& image,
                                        SourceSpikes& streams, std::uint32_t sample,
                                        std::uint64_t from, std::uint64_t until) const {
  const auto place = [](const InputSpike& spike) { return std::pair(spike.sample, spike.step); };
  const auto at = [&](std::uint64_t step) {
    return std::partition_point(held_.begin(), held_.end(), [&](const InputSpike& spike) {
      return place(spike) < std::pair(sample, step);
    });
  };
  const std::span<const InputSpike> held(at(from), at(until));
  if (sources_.empty()) return {held.begin(), held.end()};
  std::vector<SpikeRow> rows;
  for (const InputSpike& spike : held) {
    const Image::Input& input = image.inputs[spike.input];
    rows.push_back({0, spike.step, input.population, input.neuron, spike.count, 0});
  }
  const SourcePlace begin{place_.sample + sample, (sample == 0 ? place_.step : 0) + from};
  for (SpikeRow& row : streams.make(sources_, network, begin, until - from, 1, seed_)) {
    row.step += from;
    rows.push_back(std::move(row));
  }
  auto spikes = match_inputs(rows, image, steps_, held_name_);
  for (InputSpike& spike : spikes) spike.sample = sample;
  return spikes;
}

RunFeed::RunFeed(const RunInputs& inputs, const Network& network, const Image& image,
                 std::optional<bool> learning)
    : inputs_(inputs),
      network_(network),
      image_(image),
      learning_(learning),
      streams_(inputs.begin()) {}

std::vector<InEntry> RunFeed::take(std::size_t sample, std::uint64_t from, std::uint64_t until) {
  std::vector<InEntry> entries;
  const auto number = static_cast<std::uint32_t>(sample);
  for (const InputSpike& spike : inputs_.take(network_, image_, streams_, number, from, until)) {
    spikes_ += spike.count;
    for (std::uint32_t hit = 0; hit < spike.count; ++hit)
      for (const std::uint32_t payload : image_.inputs[spike.input].payloads)
        entries.push_back({spike.step, payload, spec::EntryKind::spike});
  }
  if (sample == 0 && from == 0 && learning_)
    entries.push_back({0, *learning_, spec::EntryKind::learning});
  return entries;
}

}  // namespace spikemesh::sim
