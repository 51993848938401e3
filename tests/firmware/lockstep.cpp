// SPDX-License-Identifier: Apache-2.0
// Model and RTL of a chip whose management core runs programs, compared in every cycle: what the
// core does shows in its accesses to the bus, in TIME and in what it sends. The programs are
// firmware/monitor and tests/firmware/probe.c.
#include <doctest/doctest.h>

#include <optional>
#include <random>
#include <string>

#include "firmware/core_host.hpp"
#include "firmware/monitor/monitor.h"
#include "sim/device/executor.hpp"
#include "sim/lockstep/lockstep_device.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::test;

constexpr std::uint32_t kTag = 1;
/// Cycles after which what does not come from the core will not come.
constexpr std::uint64_t kLongestWait = 20'000'000;

/// Two chips as one, and the host of their cores.
class Pair {
 public:
  /// Model and RTL.
  Pair(const std::string& build, std::uint64_t seed) : Pair(make(build_named(build)), seed) {}
  Pair(sim::LockstepDevice* both, std::uint64_t seed)
      : both_(both), core(std::unique_ptr<sim::Device>(both_), false), random_(seed) {
    MESSAGE("seed " << seed);
  }
  std::uint64_t cycle() const { return both_->cycle(); }
  std::uint32_t pick(std::uint32_t from, std::uint32_t to) {
    return std::uniform_int_distribution<std::uint32_t>(from, to)(random_);
  }
  void pause(std::uint32_t longest) { both_->advance(cycle() + pick(1, longest)); }
  /// The next word that the core sends, or nothing when cycle `end` comes first.
  std::optional<std::uint32_t> take(std::uint64_t end) {
    const std::uint64_t begin = cycle();
    while (core.waiting() == 0) {
      if (cycle() >= end) return std::nullopt;
      check_wait(begin);
      pause(2'000);
    }
    return core.answer();
  }
  /// Until the core has taken all words, of which the next start would take the rest.
  void wait_taken() {
    const std::uint64_t begin = cycle();
    while (core.read(MgmtRegister::in_read) != core.read(MgmtRegister::in_write)) {
      check_wait(begin);
      pause(100);
    }
  }
  /// Enough was compared, of what a core does as well.
  void check(std::uint64_t cycles) const {
    REQUIRE(cycle() >= cycles);
    const sim::EventCounts& counts = both_->compared();
    MESSAGE(cycle() << " cycles: " << sim::counts_line(counts));
    const EventKind kinds[] = {EventKind::bus, EventKind::phase, EventKind::byte_in};
    for (const EventKind kind : kinds) CHECK(counts[static_cast<std::size_t>(kind)] > 0);
  }

 private:
  void check_wait(std::uint64_t begin) {
    REQUIRE_MESSAGE(cycle() < begin + kLongestWait,
                    "the core does nothing; its STATUS is " << core.read(MgmtRegister::status));
  }
  static sim::LockstepDevice* make(const spec::Build& build) {
    return new sim::LockstepDevice(rtl_with_core(build), model_with_core(build),
                                   sim::Rerun{"none", "none"});
  }

  sim::LockstepDevice* both_;  // of `core`

 public:
  CoreHost core;

 private:
  std::mt19937_64 random_;
};

// ------------------------------------------------------------------------------------- the monitor

/// A message of the monitor: its kind, 0 when cycle `end` comes first, and its words.
std::pair<std::uint32_t, std::vector<std::uint32_t>> message(Pair& chip, std::uint64_t end) {
  const auto head = chip.take(end);
  if (!head) return {};
  std::vector<std::uint32_t> words;
  for (std::uint32_t i = 0; i < (*head & 0xFFFF); ++i) words.push_back(chip.core.answer());
  return {*head >> 16, words};
}

/// Some words and steps by the monitor's commands.
void use_monitor(Pair& chip) {
  const std::uint32_t word = chip.pick(0, 0xFFFF);
  const std::uint32_t place = spec::kRingInBase + chip.pick(0, 7);
  for (const std::uint32_t mail : {std::uint32_t{MONITOR_POKE}, std::uint32_t{kHost}, place, word})
    chip.core.mail(mail);
  CHECK(message(chip, ~0ull).first == MONITOR_ANSWER);
  for (const std::uint32_t mail : {std::uint32_t{MONITOR_PEEK}, std::uint32_t{kHost}, place})
    chip.core.mail(mail);
  CHECK(message(chip, ~0ull).second == std::vector{word});
  for (const std::uint32_t mail : {std::uint32_t{MONITOR_RUN}, chip.pick(1, 50)})
    chip.core.mail(mail);
  CHECK(message(chip, ~0ull).first == MONITOR_ANSWER);
}

void start_monitor(CoreHost& core) {
  REQUIRE(core.write(spec::Register::image_tag, kTag) == Status::ok);
  core.start();
  core.own();
  CHECK(core.text() == "monitor: ready\n");
}

void reset(Pair& chip) {
  REQUIRE(chip.core.write(spec::Register::reset_nonce,
                          static_cast<std::uint32_t>(chip.cycle()) | 1) == Status::ok);
  chip.core.host.wait_boundary();
}

/// The self-test to its end, or to cycle `end`.
void test_chip(Pair& chip, std::uint64_t end) {
  chip.core.mail(MONITOR_TEST);
  for (;;) {
    const auto [kind, words] = message(chip, end);
    if (kind == MONITOR_RESET) {
      reset(chip);
      start_monitor(chip.core);
      chip.core.mail(MONITOR_RESUME);
    }
    if (kind == MONITOR_DONE) {
      CHECK(words[2] == 0);
      MESSAGE("the self-test has ended in cycle " << chip.cycle());
    }
    if (kind == MONITOR_DONE || kind == 0) return;
  }
}

void run_monitor(Pair& chip, std::uint64_t cycles) {
  CoreHost& core = chip.core;
  core.load("monitor");
  while (chip.cycle() < cycles) {
    start_monitor(core);
    use_monitor(chip);
    test_chip(chip, cycles);
    REQUIRE(core.write(MgmtRegister::control, 0) == Status::ok);
    REQUIRE(core.write(spec::Register::pause, 1) == Status::ok);
    core.host.wait_boundary();
    reset(chip);
  }
}

// --------------------------------------------------------------------------------------- the probe

/// A spike on axon 0 makes neuron 0 fire one step later, and its spike goes to the host.
void load_relay(CoreHost& core) {
  using spec::Region;
  const auto write = [&core](Region region, std::vector<std::uint32_t> words) {
    REQUIRE(core.host.write(address(region, 0), std::move(words), 0) == 0);
  };
  write(Region::synapse, {spec::Synapse{200, 1, 0, 0}.pack()});
  write(Region::axon, {spec::Axon{0, 1}.pack()});
  write(Region::fanout, {77u | 1u << 24});
  write(Region::neuron,
        {spec::Neuron0{100, 0}.pack(), 0, 0, 0, 0, 0, 0, spec::Neuron7{0, 1}.pack()});
}

void answers(Pair& chip, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) chip.take(~0ull);
}

/// A sleep, into which the host looks at times.
void sleep(Pair& chip, std::uint32_t longest) {
  CoreHost& core = chip.core;
  const std::uint32_t cycles = chip.pick(0, 1u << chip.pick(0, longest));
  core.ask(kSleep, cycles);
  const std::uint64_t end = chip.cycle() + cycles;
  while (chip.cycle() < end && chip.pick(0, 3) != 0) {
    chip.pause(cycles + 1);
    if (chip.pick(0, 1) != 0) core.read(MgmtRegister::time_lo);
    if (chip.pick(0, 1) != 0) core.host.read(spec::kMgmtProgramBase + chip.pick(0, 99));
  }
  CHECK(chip.take(~0ull) >= cycles);
  CHECK(chip.take(~0ull) == 1);
}

void use_probe(Pair& chip, std::uint32_t longest_sleep) {
  CoreHost& core = chip.core;
  switch (chip.pick(0, 5)) {
    case 0: {
      core.ask(kRun, chip.pick(1, 30));
      answers(chip, 1);
      answers(chip, 2 * *chip.take(~0ull));
      break;
    }
    case 1:
      core.ask(kSetWeight, chip.pick(0, 400));
      answers(chip, 2);
      break;
    case 2:
      core.ask(kFixed);
      answers(chip, 4);
      break;
    case 3:
      core.ask(kReadInRun, chip.pick(1, 200));
      answers(chip, 2);
      break;
    default:
      sleep(chip, longest_sleep);
  }
  if (chip.pick(0, 3) == 0) chip.pause(5'000);
}

/// One of the ways in which a program ends.
void end_probe(Pair& chip) {
  CoreHost& core = chip.core;
  switch (chip.pick(0, 5)) {
    case 0:
      core.ask(kExit, chip.pick(0, 9));
      CHECK(core.stopped() == MgmtStop::exit);
      break;
    case 1:
      core.ask(kIllegal);
      CHECK(core.stopped() == MgmtStop::trap);
      break;
    case 2:
      core.ask(kStore, 0);
      CHECK(core.stopped() == MgmtStop::bus);
      break;
    case 3:
      core.ask(kStorm);
      chip.wait_taken();
      REQUIRE(core.write(MgmtRegister::watchdog, chip.pick(100, 5'000)) == Status::ok);
      CHECK(core.stopped() == MgmtStop::watchdog);
      REQUIRE(core.write(MgmtRegister::watchdog, 0) == Status::ok);
      break;
    case 4:
      core.ask(kSleep, chip.pick(0, 100'000));
      chip.wait_taken();
      chip.pause(500);
      REQUIRE(core.write(MgmtRegister::control, 0) == Status::ok);
      CHECK(core.stopped() == MgmtStop::host);
      break;
    default:
      core.ask(kReadInRun, chip.pick(1, 20));
      REQUIRE(core.write(spec::Register::reset_nonce,
                         static_cast<std::uint32_t>(chip.cycle()) | 1) == Status::ok);
  }
  core.host.wait_boundary();
}

void run_probe(Pair& chip, std::uint64_t cycles, std::uint32_t longest_sleep) {
  CoreHost& core = chip.core;
  core.load("probe");
  while (chip.cycle() < cycles) {
    load_relay(core);  // a reset clears it
    REQUIRE(core.write(spec::Register::image_tag, kTag) == Status::ok);
    core.start();
    core.own();
    for (std::uint32_t i = chip.pick(1, 6); i > 0; --i) use_probe(chip, longest_sleep);
    end_probe(chip);
    core.drop();
  }
}

// ----------------------------------------------------------------------------------- by night

constexpr std::uint64_t kNight = 10'000'000;

void compare_monitor(const std::string& build) {
  if (core_is_missing()) return;
  Pair chip(build, 3);
  run_monitor(chip, kNight);
  chip.check(kNight);
}

void compare_probe(const std::string& build) {
  if (core_is_missing()) return;
  Pair chip(build, 4);
  run_probe(chip, kNight, 17);
  chip.check(kNight);
}

}  // namespace

TEST_CASE("model and RTL are equal in every cycle while the core runs programs") {
  if (core_is_missing()) return;
  Pair monitor("tiny", 1);
  run_monitor(monitor, 200'000);
  monitor.check(200'000);
  Pair probe("tiny", 2);
  run_probe(probe, 150'000, 14);
  probe.check(150'000);
}

TEST_CASE("the core is equal in every cycle when a tile of its chip is RTL" * doctest::skip()) {
  if (core_is_missing()) return;
  sim::DeviceOptions options;
  options.management_core = sources();
  options.rtl_tiles.places = {{0, 0, SPIKEMESH_RTL "/noc/sm_router.sv"}};
  auto both =
      sim::make_device(sim::Executor::model, build_named("tiny"), sim::Link::bytes, options);
  Pair monitor(static_cast<sim::LockstepDevice*>(both.release()), 5);
  run_monitor(monitor, 100'000);
  monitor.check(100'000);
  CHECK(options.rtl_tiles.flits->front().left > 10);
}

TEST_CASE("model and RTL are equal for ten million cycles of monitor on tiny" * doctest::skip()) {
  compare_monitor("tiny");
}
TEST_CASE("model and RTL are equal for ten million cycles of monitor on ecp5" * doctest::skip()) {
  compare_monitor("ecp5");
}
TEST_CASE("model and RTL are equal for ten million cycles of probe on tiny" * doctest::skip()) {
  compare_probe("tiny");
}
TEST_CASE("model and RTL are equal for ten million cycles of probe on ecp5" * doctest::skip()) {
  compare_probe("ecp5");
}
