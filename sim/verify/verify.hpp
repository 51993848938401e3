// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/device/executor.hpp"
#include "sim/stimulus/features.hpp"

namespace spikemesh::sim {

struct VerifyOptions {
  /// Fewer cases need not hit every bin.
  static constexpr std::uint64_t kCasesForAllBins = 50;
  static constexpr std::size_t kMostRtlTiles = 64;

  std::uint64_t cases = 20;
  std::optional<std::uint64_t> cycles;  ///< instead of `cases`: until this many were compared
  std::optional<std::string> state;     ///< with `cycles`: file from which a run continues
  std::uint64_t seed = 1;
  std::vector<std::string> configs;  ///< in rotation; empty: every named and covering build
  std::optional<std::uint64_t> one;  ///< only the case with this seed
  Executor executor = Executor::lockstep;
  RtlTiles rtl_tiles;                 ///< in place of `executor`
  std::string rtl_sources;            ///< modules in place of ours in the RTL; empty: none
  Features features;                  ///< of the core, which random chips use
  unsigned jobs = 1;                  ///< cases at a time
  std::optional<Waves> waves;         ///< of the one case
  bool json = false;                  ///< on stdout; what people read goes to stderr
  std::string program = "spikemesh";  ///< how the rerun command names it
};

/// Random chips: model against RTL, cycle by cycle, and both against the reference. Every case has
/// a seed of its own and runs in a process of its own. Prints a line a case (with `cycles`: one now
/// and then), a report for each that failed, a table of what was compared, and the bins
/// (docs/verification/verify-random.md). Returns true when all were equal, no kind of event was
/// missing, and, for a run over all builds of at least kCasesForAllBins cases, every bin was hit.
/// Throws InputError for options that do not go together and for a state of another run.
bool verify(const VerifyOptions& options);

}  // namespace spikemesh::sim
