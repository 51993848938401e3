// SPDX-License-Identifier: Apache-2.0
// What verify counts, and the state of a long run.
#include "sim/verify/verify.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "sim/verify/verify_state.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

std::uint64_t hits(const BinCounts& counts, Bin bin) {
  return counts[static_cast<std::size_t>(bin)];
}

TEST_CASE("every bin has a name of its own and says what was seen") {
  for (std::size_t i = 0; i < kBins; ++i) {
    CHECK_FALSE(kBinInfo[i].seen.empty());
    for (std::size_t j = 0; j < i; ++j) CHECK(kBinInfo[i].name != kBinInfo[j].name);
  }
  CHECK(kBinInfo[static_cast<std::size_t>(Bin::delay_15)].name == "delay 15");
  CHECK(kBinInfo[static_cast<std::size_t>(Bin::full_host)].name == "full host");
  CHECK(kBinInfo[static_cast<std::size_t>(Bin::tx_pins)].name == "tx over pins");
}

TEST_CASE("one bin that was never hit makes a run incomplete") {
  Outcome all{.result = {}};
  all.result.bins.fill(1);
  CHECK(all_bins_hit(all));
  for (std::uint64_t& bin : all.result.bins) {
    bin = 0;
    CHECK_FALSE(all_bins_hit(all));
    bin = 1;
  }
}

TEST_CASE("step modes and sweeps are read from the phases that the chip decided") {
  BinWatch watch(spec::kBuilds[2].build);
  const auto phase = [&](std::uint64_t cycle, std::uint64_t step, unsigned kind, unsigned mask) {
    watch.on(Event::of(cycle, kHostTile, 0, spec::PhaseEvent{step, mask, kind}));
  };
  const auto write = [&](spec::Register which, std::uint32_t value) {
    watch.on(Event::of(0, kHostTile, 0,
                       spec::BusEvent{.data = value,
                                      .addr = static_cast<std::uint32_t>(which),
                                      .tile = kHostTile,
                                      .write = 1}));
  };
  phase(0, 0, 1, 0x80);
  CHECK(hits(watch.hits(), Bin::soft_reset) == 0);  // that is power-on
  write(spec::Register::period, 100);
  phase(1000, 0, 0, 0);
  phase(1101, 1, 0, 0);
  CHECK(hits(watch.hits(), Bin::fixed_period) == 0);
  phase(1201, 2, 0, 0);
  CHECK(hits(watch.hits(), Bin::fixed_period) == 1);
  CHECK(hits(watch.hits(), Bin::free_running) == 0);
  write(spec::Register::run_tag, 7);
  write(spec::Register::period, 0);
  phase(1300, 3, 0, 0);
  CHECK(hits(watch.hits(), Bin::free_running) == 0);  // the first of a run follows none
  phase(1310, 4, 1, 5);
  CHECK(hits(watch.hits(), Bin::clear_membrane) == 1);
  CHECK(hits(watch.hits(), Bin::clear_trace) == 0);
  CHECK(hits(watch.hits(), Bin::clear_adaptation) == 1);
  phase(1400, 4, 0, 0);
  CHECK(hits(watch.hits(), Bin::free_running) == 1);
  watch.on(Event::of(1401, 0, 0, spec::AccEvent{.slot = (4 + 15) % 16}));
  CHECK(hits(watch.hits(), Bin::delay_15) == 1);
  phase(2000, 0, 1, 0x80);
  CHECK(hits(watch.hits(), Bin::soft_reset) == 1);
}

TEST_CASE("rings wrap at their depth, counted from the last reset") {
  const spec::Build build = spec::kCoverBuilds[0].build;
  BinWatch watch(build);
  const auto take = [&] { watch.on(Event::of(1, kHostTile, 0, spec::RingInEvent{})); };
  for (std::uint32_t i = 0; i < build.ring_in; ++i) take();
  CHECK(hits(watch.hits(), Bin::ring_in_wrap) == 0);
  take();
  CHECK(hits(watch.hits(), Bin::ring_in_wrap) == 1);
  watch.on(Event::of(2, kHostTile, 0, spec::PhaseEvent{.mask = 0x80, .phase = 1}));
  take();
  CHECK(hits(watch.hits(), Bin::ring_in_wrap) == 1);
}

TEST_CASE("a state is read as it was written, and refused by another plan") {
  const std::string path =
      (std::filesystem::temp_directory_path() / "spikemesh_verify_state.json").string();
  std::filesystem::remove(path);
  const VerifyPlan plan{.seed = 7, .executor = "lockstep", .schedule = {"tiny", "odd"}};
  CHECK(load_state(path, plan).next_case == 0);
  VerifyState state{.next_case = 12, .totals = {}, .failed = {{"odd", ~std::uint64_t{0}}}};
  std::uint64_t next = 1;
  for_each_count(state.totals["tiny"],
                 [&](const auto&, std::uint64_t& number) { number = next++; });
  save_state(path, plan, state);
  const VerifyState again = load_state(path, plan);
  CHECK(again.next_case == 12);
  CHECK(again.failed.at(0).seed == ~std::uint64_t{0});
  CHECK(again.totals.at("tiny").result.bins == state.totals.at("tiny").result.bins);
  CHECK(again.totals.at("tiny").result.cycles == state.totals.at("tiny").result.cycles);
  for (const VerifyPlan& other :
       {VerifyPlan{8, "lockstep", {"tiny", "odd"}}, VerifyPlan{7, "model", {"tiny", "odd"}},
        VerifyPlan{7, "lockstep", {"tiny"}}}) {
    CHECK_THROWS_WITH_AS(load_state(path, other), doctest::Contains("another run"), InputError);
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace spikemesh::sim
