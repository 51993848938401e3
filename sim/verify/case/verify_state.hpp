// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/verify/verify_totals.hpp"

namespace spikemesh::sim {

/// What a row of random cases is made of: two runs of the same plan run the same cases.
struct VerifyPlan {
  std::uint64_t seed = 1;
  std::string executor;
  std::vector<std::string> schedule;  ///< configurations of the cases, in rotation
};

/// How far it has come.
struct VerifyState {
  struct Failure {
    std::string config;
    std::uint64_t seed = 0;
  };
  std::uint64_t next_case = 0;  ///< all cases before it are in `totals` or in `failed`
  Totals totals;
  std::vector<Failure> failed;
};

/// A new state if there is no such file. Throws InputError that names the file, both values and
/// what to do when it is not a state, or one of another plan, specification or set of builds.
VerifyState load_state(const std::string& path, const VerifyPlan& plan);
/// Whole or not at all: a process that is ended meanwhile leaves the state before.
void save_state(const std::string& path, const VerifyPlan& plan, const VerifyState& state);

}  // namespace spikemesh::sim
