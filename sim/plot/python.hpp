// SPDX-License-Identifier: Apache-2.0
#pragma once
// The Python that draws for the program.

#include <string>
#include <vector>

namespace spikemesh::sim {

/// Runs Python; true when it ends well. `quiet`: what it says on stderr is dropped.
bool run_python(const std::string& python, std::vector<std::string> arguments, bool quiet);

/// The first Python that can import `modules` ("numpy, matplotlib"): the system's, which sees the
/// packages of the system, then the python3 on PATH, which sees those of who set it up. Empty:
/// none.
std::string find_python(const std::string& modules);

/// The path of the system's Python.
std::string system_python();

}  // namespace spikemesh::sim
