// SPDX-License-Identifier: Apache-2.0
// The model as a device.
#include "model/chip.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "sim/device/model_device.hpp"
#include "tests/unit/model/broken_builds.hpp"
#include "tests/unit/model/chip_bench.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using spec::Register;
using spec::Status;

namespace {

spec::Build sized(std::string_view base, std::uint32_t width, std::uint32_t height) {
  spec::Build build = named_build(base);
  build.mesh_w = width;
  build.mesh_h = height;
  return build;
}
std::uint64_t depth_of(const spec::Build& build) {
  std::uint64_t levels = 0;
  for (std::uint64_t leaves = 1; leaves < build.mesh_w * build.mesh_h + 1;
       leaves *= build.tree_fan_in) {
    ++levels;
  }
  return std::max<std::uint64_t>(levels, 1) * build.tree_latency;
}
/// Cycles of the step decisions.
std::vector<std::uint64_t> steps_of(const Log& log) {
  std::vector<std::uint64_t> cycles;
  for (const Event& event : log.of(EventKind::phase)) {
    const auto phase = event.as<spec::PhaseEvent>();
    if (phase.phase == static_cast<std::uint32_t>(spec::Phase::step)) {
      REQUIRE(phase.step == cycles.size());
      cycles.push_back(event.cycle);
    }
  }
  return cycles;
}
/// A neuron of tile (0,0) that spikes to the host in every step.
void make_firing(Bench& bench) {
  const Words parameters{spec::Neuron0{10, 0}.pack(), 0, 20, 0, 0, 0, 0,
                         spec::Neuron7{0, 1}.pack()};
  const std::uint32_t neuron =
      spec::TileAddr{0, static_cast<std::uint32_t>(spec::Region::neuron)}.pack();
  const std::uint32_t fanout =
      spec::TileAddr{0, static_cast<std::uint32_t>(spec::Region::fanout)}.pack();
  REQUIRE(bench.write(0, neuron, parameters).status == Status::ok);
  REQUIRE(bench.write(0, fanout, {spec::Fanout{1, 0, 0, 1, 0}.pack()}).status == Status::ok);
}

}  // namespace

TEST_CASE("the model device answers MAGIC over its pins") {
  auto device = sim::make_model_device(named_build("default"), sim::Link::pins);
  PinCodec codec{8};
  std::uint64_t at = 0;
  for (const std::uint8_t byte : slip(request(0x11, 1, kHostTile, 0, {}))) {
    at = codec.send(at, byte,
                    [&](std::uint64_t cycle, bool level) { device->set_rx(cycle, level); });
  }
  device->advance(1'000'000);
  CHECK(device->idle());
  codec.history = device->take_tx();
  Bytes bytes;
  for (const sim::TimedByte& byte : codec.decode()) {
    bytes.push_back(byte.byte);
  }
  const auto frames = unslip(bytes);
  REQUIRE(frames.size() == 1);
  CHECK(parse_reply(frames[0]).data == Words{spec::kMagic});
}

TEST_CASE("an empty chip that runs freely takes B + D + 3 cycles a step after the first") {
  unsigned steps = 0;
  struct Case {
    std::uint32_t width, height, fan_in, latency;
  };
  for (const Case& it : {Case{1, 1, 4, 1},
                         {2, 1, 4, 1},
                         {2, 2, 4, 1},
                         {5, 3, 4, 1},
                         {8, 8, 4, 1},
                         {1, 1, 2, 4},
                         {5, 3, 3, 2},
                         {5, 3, 16, 3},
                         {8, 8, 2, 4}}) {
    spec::Build build = sized("tiny", it.width, it.height);
    build.tree_fan_in = it.fan_in;
    build.tree_latency = it.latency;
    auto device = sim::make_model_device(build, sim::Link::bytes);
    Log log;
    device->listen(&log);
    Bench bench(*device);
    bench.run_until(50);
    device->advance(device->cycle() + 100'000);
    const auto cycles = steps_of(log);
    REQUIRE(cycles.size() == 50);
    const std::uint64_t length = 2 * depth_of(build) + 3;
    // The first step runs Update in every tile: parameters are zero, but nothing has rested yet.
    CHECK(cycles[1] - cycles[0] == 2 * depth_of(build) + 3 + 6 + build.neurons);
    for (std::size_t i = 2; i < cycles.size(); ++i) {
      CHECK(cycles[i] - cycles[i - 1] == length);
      ++steps;
    }
  }
  CHECK(steps == 9 * 48);
}

TEST_CASE("steps of a fixed period start exactly a period apart") {
  auto device = sim::make_model_device(named_build("odd"), sim::Link::bytes);
  Log log;
  device->listen(&log);
  Bench bench(*device);
  REQUIRE(bench.set(Register::period, 777) == Status::ok);
  bench.run_until(40);
  device->advance(device->cycle() + 100'000);
  const auto cycles = steps_of(log);
  REQUIRE(cycles.size() == 40);
  for (std::size_t i = 1; i < cycles.size(); ++i) {
    CHECK(cycles[i] - cycles[i - 1] == 777);
  }
  CHECK(bench.get(Register::stretched) == 0);
}

TEST_CASE("a step longer than the period is stretched and counted") {
  auto device = sim::make_model_device(named_build("tiny"), sim::Link::bytes);
  Log log;
  device->listen(&log);
  Bench bench(*device);
  make_firing(bench);
  // The Update of one group alone takes 1 + 8.
  REQUIRE(bench.set(Register::period, 9) == Status::ok);
  bench.run_until(30);
  device->advance(device->cycle() + 100'000);
  const auto cycles = steps_of(log);
  REQUIRE(cycles.size() == 30);
  CHECK(cycles[2] - cycles[1] > 9);
  CHECK(bench.get(Register::stretched) == 29);
}

TEST_CASE("a step that fits its period to the cycle is not stretched") {
  for (const int slack : {0, -1}) {
    auto device = sim::make_model_device(named_build("tiny"), sim::Link::bytes);
    Log log;
    device->listen(&log);
    Bench bench(*device);
    make_firing(bench);
    bench.run_until(10);
    device->advance(device->cycle() + 100'000);
    const auto free = steps_of(log);
    const std::uint32_t length = static_cast<std::uint32_t>(free[5] - free[4]);
    REQUIRE(bench.set(Register::period, length + static_cast<std::uint32_t>(slack)) == Status::ok);
    bench.run_until(20);
    device->advance(device->cycle() + 100'000);
    CHECK(bench.get(Register::stretched) == (slack == 0 ? 0 : 9));
  }
}

TEST_CASE("time stops when nothing can happen, and goes on with input") {
  auto device = sim::make_model_device(named_build("tiny"), sim::Link::bytes);
  CHECK_FALSE(device->idle());
  device->advance(1'000'000'000);
  CHECK(device->idle());
  CHECK(device->cycle() < 1100);
  const std::uint64_t stopped = device->cycle();
  device->advance(1'000'000'000);
  CHECK(device->cycle() == stopped);
  device->offer(stopped + 5000, 0xC0);
  CHECK_FALSE(device->idle());
  device->advance(stopped + 3000);
  CHECK(device->cycle() == stopped + 3000);
  device->advance(1'000'000'000);
  CHECK(device->idle());
  CHECK(device->cycle() == stopped + 5003);  // pushed, fetched, popped
}

TEST_CASE("time goes on while a chip waits for the outside") {
  auto device = sim::make_model_device(named_build("tiny"), sim::Link::bytes);
  Bench bench(*device);
  device->set_ready(device->cycle(), false);
  bench.send(slip(request(0x11, 1, kHostTile, 0, {})));
  const std::uint64_t limit = device->cycle() + 1'000'000'000;
  device->advance(limit);
  CHECK(device->cycle() == limit);
  CHECK(device->take_bytes().empty());
  device->set_ready(limit + 10, true);
  CHECK(bench.receive().data == Words{spec::kMagic});
}

TEST_CASE("pins and byte port end in the same events but for the bytes' times") {
  std::vector<std::vector<std::array<std::uint64_t, 2>>> seen;
  for (const sim::Link link : {sim::Link::pins, sim::Link::bytes}) {
    auto device = sim::make_model_device(named_build("odd"), link);
    Log log;
    device->listen(&log);
    device->advance(100'000);
    std::uint64_t at = device->cycle();
    const PinCodec codec{named_build("odd").uart_divisor};
    for (const auto& raw :
         {request(0x12, 1, kHostTile, static_cast<std::uint32_t>(Register::image_tag), {7}),
          request(0x12, 2, 0, 5, {0xC0DB, 2}),
          request(0x12, 3, kHostTile, static_cast<std::uint32_t>(Register::run_until_lo),
                  {9, 0, 7}),
          request(0x11, 4, kHostTile, 0, {}, 8)}) {
      for (const std::uint8_t byte : slip(raw)) {
        if (link == sim::Link::bytes) {
          device->offer(at++, byte);
        } else {
          at = codec.send(at, byte, [&](std::uint64_t c, bool level) { device->set_rx(c, level); });
        }
      }
      device->advance(at + 20'000);
      at = device->cycle();
    }
    seen.emplace_back();
    for (const EventKind kind : {EventKind::bus, EventKind::byte_out, EventKind::phase}) {
      for (const Event& event : log.of(kind)) {
        seen.back().push_back(event.data);
      }
    }
  }
  CHECK(seen[0].size() > 100);
  CHECK(seen[0] == seen[1]);
}

TEST_CASE("events come in the order of cycles and are complete when advance returns") {
  auto whole = sim::make_model_device(named_build("odd"), sim::Link::bytes);
  auto pieces = sim::make_model_device(named_build("odd"), sim::Link::bytes);
  Log whole_log, pieces_log;
  whole->listen(&whole_log);
  pieces->listen(&pieces_log);
  const auto feed = [](sim::Device& device) {
    Bench bench(device);
    make_firing(bench);
    bench.run_until(20);
  };
  feed(*whole);
  feed(*pieces);
  REQUIRE(whole->cycle() == pieces->cycle());
  const std::uint64_t end = whole->cycle() + 5000;
  whole->advance(end);
  std::mt19937 random(5);
  while (pieces->cycle() < whole->cycle()) {
    const std::uint64_t limit = std::min(end, pieces->cycle() + 1 + random() % 40);
    pieces->advance(limit);
    const auto late = std::count_if(whole_log.events.begin(), whole_log.events.end(),
                                    [&](const Event& e) { return e.cycle < pieces->cycle(); });
    REQUIRE(pieces_log.events.size() == static_cast<std::size_t>(late));
  }
  CHECK(std::is_sorted(whole_log.events.begin(), whole_log.events.end(),
                       [](const Event& a, const Event& b) { return a.cycle < b.cycle; }));
  CHECK(whole_log.events.size() > 300);
  CHECK(whole_log.events == pieces_log.events);
}

TEST_CASE("hundreds of devices of other builds follow one another in a process") {
  unsigned answered = 0;
  for (unsigned i = 0; i < 200; ++i) {
    const spec::Build build = sized(i % 2 == 0 ? "tiny" : "odd", 1 + i % 3, 1 + i % 2);
    auto device = sim::make_model_device(build, sim::Link::bytes);
    CHECK(device->cycle() == 0);
    Bench bench(*device);
    REQUIRE(bench.get(Register::mesh) == (build.mesh_w | build.mesh_h << 8));
    ++answered;
  }
  CHECK(answered == 200);
}

TEST_CASE("a chip refuses every build that breaks a rule, and names it") {
  const std::vector<BrokenBuild> broken = broken_builds();
  CHECK(broken.size() > 2 * spec::kBuildRules.size());
  for (const BrokenBuild& one : broken) {
    CAPTURE(one.rule);
    CHECK_THROWS_WITH_AS(model::Chip(one.build, model::LinkMode::bytes),
                         doctest::Contains(one.rule.c_str()), std::invalid_argument);
  }
}

TEST_CASE("an input for a cycle that is past is refused") {
  auto device = sim::make_model_device(named_build("tiny"), sim::Link::pins);
  device->advance(10);
  CHECK_THROWS_WITH_AS(device->set_rx(9, false), doctest::Contains("cycle 10 is next"),
                       std::logic_error);
}
