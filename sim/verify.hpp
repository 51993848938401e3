// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/executor.hpp"

namespace spikemesh::sim {

struct VerifyOptions {
  std::uint64_t cases = 20;
  std::uint64_t seed = 1;
  std::vector<std::string> configs;  ///< in rotation; empty: every named build
  std::optional<std::uint64_t> one;  ///< only the case with this seed
  Executor executor = Executor::lockstep;
  unsigned jobs = 1;                  ///< cases at a time
  std::optional<std::string> waves;   ///< of the one case
  std::string program = "spikemesh";  ///< how the rerun command names it
};

/// Random chips: model against RTL, cycle by cycle, and both against the reference. Every case has
/// a seed of its own and runs in a process of its own. Prints a line a case, a report for each that
/// failed, and a table of what was compared. Returns true when all were equal and no kind of event
/// was missing. Throws InputError for options that do not go together.
bool verify(const VerifyOptions& options);

}  // namespace spikemesh::sim
