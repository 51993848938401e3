// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdio>

#include "spikemesh/link/baud.hpp"

namespace spikemesh::sim {

/// Says on stderr when the rate in use is not the one that --baud asked for.
inline void print_baud(const BaudResult& result) {
  if (result.note.empty()) return;
  if (result.found == 0) {
    fmt::print(stderr, "spikemesh: --baud: {}\n", result.note);
  } else {
    fmt::print(stderr, "spikemesh: --baud: {} baud in use; {}\n", result.used, result.note);
  }
}

}  // namespace spikemesh::sim
