// SPDX-License-Identifier: Apache-2.0
// The RTL with pins in SystemC, and RTL and model behind one set of pins. Each case is a process of
// its own, as the kernel elaborates once. tests/install has a bug that is planted and found.
#include "spikemesh/systemc/cosim.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <systemc>

#include "sim/device/model_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/stimulus/random.hpp"
#include "sim/systemc/pin_device.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "spikemesh/systemc/build.hpp"
#include "spikemesh/systemc/chip.hpp"
#include "spikemesh/systemc/rtl_chip.hpp"
#include "spikemesh/systemc/uart.hpp"
#include "spikemesh/systemc/uart_transport.hpp"
#include "spikemesh/systemc/wave_file.hpp"
#include "tests/lockstep/fst_reader.hpp"
#include "tests/lockstep/systemc_rig.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using sc_core::sc_time;
using systemc::chip_build;
using systemc::Clock;
using systemc::CoSim;
using systemc::RtlChip;

namespace {

/// The far end of a module's pins, with a device's clock and cycles.
template <class Module>
struct Driven {
  explicit Driven(const spec::Build& build)
      : chip("chip", build, Clock(sim::PinDevice::period())), device(chip, chip.retired, build) {}

  void send(const Bytes& raw) {
    std::uint64_t at = device.cycle() + 1;
    const PinCodec codec{device.build().uart_divisor};
    for (const std::uint8_t byte : slip(raw))
      at = codec.send(at, byte, [&](std::uint64_t c, bool level) { device.set_rx(c, level); });
  }
  void wait(std::uint64_t cycles) { device.advance(device.cycle() + cycles); }

  Module chip;
  sim::PinDevice device;
};

void check_kinds(const sim::EventCounts& compared) {
  for (const EventKind kind :
       {EventKind::byte_in, EventKind::byte_out, EventKind::bus, EventKind::flit, EventKind::phase})
    CHECK(compared[static_cast<unsigned>(kind)] > 0);
}

/// A random case on the RTL, in lockstep with the plain chip; beside it, on the same pins, the
/// model that sleeps.
void rtl_case(const char* name, std::uint64_t seed) {
  const spec::Build& build = chip_build(name);
  const Clock clock(sim::PinDevice::period());
  RtlChip rtl("rtl", build, clock);
  systemc::Chip model("model", build, clock);
  auto device = std::make_unique<sim::PinDevice>(rtl, rtl.retired, build);
  sc_core::sc_signal<bool> model_tx("model_tx", true);
  model.rst_n(device->rst_n());
  model.uart_rx(device->uart_rx());
  model.uart_tx(model_tx);
  device->also(model);
  SameLevel same("same", device->uart_tx(), model_tx);
  sim::LockstepDevice both(std::move(device), sim::make_model_device(build, sim::Link::pins),
                           sim::Rerun{"none", "none"});
  CHECK(sim::VerifyCase(both, sim::Link::pins, seed).run().segments > 0);
  check_kinds(both.compared());
  CHECK(same.changes > 1000);
  CHECK(same.differences == 0);
}

}  // namespace

TEST_CASE("the RTL in SystemC does what both models do in every cycle: tiny") {
  rtl_case("tiny", 5);
}
TEST_CASE("the RTL in SystemC does what both models do in every cycle: odd") { rtl_case("odd", 1); }

TEST_CASE("a random case passes on RTL and model behind one set of pins, and counts are told") {
  Driven<CoSim> driven(chip_build("tiny"));
  const sim::CaseResult result = sim::VerifyCase(driven.device, sim::Link::pins, 7).run();
  CHECK(result.segments > 0);
  CHECK_FALSE(driven.chip.differs());
  CHECK(driven.chip.compared() > 1000);
  CHECK(driven.chip.summary().find("compared: tx pin in ") == 0);
  CHECK(driven.chip.summary().find("flit ") != std::string::npos);
}

namespace {

/// Whatever can happen to the pins, at any time, also at that of an edge: frames, glitches, resets.
struct Noise : sc_core::sc_module {
  Noise(sc_core::sc_module_name name, std::uint64_t seed, std::uint32_t divisor)
      : sc_module(name), random(seed), bit(10'000.0 * divisor, sc_core::SC_PS) {
    SC_HAS_PROCESS(Noise);
    SC_THREAD(run);
  }
  void run() {
    sc_core::wait(30, sc_core::SC_NS);
    rst_n.write(true);
    for (;;) {
      const std::uint64_t what = random.below(20);
      if (what == 0) pulse(rst_n, false, 1 + random.below(50'000));
      if (what == 1) pulse(rx, false, 1 + random.below(200'000));
      if (what > 1) frame(static_cast<std::uint32_t>(random.below(spec::kRegisters.size())));
      sc_core::wait(static_cast<double>(1 + random.below(3'000'000)), sc_core::SC_PS);
    }
  }
  /// A multiple of half a period now and then, so that pins move in edges, too.
  void pulse(sc_core::sc_signal<bool>& wire, bool level, std::uint64_t picoseconds) {
    if (random.chance(50)) picoseconds -= picoseconds % 5'000;
    const std::uint64_t now = sc_core::sc_time_stamp().value();
    if (random.chance(50)) sc_core::wait(sc_time::from_value(10'000 - now % 10'000));
    wire.write(level);
    sc_core::wait(sc_time::from_value(std::max<std::uint64_t>(picoseconds, 1)));
    wire.write(!level);
    ++pulses;
  }
  void frame(std::uint32_t which) {
    for (const std::uint8_t byte : slip(reads(spec::kRegisters[which].address)))
      for (unsigned i = 0, bits = 0x200u | unsigned{byte} << 1; i < 10; ++i) {
        rx.write((bits >> i & 1) != 0);
        sc_core::wait(bit);
      }
    ++frames;
  }

  sc_core::sc_signal<bool> rst_n{"rst_n", false}, rx{"rx", true};
  sim::Random random;
  sc_time bit;
  std::uint64_t pulses = 0, frames = 0;
};

/// What a chip retires, in the order of tile, kind and unit in each cycle.
struct Stream : tlm::tlm_analysis_if<systemc::Retired> {
  void write(const systemc::Retired& event) override {
    events.push_back({event.cycle, event.tile, static_cast<EventKind>(event.kind), event.unit,
                      spec::EventBits{event.data}});
    if (events[begin].cycle != event.cycle || events[begin].tile > event.tile)
      begin = events.size() - 1;
    std::sort(events.begin() + static_cast<std::ptrdiff_t>(begin), events.end());
  }
  std::vector<Event> events;
  std::size_t begin = 0;  ///< of this cycle
};

}  // namespace

TEST_CASE("model and RTL with pins are equal whatever happens to the pins, at any time") {
  const spec::Build& build = chip_build("tiny");
  Noise noise("noise", 11, build.uart_divisor);
  systemc::Chip model("model", build, Clock(10, sc_core::SC_NS));
  RtlChip rtl("rtl", build, Clock(10, sc_core::SC_NS));
  systemc::Chip sleeper("sleeper", build, Clock(10, sc_core::SC_NS));
  sc_core::sc_signal<bool> model_tx("model_tx", true), rtl_tx("rtl_tx", true),
      sleeper_tx("sleeper_tx", true);
  const auto connect = [&](systemc::ChipPins& chip, sc_core::sc_signal<bool>& tx) {
    chip.rst_n(noise.rst_n);
    chip.uart_rx(noise.rx);
    chip.uart_tx(tx);
  };
  connect(model, model_tx);
  connect(rtl, rtl_tx);
  connect(sleeper, sleeper_tx);
  SameLevel first("first", rtl_tx, model_tx), second("second", rtl_tx, sleeper_tx);
  Stream model_stream, rtl_stream;
  model.retired(model_stream);
  rtl.retired(rtl_stream);
  sc_core::sc_start(sc_time(10, sc_core::SC_MS));
  CHECK(noise.pulses > 20);
  CHECK(noise.frames > 200);
  CHECK(first.changes > 5000);
  CHECK(first.differences == 0);
  CHECK(second.differences == 0);
  CHECK(rtl_stream.events.size() > 10'000);
  CHECK(rtl_stream.events == model_stream.events);
  CHECK(model.cycle() == rtl.cycle());
  CHECK(model.cycle() == sleeper.cycle());
}

TEST_CASE("RTL and model stay equal over a reset in the middle of a reply") {
  Driven<CoSim> driven(chip_build("tiny"));
  Log log;
  driven.device.listen(&log);
  driven.wait(2000);
  driven.send(reads(spec::Register::magic));
  driven.wait(1900);
  const std::uint64_t sent = log.of(EventKind::byte_out).size(), before = driven.chip.compared();
  CHECK(sent > 0);
  CHECK(sent < 20);
  driven.device.rst_n().write(false);
  driven.wait(3);
  driven.device.rst_n().write(true);
  CHECK(driven.device.uart_tx().read());
  driven.wait(2000);
  driven.send(reads(spec::Register::magic));
  driven.wait(5000);
  CHECK(log.of(EventKind::byte_out).size() >= sent + 23);
  CHECK_FALSE(driven.chip.differs());
  CHECK(driven.chip.compared() > before + 40);
}

TEST_CASE("a simulation that ends before anything was compared is an error") {
  sc_core::sc_signal<bool> rst_n("rst_n", false), rx("rx", true), tx("tx", true);
  CoSim cosim("cosim", chip_build("tiny"), Clock(10, sc_core::SC_NS));
  cosim.rst_n(rst_n);
  cosim.uart_rx(rx);
  cosim.uart_tx(tx);
  sc_core::sc_start(sc_time(1, sc_core::SC_US));
  CHECK_THROWS_WITH_AS(sc_core::sc_stop(), doctest::Contains("nothing was compared"),
                       sc_core::sc_report);
}

TEST_CASE("RTL of one's own that is not there, or stands for nothing, is named") {
  const spec::Build& build = chip_build("tiny");
  const Clock clock(10, sc_core::SC_NS);
  CHECK_THROWS_WITH_AS(RtlChip("a", build, clock, {.files = {"missing.sv"}}),
                       doctest::Contains("there is no file missing.sv"), sc_core::sc_report);
  const std::string other = SPIKEMESH_SOURCE_DIR "/tests/lockstep/cosim_other.sv";
  CHECK_THROWS_WITH_AS(CoSim("b", build, clock, {.files = {other}}),
                       doctest::Contains("which has no place in a chip"), sc_core::sc_report);
  CHECK_THROWS_WITH_AS(chip_build("gigantic"), doctest::Contains("gigantic"), sc_core::sc_report);
}

TEST_CASE("an assertion that fails in RTL of one's own ends the simulation with its place") {
  std::ifstream original(SPIKEMESH_SOURCE_DIR "/rtl/link/sm_uart_tx.sv");
  std::string text{std::istreambuf_iterator<char>(original), {}};
  text.insert(text.rfind("endmodule"),
              "  always_ff @(posedge clk_i) if (valid_i) assert (data_i == 8'hFF) else $stop;\n");
  std::filesystem::create_directories("cosim_asserts");
  std::ofstream("cosim_asserts/sm_uart_tx.sv") << text;
  sc_core::sc_signal<bool> rst_n("rst_n", false), rx("rx", true), tx("tx", true);
  RtlChip rtl("rtl", chip_build("tiny"), Clock(10, sc_core::SC_NS),
              {.files = {"cosim_asserts/sm_uart_tx.sv"}});
  systemc::Uart uart("uart", sc_time(80, sc_core::SC_NS));
  rtl.rst_n(rst_n);
  rtl.uart_rx(rx);
  rtl.uart_tx(tx);
  uart.tx(rx);
  uart.rx(tx);
  sc_core::sc_start(sc_time(100, sc_core::SC_NS));
  rst_n.write(true);
  uart.send(slip(reads(spec::Register::magic)));
  CHECK_THROWS_WITH_AS(sc_core::sc_start(sc_time(100, sc_core::SC_US)),
                       doctest::Contains("sm_uart_tx.sv"), sc_core::sc_report);
}

TEST_CASE("a wave file has all that a chip retires, and its pins, in their cycles, over a reset") {
  struct Watch : tlm::tlm_analysis_if<systemc::Retired> {
    void write(const systemc::Retired& event) override { events.push_back(event); }
    std::vector<systemc::Retired> events;
  } watch;
  Rig rig("rig", chip_build("tiny"), Clock(20, sc_core::SC_NS));
  rig.chip.retired(watch);
  systemc::WaveFile waves("waves", rig.chip, rig.chip.retired, rig.chip.build(), "cosim_model.fst");
  waves.uart_rx(rig.rx);
  waves.uart_tx(rig.tx);
  rig.reset();
  sc_core::sc_start(sc_time(40, sc_core::SC_US));
  CHECK(rig.ask(reads(spec::Register::magic)).data.at(0) == spec::kMagic);
  const std::uint64_t first_tx =
      rig.tx_changes.at(0).cycle - 3 + 1;  // the fourth edge ends cycle 0
  const std::size_t events = watch.events.size();
  const std::uint64_t length = rig.chip.cycle();
  rig.rst_n.write(false);
  sc_core::sc_start(sc_time(100, sc_core::SC_NS));
  rig.rst_n.write(true);
  sc_core::sc_start(sc_time(40, sc_core::SC_US));
  CHECK(rig.ask(reads(spec::Register::magic)).data.at(0) == spec::kMagic);
  waves.close();
  FstReader reader("cosim_model.fst");
  const std::string any = "TOP.sm_chip.u_host.retire_any_o", tx = "TOP.uart_tx_o";
  REQUIRE(events > 40);
  for (std::size_t i = 0; i < events; ++i)
    if (watch.events[i].tile == kHostTile)
      CHECK(reader.at(any, 10 * watch.events[i].cycle + 5) == "1");
  CHECK(reader.at(tx, 10 * (first_tx - 1) + 5) == "1");
  CHECK(reader.at(tx, 10 * first_tx + 5) == "0");
  std::uint64_t later = 0;  // what was retired after the reset
  for (std::uint64_t cycle = length - 100; cycle < length + 10'000; ++cycle)
    later += reader.at(any, 10 * cycle + 5) == "1";
  CHECK(later >= (watch.events.size() - events) / 2);
}

TEST_CASE("the host library reaches a chip from a thread of the simulation") {
  struct Host : sc_core::sc_module {
    Host(sc_core::sc_module_name name, systemc::Uart& far_end) : sc_module(name), uart(far_end) {
      SC_HAS_PROCESS(Host);
      SC_THREAD(run);
    }
    void run() {
      sc_core::wait(sc_time(20, sc_core::SC_US));
      Client client(std::make_unique<systemc::UartTransport>(uart),
                    systemc::UartTransport::options());
      client.connect();
      magic = client.read_register(spec::Register::magic);
      sc_core::sc_stop();
    }
    systemc::Uart& uart;
    std::uint32_t magic = 0;
  };
  sc_core::sc_signal<bool> rst_n("rst_n", false), rx("rx", true), tx("tx", true);
  systemc::Chip chip("chip", chip_build("tiny"), Clock(10, sc_core::SC_NS));
  systemc::Uart uart("uart", sc_time(80, sc_core::SC_NS));
  chip.rst_n(rst_n);
  chip.uart_rx(rx);
  chip.uart_tx(tx);
  uart.tx(rx);
  uart.rx(tx);
  Host host("host", uart);
  sc_core::sc_start(sc_time(100, sc_core::SC_NS));
  rst_n.write(true);
  sc_core::sc_start(sc_time(1, sc_core::SC_SEC));
  CHECK(host.magic == spec::kMagic);
  CHECK(sc_core::sc_time_stamp() < sc_time(100, sc_core::SC_MS));
}

TEST_CASE("a wave file that cannot be written is named") {
  Rig rig("rig", chip_build("tiny"), Clock(10, sc_core::SC_NS));
  CHECK_THROWS_WITH_AS(systemc::WaveFile("waves", rig.chip, rig.chip.retired, rig.chip.build(),
                                         "no/such/folder/w.fst"),
                       doctest::Contains("no/such/folder/w.fst"), sc_core::sc_report);
}

TEST_CASE("the RTL writes waves of its own") {
  const std::string path = "cosim_waves.fst";
  {
    sc_core::sc_signal<bool> rst_n("rst_n", false), rx("rx", true), tx("tx", true);
    RtlChip rtl("rtl", chip_build("tiny"), Clock(10, sc_core::SC_NS), {.waves = path});
    rtl.rst_n(rst_n);
    rtl.uart_rx(rx);
    rtl.uart_tx(tx);
    sc_core::sc_start(sc_time(100, sc_core::SC_NS));
    rst_n.write(true);
    sc_core::sc_start(sc_time(10, sc_core::SC_US));
  }
  CHECK(std::filesystem::file_size(path) > 1000);
}
