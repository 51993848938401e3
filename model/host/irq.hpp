// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The registers of the interrupt output (docs/blocks/bus.md, "Interrupt").
class Irq {
 public:
  /// The output follows one cycle later, whatever a reset does.
  void reset() { run_done_ = error_ = false, mask_ = 0; }

  std::uint32_t mask() const { return mask_; }
  std::uint32_t pending(bool spikes) const {
    return spec::Interrupt{
        .run_done = run_done_ ? 1u : 0u, .spikes = spikes ? 1u : 0u, .error = error_ ? 1u : 0u}
        .pack();
  }
  void set_mask(std::uint32_t mask) { mask_ = mask; }
  void clear(std::uint32_t word) {
    const auto which = spec::Interrupt::unpack(word);
    run_done_ = run_done_ && which.run_done == 0;
    error_ = error_ && which.error == 0;
  }
  void run_begins() { run_done_ = false; }
  // These follow what the bus did in the same cycle.
  void run_ended() { run_done_ = true; }
  void count_error() { error_ = true; }

 private:
  bool run_done_ = false, error_ = false;
  std::uint32_t mask_ = 0;
};

}  // namespace spikemesh::model
