// SPDX-License-Identifier: Apache-2.0
// Model and RTL side by side in a simulation of C++17, on wires of their own: both are asked for
// MAGIC by the frame of docs/protocol.md, and must answer alike.
#include <iostream>
#include <spikemesh/systemc/build.hpp>
#include <spikemesh/systemc/chip.hpp>
#include <spikemesh/systemc/cosim.hpp>
#include <spikemesh/systemc/uart.hpp>
#include <string>
#include <vector>

using namespace spikemesh::systemc;
using sc_core::SC_NS;
using sc_core::sc_time;

static const std::vector<std::uint8_t> kReadMagic{0xC0, 0x11, 0x01, 0x00, 0x00, 0x80, 0x00, 0x00,
                                                  0x00, 0x01, 0x00, 0x7A, 0xB3, 0x36, 0x3B, 0xC0};

template <class Module>
struct Board : sc_core::sc_module {
  template <class... More>
  Board(sc_core::sc_module_name name, sc_core::sc_signal<bool>& reset, const More&... more)
      : sc_module(name),
        chip("chip", chip_build("tiny"), more...),
        uart("uart", sc_time(80, SC_NS)) {
    chip.rst_n(reset);
    chip.uart_rx(to_chip);
    chip.uart_tx(to_host);
    uart.tx(to_chip);
    uart.rx(to_host);
  }
  sc_core::sc_signal<bool> to_chip{"to_chip", true}, to_host{"to_host", true};
  Module chip;
  Uart uart;
};

/// The clock comes through a port of the board.
struct ClockedBoard : Board<RtlChip> {
  ClockedBoard(sc_core::sc_module_name name, sc_core::sc_signal<bool>& reset) : Board(name, reset) {
    chip.clk(clk);
  }
  sc_core::sc_in<bool> clk{"clk"};
};

int sc_main(int, char**) {
  sc_core::sc_signal<bool> reset{"reset", false};
  sc_core::sc_clock clock("clock", sc_time(10, SC_NS));
  Board<Chip> model("model", reset, Clock(10, SC_NS));
  ClockedBoard rtl("rtl", reset);
  rtl.clk(clock);
  sc_core::sc_start(100, SC_NS);
  reset.write(true);
  sc_core::sc_start(20, sc_core::SC_US);
  model.uart.send(kReadMagic);
  rtl.uart.send(kReadMagic);
  sc_core::sc_start(100, sc_core::SC_US);
  const std::vector<std::uint8_t> answer = model.uart.take_received();
  const bool same = rtl.uart.take_received() == answer;
  const std::string magic(answer.size() > 18 ? std::string(answer.begin() + 14, answer.begin() + 18)
                                             : std::string());
  std::cout << answer.size() << " bytes, MAGIC " << magic << (same ? ", alike" : ", NOT alike")
            << '\n';
  return same && magic == "SPKM" ? 0 : 1;
}
