// SPDX-License-Identifier: Apache-2.0
#include "sim/bench/systemc_chip.hpp"

#include <memory>

#include "spikemesh/systemc/uart_transport.hpp"

/// SystemC's library holds a main() that calls this; this program has a main() of its own.
int sc_main(int, char**) { return 1; }

namespace spikemesh::bench {

namespace {
const sc_core::sc_time& period() {
  static const sc_core::sc_time time(10, sc_core::SC_NS);
  return time;
}
}  // namespace

SystemcChip::SystemcChip(const Image& image)
    : chip("chip", image.build, systemc::Clock(period())),
      uart("uart", period() * image.build.uart_divisor),
      machine(connected()) {
  machine.load(image);
}

ChipMachine SystemcChip::connected() {
  chip.rst_n(rst_n);
  chip.uart_rx(to_chip);
  chip.uart_tx(to_host);
  uart.tx(to_chip);
  uart.rx(to_host);
  sc_core::sc_start(period() * 10);
  rst_n.write(true);
  return ChipMachine(
      Client(std::make_unique<systemc::UartTransport>(uart), systemc::UartTransport::options()));
}

}  // namespace spikemesh::bench
