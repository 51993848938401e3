// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/host/bus.hpp"
#include "model/host/irq.hpp"
#include "model/host/ring.hpp"
#include "model/host/step.hpp"
#include "model/link/bridge.hpp"

namespace spikemesh::model {

/// The blocks whose registers the bus reads and writes.
struct HostBlocks {
  explicit HostBlocks(const spec::Build& build)
      : bridge(build), step(build), ring_in(build.ring_in), ring_out(build.ring_out) {}

  Bridge bridge;
  Step step;
  RingIn ring_in;
  RingOut ring_out;
  Irq irq;
  CycleCounter inject_stalls;
  CycleCounter ring_out_stalls;
  std::uint32_t rx_overflows = 0;
  std::uint32_t framing_errors = 0;
};

/// Registers and ring memories of the host tile as the bus sees them (docs/blocks/host_tile.md).
/// The exec cycle of a request: `check`, then `read` as of the start of the cycle; a good write is
/// done by `write` at its end, after the blocks' own commits.
class HostRegisters {
 public:
  HostRegisters(const spec::Build& build, HostBlocks& blocks);
  /// Soft reset: UART_DIVISOR and RESET_NONCE stay.
  void reset();

  std::uint32_t divisor() const { return divisor_; }
  bool divisor_waits() const { return next_divisor_.has_value(); }
  /// The divisor that was kept aside comes into use.
  void change_divisor();
  std::uint32_t period() const { return period_; }
  std::uint32_t adapt_period() const { return adapt_period_; }

  spec::Status check(const BusRequest& request) const;
  std::uint32_t read(const BusRequest& request, std::uint64_t cycle) const;
  /// The request takes the read port of the spike-in ring's memory in its exec cycle.
  bool takes_ring_port(const BusRequest& request) const;
  /// The word read comes from a memory: of a ring, or of the counters.
  bool fetches(const BusRequest& request) const;
  /// The request resets the chip.
  bool resets(const BusRequest& request) const;
  /// `before` is the step controller's state in the exec cycle.
  void write(const BusRequest& request, Step::State before);

 private:
  enum class Place : std::uint8_t { none, reg, ring_in, ring_out };
  Place place(const BusRequest& request) const;
  std::uint32_t read_register(spec::Register reg, std::uint64_t cycle) const;
  std::uint32_t read_parameter(spec::Register reg) const;
  std::uint32_t read_host(spec::Register reg) const;
  std::uint32_t read_counter(spec::Register reg, std::uint64_t cycle) const;
  bool bad_value(spec::Register reg, std::uint32_t value) const;
  void write_register(spec::Register reg, std::uint32_t value, Step::State before);
  void write_step(spec::Register reg, std::uint32_t value, Step::State before);
  void write_rings(spec::Register reg, std::uint32_t value);
  void write_irq(spec::Register reg, std::uint32_t value);

  spec::Build build_;
  HostBlocks& blocks_;
  std::uint32_t divisor_;
  std::optional<std::uint32_t> next_divisor_;
  std::uint32_t nonce_ = 0;
  std::uint32_t image_tag_ = 0;
  std::uint32_t until_low_ = 0;
  std::uint32_t until_high_ = 0;
  std::uint32_t run_tag_ = 0;
  std::uint32_t period_ = 0;
  std::uint32_t adapt_period_ = 0;
};

}  // namespace spikemesh::model
