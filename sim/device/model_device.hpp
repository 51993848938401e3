// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "model/noc/foreign_tile.hpp"
#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// The SystemC model of a chip (model/chip.hpp) as a device.
///
/// SystemC elaborates once a process: the first call, which has to come before the simulation
/// starts, elaborates a fixed number of empty chip modules; every device borrows one and gives it
/// back. So any number of devices can follow one another, and kModelDevices can live at the same
/// time. Throws std::runtime_error when more are alive, or when the simulation was started before
/// the first call.
/// `foreign`: tiles that are simulated elsewhere.
std::unique_ptr<Device> make_model_device(const spec::Build& build, Link link,
                                          const model::ForeignPlaces& foreign = {});

inline constexpr unsigned kModelDevices = 16;

}  // namespace spikemesh::sim
