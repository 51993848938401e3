// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "spikemesh/systemc/pins.hpp"

namespace spikemesh::spec {
struct Build;
}

namespace spikemesh::systemc {

/// The cycle-accurate model of a SpikeMesh chip, with pins (docs/systemc.md). Any number of them,
/// of any builds and clocks, may be in one simulation.
///
/// It sleeps. With a clock of its own it is activated when an input moves, when the tx pin may
/// change, and, only if something is bound to `spikes` or `retired`, in cycles in which something
/// happens. An idle chip has no events. With `clk` it is activated by each rising edge.
class Chip : public ChipPins {
 public:
  /// Clocked by the port `clk`. A build that breaks a rule is refused with SC_REPORT_ERROR.
  Chip(sc_core::sc_module_name name, const spec::Build& build);
  /// With a clock of its own.
  Chip(sc_core::sc_module_name name, const spec::Build& build, const Clock& clock);
  ~Chip() override;

  const spec::Build& build() const;
  bool idle() const override;

 private:
  struct Impl;

  void reset() override;
  void set_rx(std::uint64_t cycle, bool level) override;
  void access(std::uint64_t cycle, const BusAccess& access) override;
  bool access_now(BusAccess& access) override;
  void run(std::uint64_t cycle) override;
  std::uint64_t due() override;
  void end_of_elaboration() override;

  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::systemc
