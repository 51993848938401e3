// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include "spikemesh/chip_machine.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/systemc/chip.hpp"
#include "spikemesh/systemc/uart.hpp"

namespace spikemesh::bench {

/// The model with pins in SystemC's kernel, and the host library at the other end of its pins. The
/// kernel elaborates once, so a process has only one.
struct SystemcChip {
  explicit SystemcChip(const Image& image);

  sc_core::sc_signal<bool> rst_n{"rst_n", false}, to_chip{"to_chip", true},
      to_host{"to_host", true};
  systemc::Chip chip;
  systemc::Uart uart;
  ChipMachine machine;

 private:
  ChipMachine connected();
};

}  // namespace spikemesh::bench
