// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/device.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// Where waves of a window of cycles go, as FST (GTKWave, Surfer). Cycle c spans the times 10c ..
/// 10c+9.
struct Waves {
  std::string path;
  std::uint64_t first = 0;                                         ///< first cycle in the file
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();  ///< last cycle in the file
};

/// Names of the builds that are compiled in (sim/CMakeLists.txt, SPIKEMESH_RTL_BUILDS).
std::vector<std::string_view> rtl_builds();

/// The chip of rtl/sm_chip.sv, Verilated: RTL assertions on, retire stream on.
/// Without a listener no event is made, without waves nothing is traced.
/// Throws std::invalid_argument when `build` equals none of those compiled in, or the wave file
/// cannot be opened.
std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves = std::nullopt);

}  // namespace spikemesh::sim
