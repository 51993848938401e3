// SPDX-License-Identifier: Apache-2.0
// The SystemC shell: the plain chip in the kernel, beside other processes, as a device. Each case
// is a process of its own, as the kernel elaborates once.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <systemc>
#include <vector>

#include "model/systemc/device_chip.hpp"
#include "sim/device/model_device.hpp"
#include "sim/device/systemc_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "tests/unit/model/chip_bench.hpp"

using namespace spikemesh;
using namespace spikemesh::test;

TEST_CASE("the shell retires and sends in every cycle what the plain chip does") {
  struct Pair {
    std::unique_ptr<sim::LockstepDevice> device;
    sim::Link link;
    std::uint64_t seed;
  };
  std::vector<Pair> pairs;  // all of them before the first advances
  for (const char* name : {"tiny", "odd"}) {
    for (const sim::Link link : {sim::Link::bytes, sim::Link::pins}) {
      for (std::uint64_t seed = 30; seed < 33; ++seed) {
        const spec::Build& build = named_build(name);
        pairs.push_back({std::make_unique<sim::LockstepDevice>(
                             sim::make_systemc_device(build, link),
                             sim::make_model_device(build, link), sim::Rerun{"none", "none"}),
                         link, seed});
      }
    }
  }
  sim::EventCounts compared{};
  std::uint64_t pin_changes = 0, bytes = 0, spikes = 0;
  for (const Pair& pair : pairs) {
    spikes += sim::VerifyCase(*pair.device, pair.link, pair.seed).run().host_spikes;
    for (unsigned kind = 0; kind < kEventKinds; ++kind)
      compared[kind] += pair.device->compared()[kind];
    pin_changes += pair.device->compared_pin_changes();
    bytes += pair.device->compared_bytes();
  }
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    CAPTURE(spec::kEvents[kind].name);
    CHECK(compared[kind] > 0);
  }
  CHECK(pin_changes > 0);
  CHECK(bytes > 0);
  CHECK(spikes > 0);
}

TEST_CASE("a SystemC device that comes after the simulation has begun is refused with a remedy") {
  const auto first = sim::make_systemc_device(named_build("tiny"), sim::Link::bytes);
  const auto second = sim::make_systemc_device(named_build("odd"), sim::Link::bytes);
  first->advance(10);
  CHECK(first->cycle() == 10);
  CHECK(second->cycle() == 0);
  second->advance(20);
  CHECK(second->cycle() == 20);
  CHECK_THROWS_WITH_AS(sim::make_systemc_device(named_build("tiny"), sim::Link::bytes),
                       doctest::Contains("make all of them before the first advances"),
                       std::runtime_error);
  CHECK(sim::make_model_device(named_build("tiny"), sim::Link::bytes)->cycle() == 0);
}

TEST_CASE("a time resolution that cannot say a cycle is refused") {
  sc_core::sc_set_time_resolution(1, sc_core::SC_US);
  CHECK_THROWS_WITH_AS(sim::make_systemc_device(named_build("tiny"), sim::Link::bytes),
                       doctest::Contains("the time resolution is 1 us: set it to 10 ns or less"),
                       std::invalid_argument);
}

TEST_CASE("what a listener throws inside the kernel comes out of advance as it is") {
  struct Thrower : EventSink {
    void on(const Event&) override { throw std::out_of_range("the listener's own"); }
  } thrower;
  const auto device = sim::make_systemc_device(named_build("tiny"), sim::Link::bytes);
  device->listen(&thrower);
  for (const std::uint8_t byte : slip(request(0x11, 1, kHostTile, 0, {}))) device->offer(0, byte);
  CHECK_THROWS_WITH_AS(device->advance(1'000'000), "the listener's own", std::out_of_range);
}

namespace {

/// Another process of the simulation that gives the chip its bytes in the very cycle, at odd times.
struct Sender : sc_core::sc_module {
  Sender(sc_core::sc_module_name name, systemc::DeviceChip& chip, Bytes wire)
      : sc_module(name), chip_(chip), wire_(std::move(wire)) {
    SC_HAS_PROCESS(Sender);
    SC_METHOD(tick);
  }
  void tick() {
    // Runs at the start of the cycle: the byte is there from the next cycle on.
    if (sent < wire_.size()) {
      chip_.offer(std::max(chip_.cycle(), 300 + 7 * sent), wire_[sent]);
      ++sent;
    }
    next_trigger(sc_core::sc_time(35, sc_core::SC_NS));
  }
  systemc::DeviceChip& chip_;
  Bytes wire_;
  std::uint64_t sent = 0;
};

}  // namespace

TEST_CASE("beside other processes the chip does not run ahead of them and ends the same") {
  const Bytes wire = slip(request(0x11, 1, kHostTile, 0, {}, 20));
  systemc::DeviceChip alone("alone", named_build("tiny"), sim::Link::bytes);
  systemc::DeviceChip beside("beside", named_build("tiny"), sim::Link::bytes);
  Log alone_log, beside_log;
  alone.listen(&alone_log);
  beside.listen(&beside_log);
  Sender sender("sender", beside, wire);
  for (std::uint64_t i = 0; i < wire.size(); ++i) {
    alone.offer(300 + 7 * i, wire[i]);
  }
  alone.allow(3000);
  beside.allow(3000);
  std::uint64_t ahead = 0;
  while (sc_core::sc_time_stamp() < sc_core::sc_time(31'000, sc_core::SC_NS)) {
    sc_core::sc_start(sc_core::sc_time(100, sc_core::SC_NS));
    const std::uint64_t now =
        sc_core::sc_time_stamp().value() / sc_core::sc_time(10, sc_core::SC_NS).value();
    ahead = std::max(ahead, beside.cycle() > now ? beside.cycle() - now : 0);
  }
  CHECK(ahead <= 4);
  CHECK(sender.sent == wire.size());
  CHECK(beside_log.of(EventKind::byte_in).size() == wire.size());
  CHECK(beside.idle());
  CHECK(beside_log.events == alone_log.events);
  CHECK(beside_log.of(EventKind::byte_out).size() > 90);
}
