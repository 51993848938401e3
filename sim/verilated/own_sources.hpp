// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/verilated/library.hpp"
#include "sim/verilated/source_list.hpp"

namespace spikemesh::sim {

/// `ours`, each file the module of its name, but for the modules that `mine` hold, with `mine` at
/// the end. Throws InputError, which begins with `who`, when a file of `mine` is not there, and
/// when none of them holds a module of `ours`; `place` says where it would have a place: "a tile".
std::vector<std::filesystem::path> with_own_sources(const std::vector<std::filesystem::path>& ours,
                                                    const std::vector<std::filesystem::path>& mine,
                                                    const std::string& who,
                                                    const std::string& place);

/// What a recipe needs of a user's sources besides the files: defines, folders and what lies there.
void add_sources(VerilatedRecipe& recipe, const SourceList& sources);

}  // namespace spikemesh::sim
