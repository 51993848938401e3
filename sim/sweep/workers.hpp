// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/sweep/point/run_point.hpp"
#include "sim/sweep/rank_work.hpp"
#include "sim/sweep/store.hpp"

namespace spikemesh::sim {

/// Runs the points with these ids in `jobs` threads, those that share a mapping one after another,
/// and adds their rows. Ranks that ask at `desk`, if there is one, run some of them. `tell` is
/// called now and then by this thread with how many are done; what it throws ends the work in good
/// order, and is thrown.
void run_points(PointRunner& runner, Store& store, const std::vector<std::uint64_t>& ids,
                std::uint32_t jobs, RankDesk* desk,
                const std::function<void(std::uint64_t done)>& tell);

}  // namespace spikemesh::sim
