// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/host/management_core.hpp"
#include "sim/verilated/source_list.hpp"

namespace spikemesh::sim {

/// Words of the memories of a management core, where they are not those of rtl/sm_chip.sv.
struct CoreMemories {
  std::optional<std::uint32_t> program, data;
};

/// `sources` of a management core with these memories (the defines SPIKEMESH_MGMT_PROGRAM and
/// SPIKEMESH_MGMT_DATA). Throws InputError, which names `option` with "-program" or "-data" behind
/// it, for a number that a core cannot have.
std::string with_memories(std::string sources, const CoreMemories& memories,
                          const std::string& option);
/// Arguments of Verilator that give a module these memories, whose parameters have `prefix`.
std::vector<std::string> memory_arguments(const SourceList& sources, const std::string& prefix);

/// The management core of a model: rtl/mgmt/sm_mgmt.sv as a whole, Verilated. `sources` as of
/// management_core_sources(); their define SPIKEMESH_MGMT is MgmtDivide. Compiles it, if that was
/// not done before. Throws InputError.
std::shared_ptr<model::ManagementCore> make_management_core(const SourceList& sources);
/// Its library, compiled.
std::filesystem::path management_core_library(const SourceList& sources);

}  // namespace spikemesh::sim
