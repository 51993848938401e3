// SPDX-License-Identifier: Apache-2.0
// The Verilated chip as a device (sim/device/rtl_device.hpp).
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

TEST_CASE("without a retire stream nobody can listen, and the chip does the same") {
  const spec::Build& build = build_named("tiny");
  const auto plain = sim::make_rtl_device(build, sim::Link::bytes, std::nullopt, false);
  EventLog log;
  CHECK_THROWS_AS(plain->listen(&log), std::logic_error);
  const auto heard = sim::make_rtl_device(build, sim::Link::bytes);
  heard->listen(&log);
  std::uint64_t answered[2] = {};
  for (const auto* device : {&plain, &heard}) {
    LinkHost host(**device, sim::Link::bytes, 8);
    host.wait_boundary();
    host.read(address(spec::Register::cycle_lo));
    answered[device == &plain] = (*device)->cycle();
  }
  CHECK(log.events.size() > 50);
  CHECK(answered[0] > 100);
  CHECK(answered[0] == answered[1]);
}

TEST_CASE("the clock stops when nothing can happen, and runs for inputs that lie ahead") {
  ChipFixture chip(sim::Link::pins);
  chip.device->advance(1'000'000);
  REQUIRE(chip.device->idle());
  const std::uint64_t stopped = chip.device->cycle();
  CHECK(stopped < 5000);
  chip.device->advance(1'000'000);
  CHECK(chip.device->cycle() == stopped);
  chip.device->set_rx(stopped + 300, false);
  chip.device->set_rx(stopped + 302, true);
  CHECK_FALSE(chip.device->idle());
  chip.device->advance(stopped + 200);
  CHECK(chip.device->cycle() == stopped + 200);
  chip.device->advance(1'000'000);
  CHECK(chip.device->cycle() > stopped + 302);
  CHECK(chip.device->cycle() < stopped + 400);
}

TEST_CASE("waves of a window are written, and change nothing of what the chip does") {
  const std::string path =
      (std::filesystem::temp_directory_path() / "spikemesh_rtl_device.fst").string();
  std::filesystem::remove(path);
  EventLog plain, traced;
  for (EventLog* log : {&plain, &traced}) {
    std::optional<sim::Waves> waves;
    if (log == &traced) waves = sim::Waves{path, 100, 1200};
    const auto device = sim::make_rtl_device(build_named("tiny"), sim::Link::bytes, waves);
    device->listen(log);
    LinkHost host(*device, sim::Link::bytes, 8);
    host.wait_boundary();
    host.read(address(spec::Register::cycle_lo));
  }
  CHECK(plain.events.size() > 50);
  CHECK(plain.events == traced.events);
  CHECK(std::filesystem::file_size(path) > 1000);
  std::filesystem::remove(path);
}

TEST_CASE("waves that cannot be written are an error that names the file") {
  std::string message;
  try {
    sim::make_rtl_device(build_named("tiny"), sim::Link::bytes,
                         sim::Waves{"/no/such/folder/x.fst"});
  } catch (const std::invalid_argument& error) {
    message = error.what();
  }
  CHECK(message.find("/no/such/folder/x.fst") != std::string::npos);
}

}  // namespace
}  // namespace spikemesh::test
