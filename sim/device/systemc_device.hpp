// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "model/noc/foreign_tile.hpp"
#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// The model of a chip in its SystemC shell (model/systemc/device_chip.hpp) as a device. It does
/// the same in the same cycles as that of make_model_device, inside SystemC's kernel.
///
/// The kernel is one a process: it belongs to one thread, and it elaborates once. So all devices of
/// a process are made before one of them advances; later ones are refused with std::runtime_error.
/// `foreign`: tiles that are simulated elsewhere.
std::unique_ptr<Device> make_systemc_device(const spec::Build& build, Link link,
                                            const model::ForeignPlaces& foreign = {});

}  // namespace spikemesh::sim
