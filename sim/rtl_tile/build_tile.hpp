// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// The shared library (sim/verilated/library.hpp) of a tile of this build in which the modules of
/// the files replace ours of the same name. `sources`: as in source_list.hpp.
/// Throws InputError: no such file; none of their modules belongs into a tile; they do not compile.
std::string build_tile(const std::string& sources, const spec::Build& build);

}  // namespace spikemesh::sim
