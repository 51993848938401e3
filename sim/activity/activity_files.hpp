// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "sim/activity/activity.hpp"

namespace spikemesh::sim {

/// Writes activity.json and its arrays (docs/exploration/report.md) into a run folder; nullptr:
/// removes those of an earlier run. Throws InputError when a file cannot be written.
void write_activity(const std::filesystem::path& folder, const Activity* activity);

}  // namespace spikemesh::sim
