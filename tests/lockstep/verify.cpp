// SPDX-License-Identifier: Apache-2.0
// What verify counts, and the state of a long run.
#include "sim/verify/verify.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "sim/stimulus/random_chip.hpp"
#include "sim/verify/case/verify_state.hpp"
#include "spikemesh/build.hpp"
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

TEST_CASE("one limit that was never written makes a run incomplete, if a build has it") {
  Outcome all{.result = {}};
  all.result.limits.fill(1);
  const std::set<std::string> builds{"cover0"};
  CHECK(all_limits_hit(all, builds));
  const std::vector<FieldLimits> fields = field_limits(load_build("cover0"));
  REQUIRE(fields.size() * kLimits == all.result.limits.size());
  for (std::size_t i = 0; i < all.result.limits.size(); ++i) {
    all.result.limits[i] = 0;
    CHECK(all_limits_hit(all, builds) != fields[i / kLimits].values[i % kLimits].has_value());
    all.result.limits[i] = 1;
  }
}

TEST_CASE("limits of fields are those of the build's memories and of what it refuses") {
  const spec::Build build = load_build("cover0");  // 128 synapses, 1 lane, 4-bit weights
  const auto limits = field_limits(build);
  const auto of = [&](std::string_view region, std::string_view field, unsigned word = 0) {
    for (const FieldLimits& each : limits)
      if (each.word->name == region && each.field->name == field && each.word->word == word)
        return each;
    return FieldLimits{};
  };
  using Values = std::array<std::optional<std::uint32_t>, kLimits>;
  constexpr auto none = std::nullopt;
  CHECK(of("axon", "groups").values == Values{0, 1, 255, 256, none});
  CHECK(of("synapse", "weight").values == Values{0, 1, 7, 8, 0xfff8});
  CHECK(of("synapse", "plastic").values == Values{0, 1, 1, none, none});
  CHECK(of("fanout", "x").values == Values{0, 1, 0, 1, none});
  CHECK(of("fanout", "mode").values == Values{0, 1, 0, 1, none});
  CHECK(of("neuron", "decay_v", 4).values == Values{0, 1, 4096, 4097, none});
  CHECK(of("neuron", "theta", 0).values == Values{0, 1, 0x7fffff, none, 0x800000});
  CHECK(of("neuron", "count", 7).values == Values{0, 1, 63, 64, none});
}

TEST_CASE("a word at a limit is counted when the chip took it, or refused it for that") {
  BinWatch watch(load_build("cover0"));
  const auto write = [&](std::uint32_t address, std::uint32_t word, spec::Status status) {
    watch.on(Event::of(0, kHostTile, 0,
                       spec::BusEvent{.data = word,
                                      .addr = address,
                                      .tile = 0,
                                      .write = 1,
                                      .status = static_cast<std::uint32_t>(status)}));
  };
  const auto hits = [&] {
    std::uint64_t sum = 0;
    for (const std::uint64_t each : watch.limits()) sum += each;
    return sum;
  };
  const std::uint32_t axon = spec::TileAddr{.index = 3, .region = 1}.pack();
  write(axon, spec::Axon{.first = 5, .groups = 255, .plastic = 0, .rule = 2}.pack(),
        spec::Status::ok);
  CHECK(hits() == 2);  // groups largest, plastic zero
  const std::uint32_t decay = spec::TileAddr{.index = 8 + 4, .region = 3}.pack();
  write(decay, 4098, spec::Status::bad_value);
  CHECK(hits() == 2);
  write(decay, 4097, spec::Status::bad_value);
  CHECK(hits() == 3);
  write(decay, 4097, spec::Status::running);
  CHECK(hits() == 3);
}

TEST_CASE("a random chip uses only the features that are named") {
  Random random(5);
  const Features few("delays,gain", "--features");
  CHECK(few.to_option() == " --features delays,gain");
  CHECK(Features().to_option().empty());
  CHECK(Features("none", "--features").to_option() == " --features none");
  CHECK_THROWS_WITH_AS(Features("stpd", "--features"), doctest::Contains("choose from"),
                       InputError);
  bool gain = false, delayed = false;
  for (unsigned i = 0; i < 20; ++i) {
    const RandomChip chip = make_random_chip(load_build("tiny"), {}, random, few);
    CHECK_FALSE(chip.learns);
    for (const auto& [at, word] : chip.words.at(0)) {
      const auto [index, region] = spec::TileAddr::unpack(at);
      const auto which = static_cast<spec::Region>(region);
      const unsigned field = index % 8;
      if (which == spec::Region::synapse) delayed |= spec::Synapse::unpack(word).delay > 1;
      if (which != spec::Region::neuron) continue;
      if (field == 0) CHECK(spec::Neuron0::unpack(word).refractory == 0);
      if (field == 1) CHECK(spec::Neuron1::unpack(word).subtract == 0);
      if (field == 1) gain |= spec::Neuron1::unpack(word).gain != 0;
      if (field == 3 || field == 5 || field == 6) CHECK(word == 0);
    }
  }
  CHECK(gain);
  CHECK(delayed);
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
