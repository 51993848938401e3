// SPDX-License-Identifier: Apache-2.0
// The Verilated chip as a device (sim/device/rtl_device.hpp).
#include <doctest/doctest.h>

#include <filesystem>
#include <string>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

TEST_CASE("a build that is not compiled in is refused by an error that lists those that are") {
  spec::Build build = build_named("tiny");
  build.neurons = 1024;
  std::string message;
  try {
    sim::make_rtl_device(build, sim::Link::bytes);
  } catch (const std::invalid_argument& error) {
    message = error.what();
  }
  CHECK(message.find("Neurons=1024") != std::string::npos);
  CHECK(message.find("tiny") != std::string::npos);
  CHECK(message.find("chip.json") != std::string::npos);
}

TEST_CASE("every build that is compiled in answers with its own parameters") {
  unsigned tried = 0;
  for (const std::string_view name : sim::rtl_builds()) {
    CAPTURE(name);
    ChipFixture chip(sim::Link::bytes, name);
    CHECK(chip.read(spec::Register::magic) == spec::kMagic);
    CHECK(chip.read(spec::Register::mesh) == (chip.build.mesh_w | chip.build.mesh_h << 8));
    CHECK(chip.read(spec::Register::neurons) == chip.build.neurons);
    CHECK(chip.read(spec::Register::uart_divisor) == chip.build.uart_divisor);
    ++tried;
  }
  CHECK(tried > 0);
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
