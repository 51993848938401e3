// SPDX-License-Identifier: Apache-2.0
// ChipMachine against the fake chip: its network is an echo, so what comes out is what went in.
#include <doctest/doctest.h>

#include <algorithm>

#include "fake_wire.hpp"
#include "message_of.hpp"
#include "spikemesh/chip_machine.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using namespace std::chrono_literals;

namespace {

const spec::Build kDefault = spec::kBuilds[0].build;
const spec::Build kTiny = spec::kBuilds[2].build;
const spec::Build kOdd = spec::kBuilds[3].build;

Image image_for(const spec::Build& build, std::mt19937_64& random) {
  Image image;
  image.build = build;
  image.adapt_period = 3;
  for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
    for (std::uint32_t x = 0; x < build.mesh_w; ++x) {
      const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
      Block block{tile, 0, {}};
      for (unsigned i = 0; i < 40; ++i) block.words.push_back(static_cast<unsigned>(random()));
      image.blocks.push_back(block);
      block.address = 3u << 16 | 8;
      image.blocks.push_back(block);
    }
  }
  return image;
}

/// Random spikes, at most `burst` in a step.
std::vector<InEntry> random_entries(std::mt19937_64& random, std::uint64_t first,
                                    std::uint64_t steps, unsigned burst) {
  std::vector<InEntry> entries;
  for (std::uint64_t t = first; t < first + steps; ++t) {
    for (unsigned i = 0, n = random() % 4 ? random() % 3 : random() % (burst + 1); i < n; ++i) {
      entries.push_back({t, static_cast<std::uint32_t>(random() % 1000)});
    }
  }
  return entries;
}

std::vector<OutSpike> echo(const std::vector<InEntry>& entries) {
  std::vector<OutSpike> spikes;
  for (const InEntry& entry : entries) {
    if (entry.kind == spec::EntryKind::spike) spikes.push_back({entry.step, entry.payload});
  }
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

}  // namespace

TEST_CASE("an image that was loaded is in the chip, tagged") {
  Bench bench(kOdd, 1);
  ChipMachine machine(bench.client());
  const Image image = image_for(kOdd, bench.random);
  machine.load(image);
  std::size_t compared = 0;
  for (const Block& block : image.blocks) {
    for (std::uint32_t i = 0; i < block.words.size(); ++i, ++compared) {
      CHECK(bench.chip.memory(block.tile, block.address + i) == block.words[i]);
    }
  }
  CHECK(compared == 480);
  CHECK(bench.chip.reg(spec::Register::image_tag) != 0);
  CHECK(bench.chip.reg(spec::Register::adapt_period) == 3);
  CHECK(machine.step() == 0);
}

TEST_CASE("a word that does not read back is an error that names it") {
  Bench bench(kTiny, 2);
  ChipMachine machine(bench.client());
  bench.chip.stuck_address = 3u << 16 | 17;
  const auto message = message_of([&] { machine.load(image_for(kTiny, bench.random)); });
  CHECK(has(message, "tile (0, 0), neuron word 17"));
  CHECK(has(message, "reads back 0x00000000"));
  CHECK(bench.chip.reg(spec::Register::image_tag) == 0);
  CHECK_THROWS_AS(machine.run({}, 10), RunError);
}

TEST_CASE("a power failure at any moment of a load never leaves a chip that passes for loaded") {
  unsigned failed = 0;
  for (std::uint64_t at = 1; at < 60; ++at) {
    CAPTURE(at);
    Bench bench(kTiny, at);
    ChipMachine machine(bench.client());
    bench.power_fails_at = bench.chip.frames() + at;
    const Image image = image_for(kTiny, bench.random);
    try {
      machine.load(image);
    } catch (const Error&) {
      ++failed;
      CHECK_THROWS_AS(machine.run({}, 10), RunError);
      continue;
    }
    // Loaded, and perhaps the power fails later: then the run tells.
    CHECK(bench.chip.memory(0, 5) == image.blocks[0].words[5]);
    const std::string message = message_of([&] { machine.run({}, 10); });
    CHECK((message == "no error" || has(message, "load the image again")));
    CHECK((message == "no error") == (bench.chip.reg(spec::Register::image_tag) != 0));
  }
  CHECK(failed > 3);
}

TEST_CASE("an image of another chip is refused before anything is sent") {
  Bench bench(kTiny, 3);
  ChipMachine machine(bench.client());
  Image image = image_for(kTiny, bench.random);
  image.blocks.push_back({1, 0, {1}});
  CHECK(has(message_of([&] { machine.load(image); }), "tile (1, 0)"));
  image.blocks.back() = {0, 255, {1, 2}};
  CHECK(has(message_of([&] { machine.load(image); }), "synapse word 255"));
  image = image_for(kOdd, bench.random);
  CHECK(has(message_of([&] { machine.load(image); }), "Lanes = 2"));
  CHECK(bench.control_writes == 0);
}

TEST_CASE("every spike put in comes out at its step, however small the rings") {
  std::uint64_t spikes = 0, stalls = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    spec::Build build = spec::kBuilds[seed % spec::kBuilds.size()].build;
    build.ring_in = 4u << seed % 5;
    build.ring_out = 4u << seed % 7;
    build.frame_words = 4u << seed % 4;
    Bench bench(build, seed);
    bench.chip.step_time = 1 + bench.random() % 300;
    if (seed % 3 == 0) bench.faults = {0.001, 0.001, 0.001, 0.0005};
    ChipMachine machine(bench.client());
    machine.load(image_for(build, bench.random));
    std::uint64_t at = 0;
    for (int round = 0; round < 3; ++round) {
      const std::uint64_t steps = 1 + bench.random() % 200;
      // Every other chip gets bursts that its ring does not hold, behind a clear.
      const unsigned burst = seed % 2 == 0 ? build.ring_in : 5 * build.ring_in;
      auto entries = random_entries(bench.random, at, steps, burst);
      if (seed % 2 != 0)
        for (std::uint64_t t = at; t < at + steps; ++t)
          entries.push_back({t, 1, spec::EntryKind::clear});
      in_order(entries);
      const auto got = machine.run(entries, at + steps);
      CHECK(got == echo(entries));
      at += steps;
      CHECK(machine.step() == at);
      spikes += got.size();
    }
    stalls += bench.chip.steps_stalled();
    CHECK(bench.chip.reg(spec::Register::late_entries) == 0);
    for (const auto& violation : bench.violations) FAIL_CHECK(violation);
    CHECK(bench.overflows == 0);
  }
  CHECK(spikes > 5000);
  CHECK(stalls > 100);
}

TEST_CASE("steps beyond 2^32 are told apart, and entries far ahead are not late") {
  Bench bench(kTiny, 5);
  bench.chip.jumps = true;
  ChipMachine machine(bench.client());
  machine.load(image_for(kTiny, bench.random));
  const std::uint64_t carry = 1ull << 32;
  const std::vector<InEntry> entries{
      {3, 7},         {3'000'000'000, 8},  {carry - 1, 9},     {carry, 10},
      {carry + 3, 7}, {3 * carry + 5, 11}, {3 * carry + 5, 12}};
  CHECK(machine.run(entries, 3 * carry + 10) == echo(entries));
  CHECK(machine.step() == 3 * carry + 10);
  CHECK(bench.chip.reg(spec::Register::late_entries) == 0);
}

TEST_CASE("samples in one run each begin with a clear, and their spikes are told apart") {
  Bench bench(kDefault, 6);
  ChipMachine machine(bench.client());
  machine.load(image_for(kDefault, bench.random));
  std::vector<std::vector<InEntry>> samples;
  for (int k = 0; k < 40; ++k) samples.push_back(random_entries(bench.random, 0, 32, 30));
  const auto got = run_samples(machine, samples, 32, kClearMembrane | kClearAdaptation);
  REQUIRE(got.size() == samples.size());
  for (std::size_t k = 0; k < got.size(); ++k) CHECK(got[k] == echo(samples[k]));
  REQUIRE(bench.chip.clears().size() == 40);
  for (std::uint64_t k = 0; k < 40; ++k) {
    CHECK(bench.chip.clears()[k] == std::pair<std::uint64_t, std::uint32_t>{32 * k, 5});
  }
  CHECK(machine.step() == 40 * 32);
}

TEST_CASE("a clear happens at the begin of the next run, before its spikes") {
  Bench bench(kTiny, 7);
  ChipMachine machine(bench.client());
  machine.load(image_for(kTiny, bench.random));
  machine.run({}, 5);
  machine.clear(kClearMembrane);
  const std::vector<InEntry> entries{{5, 1}};
  CHECK(machine.run(entries, 8) == echo(entries));
  REQUIRE(bench.chip.clears().size() == 1);
  CHECK(bench.chip.clears()[0] == std::pair<std::uint64_t, std::uint32_t>{5, 1});
  machine.run({}, 9);
  CHECK(bench.chip.clears().size() == 1);
}

TEST_CASE("the digits of the test set pass a UART of 8 clocks a bit in few round trips") {
  Bench bench(kDefault, 8);
  bench.byte_time = 1;
  bench.exec_time = 1;
  bench.chip.step_time = 1;
  ChipMachine machine(bench.client());
  machine.load(image_for(kDefault, bench.random));
  std::vector<std::vector<InEntry>> samples(594);
  std::size_t entries = 0;
  for (auto& sample : samples) {
    for (unsigned i = 0; i < 300; ++i) sample.push_back({bench.random() % 32, 1});
    in_order(sample);
    for (std::size_t i = 10; i < sample.size(); ++i) sample[i].kind = spec::EntryKind::spike;
    entries += sample.size() + 1;
  }
  const LinkStats before = machine.client().stats();
  const auto got = run_samples(machine, samples, 32, kClearEverything);
  CHECK(got.size() == 594);
  const LinkStats after = machine.client().stats();
  const std::uint64_t frames = after.frames - before.frames;
  const std::uint64_t bytes = after.bytes_out - before.bytes_out;
  MESSAGE(frames << " frames, " << bytes << " bytes out for " << entries << " entries of 8 bytes; "
                 << after.bytes_in - before.bytes_in << " bytes in for as many spikes");
  CHECK(bytes < entries * 8 * 5 / 4);
  CHECK(frames < 12 * 594);
}

TEST_CASE("entries that do not fit a run are refused, naming the entry") {
  Bench bench(kTiny, 9);
  ChipMachine machine(bench.client());
  machine.load(image_for(kTiny, bench.random));
  const auto refused = [&](std::vector<InEntry> entries) {
    return message_of([&] { machine.run(entries, 10); });
  };
  CHECK(has(refused({{10, 0}}), "outside of the run, which is [0, 10)"));
  CHECK(has(refused({{5, 0}, {4, 0}}), "entry 1 (spike of step 4)"));
  CHECK(has(refused({{5, 0}, {5, 1, spec::EntryKind::clear}}), "in_order"));
  CHECK(has(refused({{5, 8, spec::EntryKind::clear}}), "clear mask"));
  CHECK(has(refused({{5, 1u << 24}}), "wider than 24 bits"));
  CHECK(has(refused({{5, 0, spec::EntryKind::hold}}), "leave it out"));
  CHECK(has(refused(std::vector<InEntry>(64, InEntry{3, 1, spec::EntryKind::clear})),
            "more than 63 clear and learning entries"));
  CHECK(machine.run(std::vector<InEntry>(63, InEntry{3, 1, spec::EntryKind::clear}), 4).empty());
  machine.run({}, 10);
  CHECK(has(message_of([&] { machine.run({}, 9); }), "steps go forward"));
  std::vector<InEntry> mixed{{5, 1}, {5, 1, spec::EntryKind::clear}, {4, 2}};
  in_order(mixed);
  CHECK(mixed == std::vector<InEntry>{{4, 2}, {5, 1, spec::EntryKind::clear}, {5, 1}});
}

TEST_CASE("a spike for an axon that the chip lacks is an error, not a silence") {
  Bench bench(kTiny, 10);
  ChipMachine machine(bench.client());
  machine.load(image_for(kTiny, bench.random));
  const std::vector<InEntry> entries{{1, 0xffffff}};
  CHECK(has(message_of([&] { machine.run(entries, 4); }), "BAD_ENTRIES"));
  CHECK(machine.step() == 4);
  CHECK(machine.run({}, 6).empty());  // an old count is no new error
}

TEST_CASE("a chip that was reset between runs, or in one, is an error that says to load again") {
  Bench bench(kTiny, 11);
  ChipMachine machine(bench.client());
  const Image image = image_for(kTiny, bench.random);
  machine.load(image);
  machine.run({}, 4);
  bench.chip.power_on();
  CHECK(has(message_of([&] { machine.run({}, 8); }), "load the image again"));
  CHECK(has(message_of([&] { machine.read(0, 0, 4); }), "reset"));
  machine.load(image);
  CHECK(machine.run({}, 4).empty());

  bench.chip.step_time = 1000;
  bench.power_fails_at = bench.chip.frames() + 20;
  CHECK(has(message_of([&] { machine.run({}, 10000); }), "reset"));
  CHECK(has(message_of([&] { machine.run({}, 10001); }), "ended early"));
  machine.load(image);
  CHECK(machine.step() == 0);
}

TEST_CASE("words of a tile are read and written between runs, and counters told") {
  Bench bench(kOdd, 12);
  ChipMachine machine(bench.client());
  machine.load(image_for(kOdd, bench.random));
  machine.run({}, 7);
  const std::vector<std::uint32_t> words{1, 2, 3};
  machine.write(65, 4u << 16, words);
  CHECK(machine.read(65, 4u << 16, 3) == words);
  const MachineStats stats = machine.stats();
  CHECK(stats.steps == 7);
  CHECK(stats.cycles > 0);
  CHECK(stats.tiles.size() == 6);
  CHECK(stats.tiles[4].tile == 65);
}

TEST_CASE("a run that is told to end in a step that is held delivers the rest of the step first") {
  struct Stop {};
  Bench bench(kTiny, 3);
  std::vector<InEntry> entries(1000, InEntry{3, 7});  // of a ring of 64
  entries.resize(2000, InEntry{4, 8});
  ChipMachineOptions options;
  options.progress = [&](const char* what, std::uint64_t, std::uint64_t) {
    if (what == std::string_view("run") && bench.chip.reg(spec::Register::ring_in_read) > 100)
      throw Stop{};
  };
  ChipMachine machine(bench.client(), options);
  machine.load(image_for(kTiny, bench.random));
  CHECK_THROWS_AS(machine.run(entries, 10), Stop);
  CHECK(machine.step() == 4);
  CHECK(machine.take_partial().size() == 1000);
  CHECK(machine.stats().late_entries == 0);
}

TEST_CASE("a run that is told to end ends between two steps, and keeps its spikes and memories") {
  struct Stop {};
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    Bench bench(kTiny, seed);
    bench.chip.step_time = 400;
    ChipMachineOptions options;
    options.progress = [&](const char* what, std::uint64_t done, std::uint64_t) {
      if (what == std::string_view("run") && done >= 20 * seed) throw Stop{};
    };
    ChipMachine machine(bench.client(), options);
    machine.load(image_for(kTiny, bench.random));
    const auto entries = random_entries(bench.random, 0, 2000, 3);
    CHECK_THROWS_AS(machine.run(entries, 2000), Stop);
    const std::uint64_t reached = machine.step();
    CHECK(reached >= 20 * seed);
    CHECK(reached < 2000);
    std::vector<OutSpike> wanted = echo(entries);
    std::erase_if(wanted, [&](const OutSpike& spike) { return spike.step >= reached; });
    CHECK(wanted.size() > 10);
    CHECK(machine.take_partial() == wanted);
    CHECK(machine.stats().steps == reached);
    CHECK(machine.read(0, 4u << 16, 3).size() == 3);
    CHECK(has(message_of([&] { machine.run({}, 2001); }), "ended early"));
    options.progress = {};
    machine.load(image_for(kTiny, bench.random));
    CHECK(machine.step() == 0);
  }
}

TEST_CASE("counters of 32 bits go on to 64, and say when a wrap may have been missed") {
  constexpr std::uint32_t kBase = static_cast<std::uint32_t>(spec::Region::counter) << 16;
  Bench bench(kTiny, 3);
  ChipMachine machine(bench.client());
  machine.load(image_for(kTiny, bench.random));
  const auto count = [&](std::uint32_t word) {
    bench.chip.set_memory(0, kBase, word);
    machine.run({}, machine.step() + 5);
    return machine.stats();
  };
  CHECK(count(0xc0000000).tiles[0][spec::Counter::spikes] == 0xc0000000);
  const MachineStats before = count(0xf0000000);
  const MachineStats after = count(0x10000005);  // it wrapped
  CHECK(after.tiles[0][spec::Counter::spikes] == 0x110000005);
  CHECK((after - before).total(spec::Counter::spikes) == 0x20000005);
  CHECK(after.exact);
  bench.chip.step_time = 10'000'000;  // 100 cycles a microsecond: 5 * 10^9 cycles in a run
  CHECK_FALSE(count(0x20000000).exact);
  machine.load(image_for(kTiny, bench.random));
  CHECK(machine.stats().exact);
}
