// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// What a master asks of the internal bus (docs/blocks/host_tile.md). One at a time.
struct BusRequest {
  bool write = false;
  std::uint16_t tile = 0;     ///< as in a frame: x 5..0, y 11..6, host 15
  std::uint32_t address = 0;  ///< 24 bits, in words
  std::uint32_t data = 0;
};

/// How it ended; up for one cycle.
struct BusAnswer {
  spec::Status status = spec::Status::ok;
  std::uint32_t data = 0;  ///< written or read; 0 for a read that failed
};

/// Who has the bus (docs/blocks/bus.md): the masters that ask are a mask, the first lowest.
class BusArbiter {
 public:
  explicit BusArbiter(unsigned masters) : masters_(masters), owner_(masters - 1) {}

  /// The owner of this cycle, if anybody asks.
  unsigned owner(std::uint32_t asks) const {
    if (busy_) return owner_;
    for (unsigned next = owner_ + 1; next <= owner_ + masters_; ++next)
      if ((asks >> next % masters_ & 1) != 0) return next % masters_;
    return owner_;
  }
  /// The owner of the request under way.
  unsigned owner() const { return owner_; }
  /// End of a cycle in which it was answered, or not.
  void commit(std::uint32_t asks, bool answered) {
    owner_ = owner(asks);
    busy_ = asks != 0 && !answered;
  }

 private:
  unsigned masters_;
  unsigned owner_;  // who has the bus, or had it last
  bool busy_ = false;
};

}  // namespace spikemesh::model
