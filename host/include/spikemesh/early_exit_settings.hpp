// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace spikemesh {

/// From so many steps of a sample on, its answer is sure when the neuron with the most spikes has
/// at least `margin` more than any other.
struct ExitMargin {
  std::uint32_t steps = 1;
  std::uint32_t margin = 1;
  bool operator==(const ExitMargin&) const = default;
};

/// Settings of the program `early-exit` of the management core (docs/firmware.md).
struct EarlyExitSettings {
  std::string population;           ///< whose neurons are the answers; all of them are recorded
  std::vector<ExitMargin> margins;  ///< ascending in steps; none: every sample runs to its end
  bool operator==(const EarlyExitSettings&) const = default;
};

}  // namespace spikemesh
