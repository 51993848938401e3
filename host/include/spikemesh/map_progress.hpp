// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "spikemesh/mapper.hpp"

namespace spikemesh {

/// Called from time to time while a network is mapped: `unit` ("neurons"), how many of them have a
/// tile, and how many there are. Several attempts may be needed, each of which counts from 0. What
/// it throws ends the mapping.
using MapProgress =
    std::function<void(std::string_view unit, std::uint64_t done, std::uint64_t all)>;

/// map_network of mapper.hpp, watched.
Mapped map_network(const Network& network, const spec::Build& build, const MapOptions& options,
                   const MapProgress& progress);

}  // namespace spikemesh
