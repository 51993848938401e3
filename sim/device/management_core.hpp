// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>

#include "model/host/management_core.hpp"
#include "sim/verilated/source_list.hpp"

namespace spikemesh::sim {

/// The management core of a model: rtl/mgmt/sm_mgmt.sv as a whole, Verilated. `sources` as of
/// management_core_sources(); their define SPIKEMESH_MGMT is MgmtDivide. Compiles it, if that was
/// not done before. Throws InputError.
std::shared_ptr<model::ManagementCore> make_management_core(const SourceList& sources);
/// Its library, compiled.
std::filesystem::path management_core_library(const SourceList& sources);

}  // namespace spikemesh::sim
