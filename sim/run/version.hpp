// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace spikemesh::sim {

/// Of this program, and the commit that it was built from. They stand in a file of their own
/// (version.cmake), so that a commit compiles nothing else again.
extern const char* const kVersion;
extern const char* const kCommit;

}  // namespace spikemesh::sim
