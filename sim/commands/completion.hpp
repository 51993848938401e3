// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace spikemesh::sim {

// Scripts with which a shell completes subcommands, options and values. They are made from the
// declarations that the program reads its command line with, so they cannot fall behind.

/// "bash", "zsh" or "fish".
std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace spikemesh::sim
