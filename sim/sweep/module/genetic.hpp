// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/sweep/sweep_module.hpp"

namespace spikemesh::sim {

/// SweepModule::begin_search: NSGA-II of pagmo. It evaluates the first generation.
std::unique_ptr<Generations> begin_nsga2(const GeneticSearch& search);

}  // namespace spikemesh::sim
