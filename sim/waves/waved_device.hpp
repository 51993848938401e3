// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/device/device.hpp"
#include "sim/waves/waves.hpp"

namespace spikemesh::sim {

/// `device`, which writes waves of its retire stream and pins (sim/waves/retire_waves.hpp) while it
/// runs. For the model, which has no wires to trace; any device will do, new and made for `link`.
/// Throws std::invalid_argument when the file cannot be written.
std::unique_ptr<Device> make_waved_device(std::unique_ptr<Device> device, Link link,
                                          const Waves& waves);

}  // namespace spikemesh::sim
