// SPDX-License-Identifier: Apache-2.0
#include "sim/run/reference_machine.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "error_of.hpp"
#include "spikemesh/mapper.hpp"

using namespace spikemesh;

namespace {

/// One input that drives one recorded neuron, which adapts.
Mapped adapting() {
  Network network(1.0);
  network.adapt_period = 2;
  network.add_input("in", 1, {std::int64_t{2}});
  network.add_neurons(
      "n", 1,
      RawNeurons{.theta = 100, .decay_v = 4096, .adapt_step = 50 << 16, .decay_adapt = 2048});
  network.record(1);
  network.connect_all_to_all(0, 1, 60);
  return map_network(network, spec::kBuilds[2].build);
}

std::vector<InEntry> every_step(const Image& image, std::uint64_t steps) {
  std::vector<InEntry> entries;
  for (std::uint64_t t = 0; t < steps; ++t)
    entries.push_back({t, image.inputs.at(0).payloads.at(0), spec::EntryKind::spike});
  return entries;
}

}  // namespace

TEST_CASE("reference machine: a spike of step t with delay 1 acts in step t + 1") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  // 60 in step 1, 120 in step 2: above 100
  CHECK(machine.run(every_step(mapped.image, 2), 4) == std::vector<OutSpike>{{2, 0}});
  CHECK(machine.step() == 4);
}

TEST_CASE("reference machine: samples between clears do not know of each other") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const std::vector<std::vector<InEntry>> samples(3, every_step(mapped.image, 20));
  const auto spikes = run_samples(machine, samples, 20, kClearEverything);
  REQUIRE(spikes.size() == 3);
  CHECK(spikes[0].size() > 2);
  CHECK(spikes[1] == spikes[0]);
  CHECK(spikes[2] == spikes[0]);
}

TEST_CASE("reference machine: a clear of the membrane leaves the adaptive threshold risen") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const std::vector<std::vector<InEntry>> samples(2, every_step(mapped.image, 20));
  const auto spikes = run_samples(machine, samples, 20, kClearMembrane);
  CHECK(spikes[1].front().step > spikes[0].front().step);
}

TEST_CASE("reference machine: loading again starts from nothing") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const auto first = machine.run(every_step(mapped.image, 20), 20);
  machine.load(mapped.image);
  CHECK(machine.step() == 0);
  CHECK(machine.run(every_step(mapped.image, 20), 20) == first);
}

TEST_CASE("reference machine: it refuses what a chip refuses") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const std::vector<InEntry> late{{3, 0, spec::EntryKind::spike}};
  machine.run({}, 4);
  CHECK(error_of([&] { machine.run(late, 8); }).find("outside of the run, which is [4, 8)") !=
        std::string::npos);
  CHECK(error_of([&] { machine.clear(8); }).find("clear mask 0x8") != std::string::npos);
  const std::vector<InEntry> nowhere{{5, 0xfff000, spec::EntryKind::spike}};
  CHECK_THROWS_AS(machine.run(nowhere, 8), RunError);
}

TEST_CASE("reference machine: who watches reads at the ends of steps what stopping there shows") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build), stopped(mapped.image.build);
  machine.load(mapped.image);
  stopped.load(mapped.image);
  const auto entries = every_step(mapped.image, 10);  // after them it decays, and rests
  const std::vector<std::uint64_t> steps{0, 3, 4, 9, 10, 40, 499, 998};
  const auto state = spec::TileAddr{0, static_cast<std::uint32_t>(spec::Region::state)}.pack();
  std::vector<std::pair<std::uint64_t, std::vector<std::uint32_t>>> watched, wanted;
  CHECK(machine.watch(steps, [&](std::uint64_t step, const StepReader& read) {
    watched.emplace_back(step, read.words(0, state, 7));
    std::int32_t v = 0, i = 0;
    read.states(0, false, 0, {&v, 1});
    read.states(0, true, 0, {&i, 1});
    CHECK(v == spec::State0::unpack(watched.back().second[0]).v);
    CHECK(i == spec::State1::unpack(watched.back().second[1]).i);
  }));
  auto next = entries.begin();
  for (const std::uint64_t step : steps) {
    const auto last =
        std::find_if(next, entries.end(), [&](const InEntry& entry) { return entry.step > step; });
    stopped.run({next, last}, step + 1);
    next = last;
    wanted.emplace_back(step, stopped.read(0, state, 7));
  }
  machine.run(entries, 999);
  CHECK(watched == wanted);
  CHECK(wanted.front() != wanted.back());
  machine.run({}, 1200);
  CHECK(watched.size() == steps.size());  // it watches one run only
}

TEST_CASE("reference machine: counters tell what was computed") {
  const Mapped mapped = adapting();
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const auto spikes = machine.run(every_step(mapped.image, 20), 20);
  const MachineStats stats = machine.stats();
  CHECK(stats.steps == 20);
  REQUIRE(stats.tiles.size() == 1);
  CHECK(stats.tiles[0][spec::Counter::packets] == 20);
  CHECK(stats.tiles[0][spec::Counter::synapse_events] == 20);
  CHECK(stats.tiles[0][spec::Counter::spikes] == spikes.size());
  CHECK(stats.cycles == 0);
}
