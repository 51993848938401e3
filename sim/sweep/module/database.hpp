// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sim/sweep/sweep_module.hpp"

namespace spikemesh::sim {

/// SweepModule::open_database: with SQLite. `make`: the file is made where there is none.
std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file, bool make);

}  // namespace spikemesh::sim
