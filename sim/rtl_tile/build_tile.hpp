// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// The shared library (sim/verilated/library.hpp) of a tile of this build in which the modules of
/// `file` replace ours of the same name. Modules and includes that it needs are looked
/// for in its folder.
/// Throws InputError: no such file; none of its modules belongs into a tile; it does not compile.
std::string build_tile(const std::string& file, const spec::Build& build);

}  // namespace spikemesh::sim
