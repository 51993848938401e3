// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "model/event.hpp"
#include "sim/device/chip_ports.hpp"
#include "sim/verilated/abi.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// A Verilated chip (rtl/sm_chip.sv) by its ports. Whoever has it moves its clock; it counts
/// nothing.
class RtlInstance {
 public:
  static constexpr std::uint64_t kSeed = 1;  ///< of what registers hold at power-on

  /// `waves`: where its FST goes, or null. Throws std::invalid_argument when that cannot be opened.
  RtlInstance(const SpikemeshVerilated& code, const spec::Build& build, const char* waves = nullptr,
              std::uint64_t seed = kSeed);

  /// Inputs and outputs, as of the last eval.
  SpikemeshChipPorts& ports() { return ports_; }
  const SpikemeshChipPorts& ports() const { return ports_; }
  /// Evaluates with this level of the clock. Throws std::runtime_error, with `cycle`, when an
  /// assertion of the RTL fails.
  void eval(bool clock, std::uint64_t cycle);
  /// Holds the reset for some edges.
  void reset();
  /// With the clock low: tells what the edge that ends `cycle` will retire.
  void tell_events(std::uint64_t cycle, EventSink& sink) const;
  /// The state at `time` (ns) goes into the FST.
  void dump(std::uint64_t time) { code_.dump(chip_.get(), time); }

 private:
  bool any() const;
  bool bit(unsigned index) const { return (ports_.retire_any[index / 8] >> index % 8 & 1) != 0; }

  const SpikemeshVerilated& code_;
  spec::Build build_;
  std::unique_ptr<void, void (*)(void*)> chip_;
  SpikemeshChipPorts ports_{};
};

}  // namespace spikemesh::sim
