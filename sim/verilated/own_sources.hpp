// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace spikemesh::sim {

/// `ours`, each file the module of its name, but for the modules that `mine` hold, with `mine` at
/// the end. Throws InputError, which begins with `who`, when a file of `mine` is not there, and
/// when none of them holds a module of `ours`; `place` says where it would have a place: "a tile".
std::vector<std::filesystem::path> with_own_sources(const std::vector<std::filesystem::path>& ours,
                                                    const std::vector<std::filesystem::path>& mine,
                                                    const std::string& who,
                                                    const std::string& place);

/// SystemVerilog in the folder of `file`, in the order of names.
std::vector<std::filesystem::path> verilog_beside(const std::filesystem::path& file);

}  // namespace spikemesh::sim
