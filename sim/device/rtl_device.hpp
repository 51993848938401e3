// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/waves/waves.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// Names of the builds that are compiled in (sim/CMakeLists.txt, SPIKEMESH_RTL_BUILDS).
std::vector<std::string_view> rtl_builds();

/// The chip of rtl/sm_chip.sv, Verilated: RTL assertions on, retire stream on.
/// Without a listener no event is made, without waves nothing is traced.
/// Throws std::invalid_argument when `build` equals none of those compiled in, or the wave file
/// cannot be opened.
std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves = std::nullopt);

}  // namespace spikemesh::sim
