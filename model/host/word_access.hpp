// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// An access of a word through the word port (docs/blocks/bus.md).
struct WordAccess {
  bool write = false;
  std::uint32_t address = 0;  ///< of bytes
  std::uint32_t data = 0;
  std::uint8_t strobe = 15;  ///< bytes to write
};

/// How it ended.
struct WordAnswer {
  std::uint64_t cycle = 0;  ///< in which the port answered
  spec::Status status = spec::Status::ok;
  std::uint32_t data = 0;  ///< read; 0 unless a read was ok
};

}  // namespace spikemesh::model
