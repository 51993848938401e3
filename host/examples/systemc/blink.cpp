// SPDX-License-Identifier: Apache-2.0
// A chip in a SystemC simulation: ten neurons blink, a host loads them over the chip's UART pins,
// and a monitor counts the bytes on the wires.
#include <iostream>
#include <map>
#include <memory>
#include <spikemesh/systemc/build.hpp>
#include <spikemesh/systemc/chip.hpp>
#include <spikemesh/systemc/uart.hpp>
#include <spikemesh/systemc/uart_transport.hpp>
#include <string>

#include "leds.hpp"

using namespace spikemesh;
using namespace spikemesh::systemc;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

constexpr std::uint32_t kSteps = 40;

/// Counts the bytes that a Uart hears.
struct Monitor : tlm::tlm_analysis_if<std::uint8_t> {
  void write(const std::uint8_t&) override { ++bytes; }
  std::uint64_t bytes = 0;
};

/// Draws each neuron's spikes as they leave the mesh.
struct Leds : tlm::tlm_analysis_if<Spike> {
  void write(const Spike& spike) override {
    std::string& line = lines[spike.label];
    line.resize(kSteps, '.');
    line.at(spike.step) = '#';
  }
  std::map<std::uint32_t, std::string> lines;
};

}  // namespace

int sc_main(int, char**) {
  const spec::Build& build = chip_build("tiny");
  const sc_time period(10, SC_NS);

  sc_core::sc_signal<bool> rst_n{"rst_n", false}, to_chip{"to_chip", true},
      to_host{"to_host", true};
  Chip chip("chip", build, Clock(period));
  chip.rst_n(rst_n);
  chip.uart_rx(to_chip);
  chip.uart_tx(to_host);
  Uart uart("uart", period * build.uart_divisor);
  uart.tx(to_chip);
  uart.rx(to_host);
  Monitor monitor;
  uart.bytes(monitor);
  Leds leds;
  chip.spikes(leds);

  sc_core::sc_start(100, SC_NS);
  rst_n.write(true);

  ChipMachine machine(Client(std::make_unique<UartTransport>(uart), UartTransport::options()));
  machine.load(map_network(blinking_network(), build).image);
  machine.run({}, kSteps);

  for (const auto& [label, line] : leds.lines) std::cout << "led " << label << "  " << line << '\n';
  std::cout << "the chip sent " << monitor.bytes << " bytes; it is " << sc_core::sc_time_stamp()
            << ", after " << chip.cycle() << " cycles\n";
  return 0;
}
