// SPDX-License-Identifier: Apache-2.0
// A chip that answers every frame but lies: the host ends with an error in bounded time.
#include <doctest/doctest.h>

#include "fake_wire.hpp"
#include "message_of.hpp"
#include "spikemesh/chip_machine.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using namespace std::chrono_literals;
using spec::Register;

namespace {

const spec::Build kTiny = spec::kBuilds[2].build;
constexpr auto kGiveUp = 60s;

/// A loaded chip.
struct Loaded {
  Loaded() {
    Image image;
    image.build = kTiny;
    machine.load(image);
  }
  /// What a run until `until` says, and how long it took on the wire's clock.
  std::string run(std::uint64_t until, std::vector<InEntry> entries = {}) {
    const std::uint64_t begin = bench.now;
    const std::string message = message_of([&] { machine.run(entries, until); });
    took = std::chrono::microseconds(bench.now - begin);
    return message;
  }
  Bench bench{kTiny, 1};
  ChipMachine machine{bench.client({.give_up = kGiveUp})};
  std::chrono::microseconds took{};
};

}  // namespace

TEST_CASE("a chip that never leaves a step is an error that names the step") {
  Loaded chip;
  chip.bench.chip.step_time = 1'000'000'000'000;
  const std::string message = chip.run(10);
  CAPTURE(message);
  CHECK(has(message, "has not left step 0 for 60."));
  CHECK(has(message, "(running)"));
  CHECK(chip.took < 2 * kGiveUp);
}

TEST_CASE("a chip whose clock stands still is an error") {
  Loaded chip;
  chip.bench.chip.step_time = 1'000'000'000'000;
  chip.bench.chip.lies[Register::cycle_lo] = [] { return 7; };
  CHECK(has(chip.run(10), " and 0 cycles (running)"));
  CHECK(chip.took < 2 * kGiveUp);
}

TEST_CASE("a slow simulation, whose clock creeps, is waited for") {
  Loaded chip;
  chip.bench.chip.step_time = 300'000'000;  // five times as long as the host would wait for a board
  std::uint32_t cycle = 0;
  chip.bench.chip.lies[Register::cycle_lo] = [&] { return cycle += 10; };
  CHECK(chip.run(2) == "no error");
  CHECK(chip.took > 9 * kGiveUp);
}

TEST_CASE("a step of a long period is waited for") {
  Loaded chip;
  chip.bench.chip.set_reg(Register::period, 4'000'000'000);  // 40 s at 100 MHz
  chip.bench.chip.step_time = 40'000'000;
  CHECK(chip.run(3) == "no error");
}

TEST_CASE("a high word that differs at each read is an error") {
  Loaded chip;
  std::uint32_t high = 0;
  chip.bench.chip.lies[Register::step_hi] = [&] { return ++high; };
  CHECK(has(chip.run(10), "STEP_HI differs at each of 8 reads"));
  chip.bench.chip.lies.clear();
  chip.bench.chip.lies[Register::cycle_hi] = [&] { return ++high; };
  CHECK(has(message_of([&] { chip.machine.stats(); }), "CYCLE_HI differs at each of 8 reads"));
}

TEST_CASE("spikes without end in one step are an error") {
  Loaded chip;
  chip.bench.chip.step_time = 1'000'000'000'000;
  std::uint32_t written = 0;
  chip.bench.chip.lies[Register::ring_out_write] = [&] {
    chip.bench.chip.set_reg(Register::ring_out_write, written += 20);
    return written;
  };
  const std::string message = chip.run(10);
  CAPTURE(message);
  CHECK(has(message, " spikes in step 0, but has fan-out entries for "));
}

TEST_CASE("a step counter that goes back or too far is an error") {
  for (const std::uint32_t next : {2u, 500u}) {
    Loaded chip;
    chip.bench.chip.step_time = 1'000'000'000'000;
    std::uint32_t reads = 0;
    chip.bench.chip.lies[Register::step_lo] = [&, next] {
      ++reads;
      return reads == 1 ? 0u : reads == 2 ? 5u : next;
    };
    const std::string message = chip.run(10);
    CAPTURE(message);
    CHECK(has(message, "the chip went from step 5 to step " + std::to_string(next)));
  }
}

TEST_CASE("a chip that does not pause is an error") {
  Bench bench(kTiny, 3);
  Client client = bench.client({.give_up = kGiveUp});
  client.connect();
  bench.chip.lies[Register::status] = [] { return 1; };
  CHECK(has(message_of([&] { client.pause(); }),
            "PAUSE is written, but the chip answers that it runs"));
}

TEST_CASE("capability registers that no build can have are refused by name") {
  struct Lie {
    Register which;
    std::uint32_t value;
    const char* message;
  };
  const Lie lies[] = {
      {Register::mesh, 0x10101, "MESH 0x00010101"},
      {Register::mesh, 0x0100, "/MeshW: 0, but 1..64"},
      {Register::mesh, 0x4101, "/MeshH: 65, but 1..64"},
      {Register::neurons, 0, "/Neurons: 0"},
      {Register::neurons, 17, "/Neurons: 17, but 4..2048, a power of two is allowed"},
      {Register::lanes, 3, "/Lanes: 3, but 1..4, a power of two is allowed"},
      {Register::delay_max, 0, "/DelayMax: 0"},
      {Register::ring_in_depth, 0, "/RingIn: 0"},
      {Register::ring_out_depth, 0xffffffff, "/RingOut: 4294967295"},
      {Register::rx_buffer, 100, "/RxBuffer: 100"},
      {Register::frame_words, 0, "/FrameWords: 0"},
      {Register::uart_divisor, 0, "/UartDivisor: 0"}};
  for (const Lie& lie : lies) {
    Bench bench(kTiny, 4);
    bench.chip.lies[lie.which] = [&] { return lie.value; };
    Client client = bench.client();
    const std::string message = message_of([&] { client.connect(); });
    CAPTURE(message);
    CHECK(has(message, "the chip says " + std::string(lie.message)));
    CHECK(has(message, "build it from rtl/spec/chip.json"));
  }
}
