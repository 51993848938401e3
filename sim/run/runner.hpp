// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "sim/cli/progress.hpp"
#include "sim/cli/run_options.hpp"
#include "sim/device/device.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh::sim {

/// Says how far loading and running are.
struct RunProgress {
  Progress line;
  std::uint64_t steps = 0;  ///< that will be run
};

/// What runs the network, and what it stands on.
struct Runner {
  std::unique_ptr<Device> device;  ///< of an executor with a clock
  std::unique_ptr<Machine> machine;
};

/// Makes the executor, or connects to the port, that the options name. Throws InputError for
/// options that do not go together, and what the link throws. `progress` must live as long.
Runner make_runner(const RunOptions& options, RunProgress& progress);

}  // namespace spikemesh::sim
