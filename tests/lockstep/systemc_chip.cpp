// SPDX-License-Identifier: Apache-2.0
// The chip with pins in SystemC. Each case is a process of its own, as the kernel elaborates once.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "sim/device/model_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/systemc/pin_device.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "spikemesh/systemc/chip.hpp"
#include "tests/lockstep/systemc_rig.hpp"
#include "tests/unit/model/chip_bench.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using sc_core::SC_NS;
using sc_core::sc_time;
using systemc::Chip;
using systemc::Clock;

namespace {

/// A random case on a chip with pins in SystemC, in lockstep with the plain chip; beside it a chip
/// on the same pins to which nobody listens, so that it sleeps as long as it can.
void random_case(const char* name, std::uint64_t seed) {
  const spec::Build& build = named_build(name);
  const Clock clock(sim::PinDevice::period());
  Chip chip("chip", build, clock), sleeper("sleeper", build, clock);
  auto device = std::make_unique<sim::PinDevice>(chip, chip.retired, build);
  sc_core::sc_signal<bool> sleeper_tx("sleeper_tx", true);
  sleeper.rst_n(device->rst_n());
  sleeper.uart_rx(device->uart_rx());
  sleeper.uart_tx(sleeper_tx);
  device->also(sleeper);
  SameLevel same("same", device->uart_tx(), sleeper_tx);
  sim::LockstepDevice both(std::move(device), sim::make_model_device(build, sim::Link::pins),
                           sim::Rerun{"none", "none"});
  const sim::CaseResult result = sim::VerifyCase(both, sim::Link::pins, seed).run();
  CHECK(result.segments > 0);
  CHECK(both.compared_pin_changes() > 1000);
  for (const EventKind kind :
       {EventKind::byte_in, EventKind::byte_out, EventKind::bus, EventKind::flit, EventKind::phase})
    CHECK(both.compared()[static_cast<unsigned>(kind)] > 0);
  CHECK(same.changes == both.compared_pin_changes());
  CHECK(same.differences == 0);
}

std::uint32_t address_of(spec::Register which) { return static_cast<std::uint32_t>(which); }
std::uint32_t address_of(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack();
}

/// Neuron 0 of tile (0,0) fires in every step, and the host gets its label.
void load_a_spiking_neuron(Rig& rig, std::uint32_t label) {
  const auto write = [&](std::uint16_t tile, std::uint32_t address, const Words& words) {
    CHECK(rig.ask(request(0x12, 5, tile, address, words)).status == spec::Status::ok);
  };
  const Words neuron{spec::Neuron0{5, 0}.pack(),
                     spec::Neuron1{0, 0, 0}.pack(),
                     spec::Neuron2{10}.pack(),
                     0,
                     0,
                     0,
                     0,
                     spec::Neuron7{0, 1}.pack()};
  write(0, address_of(spec::Region::neuron, 0), neuron);
  write(0, address_of(spec::Region::fanout, 0), {spec::Fanout{label, 0, 0, 1, 0}.pack()});
  write(kHostTile, address_of(spec::Register::image_tag), {7});
}

}  // namespace

TEST_CASE("a chip in SystemC does what the plain one does in every cycle: tiny, 1") {
  random_case("tiny", 1);
}
TEST_CASE("a chip in SystemC does what the plain one does in every cycle: tiny, 2") {
  random_case("tiny", 2);
}
TEST_CASE("a chip in SystemC does what the plain one does in every cycle: odd, 3") {
  random_case("odd", 3);
}
TEST_CASE("a chip in SystemC does what the plain one does in every cycle: odd, 4") {
  random_case("odd", 4);
}

TEST_CASE("an idle chip has no events: a process beside it has the kernel for itself") {
  Rig rig("rig", named_build("odd"), Clock(10, SC_NS));
  Ticker ticker("ticker", sc_time(1, sc_core::SC_MS));
  rig.reset();
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));  // the sweep is over
  const std::uint64_t before = sc_core::sc_delta_count(), ticks = ticker.ticks;
  sc_core::sc_start(sc_time(1, sc_core::SC_SEC));
  CHECK(ticker.ticks - ticks == 1000);
  CHECK(sc_core::sc_delta_count() - before == 1000);
  CHECK(rig.chip.cycle() > 100'000'000);
  CHECK(rig.ask(reads(spec::Register::cycle_lo)).data.at(0) > 100'000'000);
}

TEST_CASE("a pin that moves in an edge is seen by the next one, whatever the order of processes") {
  // The same bytes by a process that runs with the chip's edges, made before the chip and after it.
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  Rig early("early", named_build("tiny"), Clock(10, SC_NS), Rig::Pins::before_chip);
  Rig late("late", named_build("tiny"), Clock(10, SC_NS), Rig::Pins::after_chip);
  for (Rig* each : {&rig, &early, &late}) each->reset();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  for (Rig* each : {&rig, &early, &late}) each->send(reads(spec::Register::magic));
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  CHECK(rig.receive().data.at(0) == spec::kMagic);
  CHECK(early.receive().data.at(0) == spec::kMagic);
  CHECK(early.tx_changes.size() > 50);
  CHECK(early.tx_changes == late.tx_changes);
  CHECK(early.tx_changes == rig.tx_changes);
}

TEST_CASE("chips of different builds and periods run side by side, by port and by own clock") {
  sc_core::sc_clock clock("clock", sc_time(10, SC_NS));
  Rig own("own", named_build("tiny"), Clock(10, SC_NS));
  Rig port("port", named_build("tiny"), clock);
  Rig slow("slow", named_build("odd"), Clock(sc_time(64, SC_NS), sc_time(3, SC_NS)));
  for (Rig* each : {&own, &port, &slow}) each->reset();
  sc_core::sc_start(sc_time(100, sc_core::SC_US));
  for (Rig* each : {&own, &port, &slow}) each->send(reads(spec::Register::mesh));
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));
  CHECK(own.receive().data.at(0) == spec::Mesh{1, 1}.pack());
  CHECK(port.receive().data.at(0) == spec::Mesh{1, 1}.pack());
  CHECK(slow.receive().data.at(0) == spec::Mesh{3, 2}.pack());
  CHECK(own.tx_changes.size() > 50);
  CHECK(own.tx_changes == port.tx_changes);
  CHECK(own.chip.cycle() > 6 * slow.chip.cycle());
}

TEST_CASE("a reset while the chip sends ends it, and the chip is as new but for its rings") {
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS)),
      fresh("fresh", named_build("tiny"), Clock(10, SC_NS));
  rig.reset();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  CHECK(rig.ask(writes(spec::Register::period, 77)).status == spec::Status::ok);
  CHECK(rig.ask(request(0x12, 3, kHostTile, spec::kRingInBase + 3, {0xABCD})).status ==
        spec::Status::ok);
  rig.send(reads(spec::Register::period));
  sc_core::sc_start(sc_time(10, sc_core::SC_US));
  const std::size_t sent = rig.tx_changes.size();
  rig.rst_n.write(false);
  fresh.rst_n.write(false);
  sc_core::sc_start(sc_time(100, SC_NS));
  CHECK(rig.tx.read());
  CHECK(rig.chip.cycle() == 0);
  CHECK(rig.tx_changes.size() <= sent + 1);
  rig.rst_n.write(true);
  fresh.rst_n.write(true);
  rig.forget();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  for (Rig* each : {&rig, &fresh}) each->send(reads(spec::Register::period));
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  CHECK(rig.tx_changes == fresh.tx_changes);
  CHECK(rig.receive().data.at(0) == 0);
  CHECK(rig.ask(request(0x11, 4, kHostTile, spec::kRingInBase + 3, {})).data.at(0) == 0xABCD);
}

TEST_CASE("a pulse of the reset between two edges is nothing") {
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  rig.reset();
  sc_core::sc_start(sc_time(1002, SC_NS));
  const std::uint64_t cycle = rig.chip.cycle();
  rig.rst_n.write(false);
  sc_core::sc_start(sc_time(3, SC_NS));
  rig.rst_n.write(true);
  sc_core::sc_start(sc_time(1000, SC_NS));
  CHECK(rig.chip.cycle() == cycle + 100);
}

TEST_CASE("a chip without a reset says so once and does nothing") {
  Reports reports;
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  rig.rst_n.write(true);
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  REQUIRE(reports.texts.size() == 1);
  CHECK(reports.texts[0].find("has had no reset") != std::string::npos);
  CHECK(rig.chip.cycle() == 0);
  CHECK(rig.ask(reads(spec::Register::magic)).data.empty());
}

TEST_CASE("a period that the time resolution cannot say is refused") {
  CHECK_THROWS_WITH_AS(Clock(0.3, sc_core::SC_PS),
                       doctest::Contains("a clock period of 0.3 ps is not a whole number of the "
                                         "time resolution, which is 1 ps"),
                       sc_core::sc_report);
  CHECK_THROWS_WITH_AS(Clock(2.0005, SC_NS), doctest::Contains("is not a whole number"),
                       sc_core::sc_report);
  CHECK_THROWS_WITH_AS(Clock(sc_core::SC_ZERO_TIME), doctest::Contains("is zero"),
                       sc_core::sc_report);
  CHECK(Clock(2.5, SC_NS).period == sc_time(2500, sc_core::SC_PS));
}

TEST_CASE("a coarse resolution is good enough for a period that is a whole number of it") {
  sc_core::sc_set_time_resolution(10, SC_NS);
  CHECK_THROWS_WITH_AS(Clock(25, SC_NS), doctest::Contains("which is 10 ns"), sc_core::sc_report);
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  rig.reset();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  CHECK(rig.ask(reads(spec::Register::magic)).data.at(0) == spec::kMagic);
}

TEST_CASE("a build that breaks a rule is refused with the rule") {
  spec::Build build = named_build("tiny");
  build.neurons = 3;
  CHECK_THROWS_WITH_AS(Chip("chip", build, Clock(10, SC_NS)), doctest::Contains("Neurons"),
                       sc_core::sc_report);
}

TEST_CASE("a chip without a clock says so when the simulation begins") {
  sc_core::sc_signal<bool> rst_n{"rst_n", false}, rx{"rx", true}, tx{"tx", true};
  Chip chip("chip", named_build("tiny"));
  chip.rst_n(rst_n);
  chip.uart_rx(rx);
  chip.uart_tx(tx);
  CHECK_THROWS_WITH_AS(sc_core::sc_start(sc_time(1, SC_NS)),
                       doctest::Contains("chip has no clock: bind its port clk"),
                       sc_core::sc_report);
}

TEST_CASE("a chip with a clock of its own refuses one at its port") {
  sc_core::sc_clock clock("clock", sc_time(10, SC_NS));
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  rig.chip.clk(clock);
  CHECK_THROWS_WITH_AS(sc_core::sc_start(sc_time(1, SC_NS)), doctest::Contains("leave clk unbound"),
                       sc_core::sc_report);
}

TEST_CASE("the pins are traced under the name of the module") {
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  sc_core::sc_trace_file* file = sc_core::sc_create_vcd_trace_file("systemc_chip_pins");
  rig.chip.trace(file);
  rig.reset();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  CHECK(rig.ask(reads(spec::Register::magic)).data.at(0) == spec::kMagic);
  sc_core::sc_close_vcd_trace_file(file);
  std::ifstream waves("systemc_chip_pins.vcd");
  const std::string text{std::istreambuf_iterator<char>(waves), {}};
  for (const char* pin : {"rst_n", "uart_rx", "uart_tx"})
    CHECK(text.find(pin) != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '#') > 100);  // times at which a pin moved
}

TEST_CASE("spikes and retired events come at the edge that makes them") {
  Rig rig("rig", named_build("tiny"), Clock(10, SC_NS));
  struct Watch : tlm::tlm_analysis_if<systemc::Spike>, tlm::tlm_analysis_if<systemc::Retired> {
    explicit Watch(Rig& r) : rig(r) {}
    void write(const systemc::Spike& spike) override {
      spikes.push_back(spike);
      late += !at_its_edge(spike.cycle);
    }
    void write(const systemc::Retired& event) override {
      ++events;
      late += !at_its_edge(event.cycle);
    }
    bool at_its_edge(std::uint64_t cycle) const {
      const bool edge = sc_core::sc_time_stamp().value() % sc_time(10, SC_NS).value() == 0;
      return edge && rig.chip.cycle() == cycle + 1;
    }
    Rig& rig;
    std::vector<systemc::Spike> spikes;
    std::uint64_t events = 0, late = 0;
  } watch(rig);
  rig.chip.spikes(watch);
  rig.chip.retired(watch);
  rig.reset();
  sc_core::sc_start(sc_time(20, sc_core::SC_US));
  load_a_spiking_neuron(rig, 0x123);
  CHECK(rig.ask(request(0x12, 9, kHostTile, address_of(spec::Register::run_until_lo), {5, 0, 7}))
            .status == spec::Status::ok);
  sc_core::sc_start(sc_time(1, sc_core::SC_MS));
  REQUIRE(watch.spikes.size() == 5);
  for (std::uint32_t step = 0; step < 5; ++step) {
    CHECK(watch.spikes[step].step == step);
    CHECK(watch.spikes[step].label == 0x123);
  }
  CHECK(watch.events > 100);
  CHECK(watch.late == 0);
}
