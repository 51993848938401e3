// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <systemc>

#include "spikemesh/systemc/pins.hpp"
#include "spikemesh/systemc/retired.hpp"

namespace spikemesh::spec {
struct Build;
}

namespace spikemesh::systemc {

/// Waves of a chip as an FST file (docs/waves.md): all that it retires, and its UART pins, with a
/// save file for GTKWave beside it. Cycle c spans the nanoseconds 10c .. 10c+9, whatever the
/// chip's period; after a further reset they go on where they were.
class WaveFile : public sc_core::sc_module, private tlm::tlm_analysis_if<Retired> {
 public:
  /// The wires of the chip's pins.
  sc_core::sc_in<bool> uart_rx{"uart_rx"}, uart_tx{"uart_tx"};

  /// `retired` is the port of `chip`, which has to outlive this. A file that cannot be written is
  /// an SC_ERROR.
  WaveFile(sc_core::sc_module_name name, const ChipPins& chip, AnalysisPort<Retired>& retired,
           const spec::Build& build, const std::string& path);
  ~WaveFile() override;

  /// Writes what is left: the file is whole. The destructor does it as well.
  void close();

 private:
  struct Impl;

  void write(const Retired& event) override;
  void pin_moved();

  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::systemc
