// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "sim/verify/case/verify_state.hpp"

namespace spikemesh::sim {

/// What `verify --json` prints: what was compared, by build, and what failed (docs/run.md).
std::string to_json(const VerifyPlan& plan, const VerifyState& state, bool equal);

}  // namespace spikemesh::sim
