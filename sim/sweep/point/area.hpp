// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// Logic of a chip on an ECP5, modelled: fitted to what Yosys makes of builds
/// (tests/area/area.py; docs/exploration/sweep.md says how far it is off).
struct Area {
  std::uint64_t luts = 0;  ///< LUT4, and what carry chains and distributed RAM take of them
  std::uint64_t ffs = 0;
};
Area area(const spec::Build& build);

}  // namespace spikemesh::sim
