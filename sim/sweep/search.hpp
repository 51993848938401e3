// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "sim/sweep/sweep.hpp"
#include "sim/sweep/workers.hpp"

namespace spikemesh::sim {

/// Looks for the points of the space that are best in several columns at once, with the genetic
/// algorithm NSGA-II (K. Deb et al., 2002). What it draws hangs on its seed alone: a search that
/// goes on draws the same points, and runs those that have no row. Returns how many points there
/// are.
std::uint64_t search_points(const SweepFile& sweep, PointRunner& runner, Store& store,
                            const SweepOptions& options, RankDesk* desk);

}  // namespace spikemesh::sim
