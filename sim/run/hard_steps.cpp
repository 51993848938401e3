// SPDX-License-Identifier: Apache-2.0
#include "sim/run/hard_steps.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace spikemesh::sim {
namespace {

/// Steps of the spikes of one neuron in one sample, ascending.
using Train = std::vector<std::uint64_t>;
/// By population, sample and neuron.
using Trains =
    std::map<std::tuple<std::string, std::uint32_t, std::uint32_t>, std::pair<Train, Train>>;

void add(const std::vector<SpikeRow>& rows, Train std::pair<Train, Train>::*which, Trains& trains) {
  for (const SpikeRow& row : rows) {
    Train& train = trains[{row.population, row.sample, row.neuron}].*which;
    train.insert(train.end(), row.count, row.step);
  }
}

double mean_interval(const Train& train) {
  return static_cast<double>(train.back() - train.front()) / static_cast<double>(train.size() - 1);
}

void compare(const Train& hard, const Train& ideal, SpikeDeviation& sums) {
  Train both;
  std::set_intersection(hard.begin(), hard.end(), ideal.begin(), ideal.end(),
                        std::back_inserter(both));
  sums.spikes += hard.size();
  sums.ideal_spikes += ideal.size();
  sums.missing += ideal.size() - both.size();
  sums.added += hard.size() - both.size();
  if (hard.size() >= 2 && ideal.size() >= 2) {
    ++sums.interval_trains;
    sums.interval_distortion += std::abs(mean_interval(hard) - mean_interval(ideal));
  }
  const std::size_t paired = std::min(hard.size(), ideal.size());
  for (std::size_t i = 0; i < paired; ++i) {
    const double apart = static_cast<double>(hard[i]) - static_cast<double>(ideal[i]);
    sums.spike_disorder += apart * apart;
  }
  sums.paired += paired;
}

}  // namespace

std::vector<SpikeDeviation> compare_spikes(const std::vector<SpikeRow>& spikes,
                                           const std::vector<SpikeRow>& ideal) {
  Trains trains;
  add(spikes, &std::pair<Train, Train>::first, trains);
  add(ideal, &std::pair<Train, Train>::second, trains);
  std::vector<SpikeDeviation> all;
  for (auto& [key, train] : trains) {
    if (all.empty() || all.back().population != std::get<0>(key))
      all.push_back({.population = std::get<0>(key)});
    std::sort(train.first.begin(), train.first.end());
    std::sort(train.second.begin(), train.second.end());
    compare(train.first, train.second, all.back());
  }
  for (SpikeDeviation& each : all) {
    if (each.interval_trains > 0)
      each.interval_distortion /= static_cast<double>(each.interval_trains);
    if (each.paired > 0) each.spike_disorder /= static_cast<double>(each.paired);
  }
  return all;
}

LatenessRecorder::LatenessRecorder(std::uint32_t tiles, std::uint32_t period) : newest_(tiles) {
  seen_.period = period;
}

void LatenessRecorder::begin(std::uint64_t step, std::uint64_t cycle) {
  step_ = step;
  begun_ = cycle;
}

void LatenessRecorder::end(std::uint64_t cycle) {
  ++seen_.steps;
  seen_.longer += cycle + 1 - begun_ > seen_.period ? 1 : 0;
}

void LatenessRecorder::rest(std::uint64_t, std::uint64_t steps, std::uint64_t) {
  seen_.steps += steps;
}

void LatenessRecorder::integrate(std::uint32_t tile, model::Span, const Packet& packet) {
  const std::uint64_t fired = step_ - std::min<std::uint64_t>(packet.late, step_);
  ++seen_.packets;
  seen_.late += packet.late > 0 ? 1 : 0;
  ++seen_.late_steps[packet.late];
  ++seen_.latency_cycles[packet.latency];
  if (fired < newest_[tile]) ++seen_.overtaken;
  newest_[tile] = std::max(newest_[tile], fired);
}

}  // namespace spikemesh::sim
