// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/measures.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/hash.hpp"

namespace spikemesh::sim {
namespace {

using spec::Counter;

constexpr std::uint32_t kEntryWords = 2;  // of an entry of a ring
constexpr std::uint32_t kFrameEnds = 2;   // SLIP bytes around a frame
constexpr double kBitsPerByte = 10;       // of the UART, with start and stop bit

/// Steps in ascending order of their cycles.
class StepCycles {
 public:
  explicit StepCycles(const model::Activity& activity)
      : steps_(activity.steps_by_cycles.begin(), activity.steps_by_cycles.end()) {
    for (const auto& [cycles, steps] : steps_) count_ += steps, sum_ += cycles * steps;
  }
  std::uint64_t count() const { return count_; }
  std::uint64_t sum() const { return sum_; }
  std::uint64_t worst() const { return steps_.empty() ? 0 : steps_.rbegin()->first; }
  /// The fewest cycles in which at least this share of the steps is done.
  std::uint64_t quantile(std::uint64_t percent) const {
    std::uint64_t done = 0;
    for (const auto& [cycles, steps] : steps_)
      if ((done += steps) * 100 >= count_ * percent) return cycles;
    return 0;
  }

 private:
  std::map<std::uint64_t, std::uint64_t> steps_;
  std::uint64_t count_ = 0, sum_ = 0;
};

void set_steps(const model::Activity& activity, Row& row) {
  const StepCycles steps(activity);
  row.set_count("steps", steps.count());
  row.set_count("cycles", steps.sum());
  row.set_count("cycles_median", steps.quantile(50));
  row.set_count("cycles_p99", steps.quantile(99));
  row.set_count("cycles_worst", steps.worst());
  row.set_count("elapsed_cycles", steps.count() > 0 ? activity.end - activity.begin : 0);
}

void set_traffic(const model::Activity& activity, Row& row) {
  constexpr std::size_t kPorts = spec::kPorts;
  std::uint64_t hops = 0, peak = 0;
  for (std::size_t i = 0; i < activity.flits.size(); ++i) {
    const bool from_host = i + 1 == activity.flits.size();
    if (!from_host && i % kPorts == static_cast<std::size_t>(spec::Port::local)) continue;
    hops += activity.flits[i];
    peak = std::max(peak, activity.flits[i]);
  }
  row.set_count("flit_hops", hops);
  row.set_count("peak_link_flits", peak);
  if (activity.arrived > 0)
    row.set("transit_cycles",
            static_cast<double>(activity.transit_cycles) / static_cast<double>(activity.arrived));
}

/// Bytes on one wire for so many words in full frames of the other direction or this one.
double link_ms(const Design& design, std::uint64_t in, std::uint64_t out) {
  const auto frames = [&](std::uint64_t entries) {
    return (entries * kEntryWords + design.build.frame_words - 1) / design.build.frame_words;
  };
  const std::uint64_t all = frames(in) + frames(out);
  const std::uint64_t request = spec::kFrameHeader + spec::kCrcBytes + kFrameEnds;
  const std::uint64_t reply = spec::kReplyHeader + spec::kCrcBytes + kFrameEnds;
  const std::uint64_t to_chip = all * request + in * kEntryWords * 4;
  const std::uint64_t to_host = all * reply + out * kEntryWords * 4;
  return static_cast<double>(std::max(to_chip, to_host)) * kBitsPerByte / design.baud_rate() * 1e3;
}

void set_counters(const MachineStats& stats, Row& row) {
  for (const Counter counter :
       {Counter::spikes, Counter::packets, Counter::emitted, Counter::synapse_events,
        Counter::updates, Counter::weight_updates, Counter::saturations, Counter::emit_stalls})
    row.set_count(spec::to_string(counter), stats.total(counter));
  row.set_count("inject_stalls", stats.inject_stalls);
  row.set_count("ring_out_stalls", stats.ring_out_stalls);
  row.set_count("stretched", stats.stretched);
}

}  // namespace

std::uint64_t spike_hash(const Network& network, const std::vector<SpikeRow>& spikes) {
  std::map<std::string, std::uint64_t> numbers;
  for (Network::Id id = 0; id < network.populations().size(); ++id)
    numbers[network.populations()[id].name] = id;
  std::vector<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::uint64_t>> sorted;
  sorted.reserve(spikes.size());
  for (const SpikeRow& row : spikes)
    sorted.emplace_back(row.sample, row.step, numbers.at(row.population), row.neuron);
  std::sort(sorted.begin(), sorted.end());
  Hash hash;
  for (const auto& [sample, step, population, neuron] : sorted)
    for (const std::uint64_t word : {sample, step, population, neuron}) hash.add(word);
  return hash.value();
}

void set_measures(const Design& design, const Network& network, const RunResult& result,
                  const model::Activity& activity, Row& row) {
  set_steps(activity, row);
  set_traffic(activity, row);
  row.set_count("input_spikes", result.input_spikes);
  row.set_count("recorded_spikes", result.spikes.size());
  row.set("spike_hash", fmt::format("{:016x}", spike_hash(network, result.spikes)));
  row.set("chip_ms", static_cast<double>(std::get<std::int64_t>(row["elapsed_cycles"])) /
                         (design.clock_mhz * 1e3));
  const MachineStats& stats = result.stats.value();
  if (!stats.exact) return;  // the counters, of 32 bits, may have wrapped
  set_counters(stats, row);
  // Every packet that a core integrates came from a core or, as an entry of its ring, from the
  // host.
  const std::uint64_t entries =
      stats.total(Counter::packets) + result.spikes.size() - stats.total(Counter::emitted);
  row.set("link_ms", link_ms(design, entries, result.spikes.size()));
}

}  // namespace spikemesh::sim
