// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace spikemesh::sim {

/// The folder of what the program or the Python extension needs besides itself (RTL, shims,
/// scripts): the nearest share/spikemesh in a folder above the file that holds this code. So it is
/// found in the build tree, in an installation that was moved, and in a Python environment. Where
/// there is none, the folder in which it should be.
std::filesystem::path share_folder();

}  // namespace spikemesh::sim
