// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spikemesh::sim {

/// Runs a command that takes a while: says `what` on the standard error, on a terminal with the
/// seconds that it takes. What the command prints goes to `log`, which is removed. Returns what it
/// printed if it failed, nothing if it did not. Throws Error when it was interrupted.
std::optional<std::string> run_compiler(const std::vector<std::string>& command,
                                        const std::string& what, const std::filesystem::path& log);

}  // namespace spikemesh::sim
