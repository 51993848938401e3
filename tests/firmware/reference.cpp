// SPDX-License-Identifier: Apache-2.0
// Programs of the management core on a chip with the tiles of the reference, beside the same
// programs on the model (docs/blocks/management_core.md, "In the reference").
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <string>

#include "firmware/core_host.hpp"
#include "firmware/monitor/monitor.h"

namespace {

using namespace spikemesh;
using namespace spikemesh::test;
using spec::Region;

using Words = std::vector<std::uint32_t>;

/// What a use of a core gave, and the memories of all tiles after it.
struct Result {
  Words words;
  std::vector<Words> memories;
  std::uint64_t cycles = 0;
};

std::vector<Words> memories_of(sim::Device& device) {
  const spec::Build& build = device.build();
  std::vector<Words> all;
  for (std::uint32_t t = 0; t < build.mesh_w * build.mesh_h; ++t)
    for (std::uint32_t region = 0; region < 11; ++region) {
      if (static_cast<Region>(region) == Region::counter) continue;  // emit_stalls take time
      Words& words = all.emplace_back(spec::region_words(build, static_cast<Region>(region)));
      const auto tile = static_cast<std::uint16_t>(
          spec::Tile{.x = t % build.mesh_w, .y = t / build.mesh_w}.pack());
      REQUIRE(device.peek_words(tile, address(static_cast<Region>(region), 0), words));
    }
  return all;
}

Result result_of(std::unique_ptr<sim::Device> device,
                 const std::function<void(CoreHost&, Words&)>& use) {
  CoreHost core(std::move(device), false);
  REQUIRE(core.write(spec::Register::image_tag, 1) == Status::ok);
  Result result;
  use(core, result.words);
  core.host.wait_boundary();
  result.memories = memories_of(core.device());
  result.cycles = core.device().cycle();
  return result;
}

/// The same use of both gives the same; the model's words.
Words check_equal(const std::string& build, const std::function<void(CoreHost&, Words&)>& use) {
  const Result model = result_of(model_with_core(build_named(build)), use);
  const Result reference = result_of(reference_with_core(build_named(build)), use);
  CHECK(reference.words == model.words);
  REQUIRE(reference.memories.size() == model.memories.size());
  std::size_t set = 0;
  for (std::size_t i = 0; i < model.memories.size(); ++i) {
    CHECK(reference.memories[i] == model.memories[i]);
    set += std::count_if(model.memories[i].begin(), model.memories[i].end(),
                         [](std::uint32_t word) { return word != 0; });
  }
  MESSAGE(build << ": " << model.words.size() << " words, " << set << " words of tiles, "
                << model.cycles << " cycles in the model and " << reference.cycles
                << " in the reference");
  return model.words;
}

/// `count` words from the core.
void take(CoreHost& core, std::size_t count, Words& words) {
  for (std::size_t i = 0; i < count; ++i) words.push_back(core.answer());
}

/// Pairs {step, label}, which a chip gives in the order of their arrival.
void take_spikes(CoreHost& core, Words& words) {
  const std::uint32_t count = core.answer();
  words.push_back(count);
  std::vector<std::array<std::uint32_t, 2>> spikes(count);
  for (auto& [step, label] : spikes) step = core.answer(), label = core.answer();
  std::sort(spikes.begin(), spikes.end());
  for (const auto& [step, label] : spikes) words.insert(words.end(), {step, label});
}

void load_relay(CoreHost& core) {
  const auto write = [&core](Region region, Words words) {
    REQUIRE(core.host.write(address(region, 0), std::move(words), 0) == 0);
  };
  write(Region::synapse, {spec::Synapse{200, 1, 0, 0}.pack(), spec::Synapse{200, 1, 1, 0}.pack()});
  write(Region::axon, {spec::Axon{0, 1}.pack()});
  write(Region::fanout, {77u | 1u << 24, 5u | 1u << 24, 0});
  Words neurons;
  for (const auto& list : {spec::Neuron7{0, 2}, spec::Neuron7{1, 2}}) {
    neurons.insert(neurons.end(), {spec::Neuron0{100, 0}.pack(), 0, 0, 0, 0, 0, 0});
    neurons.push_back(list.pack());
  }
  write(Region::neuron, neurons);
}

/// What does not count cycles.
void use_probe(CoreHost& core, Words& words) {
  load_relay(core);
  core.load("probe");
  core.start();
  core.own();
  std::mt19937 random(7);
  for (unsigned i = 0; i < 12; ++i) {
    core.ask(kRun, 1 + random() % 60);
    take(core, 1, words);
    take_spikes(core, words);
    core.ask(kSetWeight, random() % 256);
    take(core, 2, words);
    core.ask(kReadInRun, 1 + random() % 90);
    take(core, 2, words);
    core.ask(kFixed);
    take(core, 4, words);
  }
  words.push_back(core.read(MgmtRegister::tile_writes));
  words.push_back(core.host.read(spikemesh::test::address(spec::Register::step_lo)));
}

/// Each way to stop says the same of itself.
void stop_probe(CoreHost& core, Words& words) {
  core.load("probe");
  const std::pair<Command, std::uint32_t> ways[] = {{kIllegal, 0},
                                                    {kStore, 0},
                                                    {kStore, spec::kByteTile},
                                                    {kStoreByte, 4 * 0x300012},
                                                    {kLoad, 0x03000000},
                                                    {kJump, 0xDEAD0000},
                                                    {kDoubleFault, 0},
                                                    {kExit, 7}};
  for (const auto& [command, argument] : ways) {
    core.start();
    core.ask(command, argument);
    words.push_back(static_cast<std::uint32_t>(core.stopped()));
    for (const MgmtRegister which :
         {MgmtRegister::stop_status, MgmtRegister::stop_pc, MgmtRegister::stop_address})
      words.push_back(core.read(which));
  }
}

void use_hello(CoreHost& core, Words& words) {
  core.run("hello");
  for (const std::uint32_t word : {20u, 22u, 0u}) core.mail(word);
  CHECK(core.stopped() == MgmtStop::exit);
  take(core, core.waiting(), words);
  words.push_back(core.stop_status());
}

/// A message of the monitor; its kind. A self-test takes millions of cycles.
std::uint32_t message(CoreHost& core, Words& words) {
  for (unsigned i = 0; core.waiting() == 0; ++i) {
    REQUIRE(i < 10'000);
    REQUIRE((core.read(MgmtRegister::status) & 1) == 1);
    core.device().advance(core.device().cycle() + 10'000);
  }
  const std::uint32_t head = core.answer();
  words.push_back(head);
  take(core, head & 0xFFFF, words);
  return head >> 16;
}

/// Some words and steps.
void use_monitor(CoreHost& core, Words& words) {
  core.run("monitor");
  core.own();
  message(core, words);
  const auto command = [&](std::initializer_list<std::uint32_t> mail) {
    for (const std::uint32_t word : mail) core.mail(word);
    message(core, words);
  };
  const std::uint32_t place = spec::kRingInBase + 3, tile = 0;
  command({MONITOR_POKE, kHost, place, 99});
  command({MONITOR_PEEK, kHost, place});
  CHECK(words.back() == 99);
  command({MONITOR_POKE, tile, address(Region::state, 8), 17});
  command({MONITOR_PEEK, tile, address(Region::state, 8)});
  CHECK(words.back() == 17);
  command({MONITOR_RUN, 50});
  command({MONITOR_PEEK, tile, address(Region::counter, 0)});
}

/// The self-test of the whole chip, with the reset for which it asks.
void test_chip(CoreHost& core, Words& words) {
  core.run("monitor");
  core.own();
  message(core, words);
  core.mail(MONITOR_TEST);
  for (std::uint32_t resets = 0;;) {
    const std::uint32_t kind = message(core, words);
    if (kind == MONITOR_DONE) break;
    if (kind != MONITOR_RESET) continue;
    REQUIRE(core.write(spec::Register::reset_nonce, ++resets) == Status::ok);
    REQUIRE(core.write(spec::Register::image_tag, 1) == Status::ok);
    core.start();
    core.own();
    message(core, words);
    core.mail(MONITOR_RESUME);
  }
  CHECK(words.back() == 0);  // faults
}

}  // namespace

TEST_CASE("programs give the same words, spikes, stops and memories on the reference") {
  if (core_is_missing()) return;
  const std::uint32_t sum = check_equal("tiny", use_hello).back();
  CHECK(sum == 42);
  const Words probe = check_equal("tiny", use_probe);
  CHECK(std::count(probe.begin(), probe.end(), 77u) > 3);
  check_equal("tiny", stop_probe);
  check_equal("tiny", use_monitor);
}

TEST_CASE("the self-test finds a chip good on the reference, too" * doctest::skip()) {
  if (core_is_missing()) return;
  check_equal("tiny", test_chip);
}
