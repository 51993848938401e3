// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "sim/lockstep/mismatch.hpp"
#include "sim/verify/verify.hpp"
#include "sim/verify/verify_totals.hpp"

namespace spikemesh::sim {

/// One case to run.
struct Job {
  std::string config;
  std::uint64_t seed = 0;
  std::string rerun;
  bool brief = false;  ///< a failure is told in a line, without waves: others were told in full
};

/// Runs the case. Throws Mismatch for a difference, InputError for waves that are not whole.
Outcome run_job(const Job& job, const VerifyOptions& options);

/// Runs a case that failed once more, with waves around the place: `--waves` of the reports of all
/// cases would be too much, and of the cycles before it nobody asks.
void write_waves(const Job& job, const VerifyOptions& options, const Mismatch::Place& place);

}  // namespace spikemesh::sim
