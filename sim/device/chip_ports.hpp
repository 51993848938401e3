// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ports of rtl/sm_chip.sv as the program and a compiled chip see them (sim/verilated/abi.hpp).

#include <cstdint>

extern "C" {

struct SpikemeshChipPorts {
  std::uint8_t reset_n, rx, byte_mode, byte_rx_valid, byte_rx_data, byte_tx_ready;
  std::uint8_t port_valid, port_write, port_strb;
  std::uint32_t port_addr, port_wdata;
  std::uint8_t tx, byte_rx_ready, byte_tx_valid, byte_tx_data, idle, irq;
  std::uint8_t port_ready, port_answer, port_status;
  std::uint32_t port_rdata;
  /// The retire ports, where they lie in the chip: bit i is bit i % 8 of byte i / 8 or bit i % 32
  /// of word i / 32.
  const std::uint8_t* retire_any;
  std::uint64_t retire_any_bytes;
  const std::uint32_t* retire_host;
  const std::uint32_t* retire_tile;
};
}
