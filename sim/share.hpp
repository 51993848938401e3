// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace spikemesh::sim {

/// Files that the program needs lie beside it, in the build tree as in an installation.
inline std::filesystem::path share_folder() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path() / "share" /
         "spikemesh";
}

}  // namespace spikemesh::sim
