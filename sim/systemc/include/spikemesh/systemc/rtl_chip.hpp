// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spikemesh/systemc/pins.hpp"

namespace spikemesh::spec {
struct Build;
}

namespace spikemesh::systemc {

/// What the RTL of a chip is compiled of, and what it writes.
struct RtlSource {
  /// SystemVerilog files of yours. Each module in them stands in for ours of the same name; the
  /// others are added. Missing modules and includes are looked for in the folder of the first.
  std::vector<std::string> files = {};
  /// An FST of all signals, 10 ns an edge, if it has a name.
  std::string waves = {};
};

/// The RTL of a chip (rtl/sm_chip.sv, or yours), compiled by Verilator when the module is made, if
/// it was not before (docs/verification/verify.md), with the pins of the model: wherever a Chip
/// stands, an RtlChip can. It is evaluated in every cycle.
class RtlChip : public ChipPins {
 public:
  /// Clocked by the port `clk`. RTL that does not compile is an SC_ERROR with Verilator's message.
  RtlChip(sc_core::sc_module_name name, const spec::Build& build, const RtlSource& source = {});
  /// With a clock of its own.
  RtlChip(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock,
          const RtlSource& source = {});
  ~RtlChip() override;

  bool idle() const override;

 private:
  struct Impl;

  void reset() override;
  void set_rx(std::uint64_t cycle, bool level) override;
  void access(std::uint64_t cycle, const BusAccess& access) override;
  bool access_now(BusAccess& access) override;
  void run(std::uint64_t cycle) override;
  std::uint64_t due() override;

  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::systemc
