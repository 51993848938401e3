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

}  // namespace spikemesh::model
