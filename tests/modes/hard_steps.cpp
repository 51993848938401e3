// SPDX-License-Identifier: Apache-2.0
#include "sim/run/hard_steps.hpp"

#include <doctest/doctest.h>

using namespace spikemesh;
using sim::SpikeDeviation;

namespace {

std::vector<SpikeRow> spikes(const std::string& population, std::uint32_t neuron,
                             std::initializer_list<std::uint64_t> steps) {
  std::vector<SpikeRow> rows;
  for (const std::uint64_t step : steps)
    rows.push_back({.step = step, .population = population, .neuron = neuron});
  return rows;
}

void append(std::vector<SpikeRow>& rows, const std::vector<SpikeRow>& more) {
  rows.insert(rows.end(), more.begin(), more.end());
}

}  // namespace

TEST_CASE("spikes are compared with the ideal ones by step, interval and order") {
  std::vector<SpikeRow> hard = spikes("b", 0, {2, 7, 9}), ideal = spikes("b", 0, {1, 5, 9});
  append(hard, spikes("b", 1, {3}));      // alone: no interval
  append(ideal, spikes("b", 1, {3, 4}));  // one is missing
  append(ideal, spikes("a", 0, {6}));     // a whole population is silent
  const std::vector<SpikeDeviation> found = sim::compare_spikes(hard, ideal);
  REQUIRE(found.size() == 2);
  CHECK(found[0].population == "a");
  CHECK(found[0].spikes == 0);
  CHECK(found[0].missing == 1);
  CHECK(found[0].paired == 0);
  const SpikeDeviation& b = found[1];
  CHECK(b.spikes == 4);
  CHECK(b.ideal_spikes == 5);
  CHECK(b.missing == 3);  // 1 and 5 of neuron 0, 4 of neuron 1
  CHECK(b.added == 2);    // 2 and 7
  CHECK(b.interval_trains == 1);
  CHECK(b.interval_distortion == doctest::Approx(0.5));  // 3.5 instead of 4
  CHECK(b.paired == 4);
  CHECK(b.spike_disorder == doctest::Approx((1.0 + 4.0 + 0.0 + 0.0) / 4));
}

TEST_CASE("a packet counts as late, and as overtaken after one of a later step") {
  sim::LatenessRecorder recorder(2, 100);
  using Packet = model::Observer::Packet;
  recorder.begin(7, 1000);
  recorder.integrate(0, {}, Packet{.latency = 5, .late = 0});
  recorder.integrate(0, {}, Packet{.latency = 9, .late = 2});  // of step 5, after one of step 7
  recorder.integrate(1, {}, Packet{.latency = 9, .late = 1});
  recorder.end(1099);
  recorder.begin(8, 1100);
  recorder.end(1300);
  const sim::HardSteps seen = recorder.take();
  CHECK(seen.steps == 2);
  CHECK(seen.longer == 1);
  CHECK(seen.packets == 3);
  CHECK(seen.late == 2);
  CHECK(seen.overtaken == 1);
  CHECK(seen.late_steps == sim::HardSteps::Histogram{{0, 1}, {1, 1}, {2, 1}});
  CHECK(seen.latency_cycles == sim::HardSteps::Histogram{{5, 1}, {9, 2}});
}
