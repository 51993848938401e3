// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "sim/device/rtl_instance.hpp"
#include "spikemesh/systemc/rtl_chip.hpp"

namespace spikemesh::systemc {

/// RTL that a module of SystemC clocks.
class ClockedRtl {
 public:
  /// Compiles what was not compiled yet. What goes wrong is an SC_ERROR that names the module.
  ClockedRtl(const char* module, const spec::Build& build, const RtlSource& source);

  void reset();
  /// Cycle ended(), with this level of the rx pin, and what it retires. An assertion of the RTL
  /// that fails is an SC_ERROR.
  void step(EventSink& sink);
  void set_rx(bool level) { rtl_->ports().rx = level; }
  /// From this cycle on, which is ended() or later, an access waits at the word port.
  void access(std::uint64_t cycle, const BusAccess& access);
  /// The answer of the last cycle, if there was one.
  std::optional<BusAnswer> take_answer() { return std::exchange(answer_, std::nullopt); }
  bool irq() const { return rtl_->ports().irq != 0; }
  bool tx() const { return rtl_->ports().tx != 0; }
  bool idle() const { return rtl_->ports().idle != 0; }
  /// Cycles since the last reset.
  std::uint64_t ended() const { return ended_; }

 private:
  void eval(bool clock);
  void dump();

  std::string module_;
  std::unique_ptr<sim::RtlInstance> rtl_;
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  std::uint64_t access_at_ = kNone;  ///< the cycle from which an access waits
  std::optional<BusAnswer> answer_;
  std::uint64_t ended_ = 0;
  std::uint64_t halves_ = 0;  ///< of all clock periods
  bool waves_;
};

}  // namespace spikemesh::systemc
