// SPDX-License-Identifier: Apache-2.0
// Compiled together with a Verilated chip into a shared library (sim/verilated/compile.sh).
#include <type_traits>

#include "chip_ports.hpp"
#include "instance.hpp"

namespace {

void drive(Vtop& chip, const SpikemeshChipPorts& ports) {
  chip.rst_ni = ports.reset_n;
  chip.uart_rx_i = ports.rx;
  chip.byte_mode_i = ports.byte_mode;
  chip.byte_rx_valid_i = ports.byte_rx_valid;
  chip.byte_rx_data_i = ports.byte_rx_data;
  chip.byte_tx_ready_i = ports.byte_tx_ready;
  chip.port_valid_i = ports.port_valid;
  chip.port_write_i = ports.port_write;
  chip.port_addr_i = ports.port_addr;
  chip.port_strb_i = ports.port_strb;
  chip.port_wdata_i = ports.port_wdata;
}

void sample(Vtop& chip, SpikemeshChipPorts& ports) {
  ports.tx = chip.uart_tx_o;
  ports.byte_rx_ready = chip.byte_rx_ready_o;
  ports.byte_tx_valid = chip.byte_tx_valid_o;
  ports.byte_tx_data = chip.byte_tx_data_o;
  ports.idle = chip.idle_o;
  ports.irq = chip.irq_o;
  ports.port_ready = chip.port_ready_o;
  ports.port_answer = chip.port_answer_o;
  ports.port_status = chip.port_status_o;
  ports.port_rdata = chip.port_rdata_o;
  ports.retire_any = reinterpret_cast<const std::uint8_t*>(&chip.retire_any_o);
  ports.retire_any_bytes = sizeof(std::remove_reference_t<decltype(chip.retire_any_o)>);
  ports.retire_host = reinterpret_cast<const std::uint32_t*>(&chip.retire_host_o);
  ports.retire_tile = reinterpret_cast<const std::uint32_t*>(&chip.retire_tile_o);
}

}  // namespace

SPIKEMESH_SHIM(SpikemeshChipPorts, drive, sample)
