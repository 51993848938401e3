// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spikemesh/systemc/rtl_chip.hpp"

namespace spikemesh::systemc {

/// RTL and model of a chip behind one set of pins: both get the same inputs, and in every cycle
/// the levels of their outputs and all that they retire are compared
/// (docs/verification/lockstep.md). `uart_tx`, `irq` and the answers of `bus` are of the RTL.
///
/// The first difference is an SC_ERROR, `/spikemesh/cosim`, at the edge that ends its cycle. The
/// text names cycle, tile, kind and fields. After that the module does nothing more. When the
/// simulation is stopped and nothing was compared, that is an SC_ERROR as well.
class CoSim : public ChipPins {
 public:
  /// Clocked by the port `clk`.
  CoSim(sc_core::sc_module_name name, const spec::Build& build, const RtlSource& source = {});
  /// With a clock of its own.
  CoSim(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock,
        const RtlSource& source = {});
  ~CoSim() override;

  bool idle() const override;
  /// Whether a difference was found.
  bool differs() const;
  /// Events that were compared and found equal.
  std::uint64_t compared() const;
  /// How many of each kind, and in how many cycles the pin.
  std::string summary() const;

 private:
  struct Impl;

  void reset() override;
  void set_rx(std::uint64_t cycle, bool level) override;
  void access(std::uint64_t cycle, const BusAccess& access) override;
  bool access_now(BusAccess& access) override;
  void run(std::uint64_t cycle) override;
  std::uint64_t due() override;
  void end_of_simulation() override;

  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::systemc
