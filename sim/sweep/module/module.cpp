// SPDX-License-Identifier: Apache-2.0
// lib/spikemesh/sweep.so: what sweep_module() opens.
#include "sim/sweep/module/database.hpp"
#include "sim/sweep/module/genetic.hpp"

extern "C" __attribute__((visibility("default")))
const spikemesh::sim::SweepModule spikemesh_sweep_module{&spikemesh::sim::open_sqlite,
                                                         &spikemesh::sim::begin_nsga2};
