// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

namespace spikemesh::sim {

// One subcommand a file of this folder: `add_x` declares it and its options, and sets the callback
// that does it. The callback throws CLI::RuntimeError(code) to end with another code than 0; an
// exception is printed and ends the program with 1. To add one: its file, its line here, its line
// in the table of sim/cli/main.cpp.
void add_completion(CLI::App& app);
void add_emulate(CLI::App& app);
void add_energy(CLI::App& app);
void add_firmware(CLI::App& app);
void add_info(CLI::App& app);
void add_map(CLI::App& app);
void add_report(CLI::App& app);
void add_run(CLI::App& app);
void add_sweep(CLI::App& app);
void add_traffic(CLI::App& app);
void add_verify(CLI::App& app);
void add_wire(CLI::App& app);

}  // namespace spikemesh::sim
