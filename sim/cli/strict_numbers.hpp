// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace spikemesh::sim {

/// Holds the numbers of all options of all commands to spikemesh/number.hpp: CLI11 alone takes
/// "0x10", " 5", "+5", "nan" as well. Called when all options are declared.
void add_strict_numbers(CLI::App& app);

}  // namespace spikemesh::sim
