// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "model/host/management_core.hpp"
#include "model/noc/foreign_tile.hpp"
#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// The model of a chip (model/chip.hpp), plain C++, as a device: any number of any builds in a
/// process, in as many threads. `foreign`: tiles that are simulated elsewhere.
std::unique_ptr<Device> make_model_device(const spec::Build& build, Link link,
                                          const model::ForeignPlaces& foreign = {});

/// The same with a management core (sim/device/management_core/management_core.hpp).
std::unique_ptr<Device> make_model_with_core(const spec::Build& build, Link link,
                                             std::shared_ptr<model::ManagementCore> core,
                                             const model::ForeignPlaces& foreign = {});

/// The host tile of the model with the tiles of the reference (model::Tiles::reference), and a
/// management core if there is one.
std::unique_ptr<Device> make_reference_device(const spec::Build& build, Link link,
                                              std::shared_ptr<model::ManagementCore> core = {});

}  // namespace spikemesh::sim
