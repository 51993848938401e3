// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace spikemesh::sim {

/// One line that says what is wrong with a command line: the command, the option, the value, what
/// is allowed, and where to read on. CLI::App::failure_message takes it.
std::string complain(const CLI::App* app, const CLI::Error& error);

}  // namespace spikemesh::sim
