// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "convert/convert_neurons.hpp"
#include "spikemesh/convert.hpp"

namespace spikemesh {

/// Adaptive thresholds, V and I that a population begins with, as the chip holds them. `physics`:
/// by unit; `report`: nullptr of raw neurons. Throws InputError for what the chip cannot hold.
void round_initial(const Network& network, Network::Id id, const std::vector<Physics>& physics,
                   IntegerNetwork& out, PopulationConversion* report);

}  // namespace spikemesh
