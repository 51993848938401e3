// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// The shared library (sim/rtl_tile/shim.hpp) of a tile of this build in which the modules of
/// `file` replace ours of the same name. Modules and includes that it needs are looked
/// for in its folder. Libraries are kept in $XDG_CACHE_HOME/spikemesh or ~/.cache/spikemesh, named
/// by a hash of all that goes into them; making one needs Verilator and a C++ compiler, and says so
/// on the standard error.
/// Throws InputError: no such file; none of its modules belongs into a tile; it does not compile.
std::string build_tile(const std::string& file, const spec::Build& build);

}  // namespace spikemesh::sim
