// SPDX-License-Identifier: Apache-2.0
// RTL and model of a chip in one simulation, compared in every cycle while a host uses them.
//
//   cosim [FILE.sv ...]      the modules in these files stand in for those of the chip
#include <iostream>
#include <memory>
#include <spikemesh/systemc/build.hpp>
#include <spikemesh/systemc/cosim.hpp>
#include <spikemesh/systemc/uart.hpp>
#include <spikemesh/systemc/uart_transport.hpp>

#include "leds.hpp"

using namespace spikemesh;
using namespace spikemesh::systemc;
using sc_core::SC_NS;
using sc_core::sc_time;

namespace {

void simulate(const RtlSource& source) {
  const spec::Build& build = chip_build("tiny");
  const sc_time period(10, SC_NS);

  sc_core::sc_signal<bool> rst_n{"rst_n", false}, to_chip{"to_chip", true},
      to_host{"to_host", true};
  CoSim cosim("cosim", build, Clock(period), source);
  cosim.rst_n(rst_n);
  cosim.uart_rx(to_chip);
  cosim.uart_tx(to_host);
  Uart uart("uart", period * build.uart_divisor);
  uart.tx(to_chip);
  uart.rx(to_host);

  sc_core::sc_start(100, SC_NS);
  rst_n.write(true);

  ChipMachine machine(Client(std::make_unique<UartTransport>(uart), UartTransport::options()));
  machine.load(map_network(blinking_network(), build).image);
  const auto spikes = machine.run({}, 40);
  sc_core::sc_stop();
  std::cout << spikes.size() << " spikes; RTL and model are equal\n" << cosim.summary() << '\n';
}

}  // namespace

int sc_main(int count, char** arguments) {
  try {
    simulate({.files = {arguments + 1, arguments + count}});
  } catch (const sc_core::sc_report& report) {
    std::cerr << report.get_msg() << '\n';
    return 1;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
