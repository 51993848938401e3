// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace spikemesh::sim {

/// The folder of what the program or the Python extension needs besides itself (RTL, shims,
/// scripts): the nearest share/spikemesh in a folder above the file that holds this code. So it is
/// found in the build tree, in an installation that was moved, and in a Python environment. Where
/// there is none, the folder in which it should be.
std::filesystem::path share_folder();

/// A module that is opened when it is needed, such as sweep.so: in the nearest lib/spikemesh, found
/// in the same way.
std::filesystem::path module_file(const std::string& name);

/// The image of a program of the management core that comes with SpikeMesh. Throws InputError when
/// it was not built.
std::string program_image(const std::string& program);

}  // namespace spikemesh::sim
