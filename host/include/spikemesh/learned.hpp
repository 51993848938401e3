// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikemesh/machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {

/// The network with the weights of its plastic synapses and the adaptive thresholds that `machine`
/// holds now; `mapped` is the result of mapping `network`, and is loaded there. Saved and loaded
/// again it is mapped to the same weights and thresholds, bit for bit, on a chip with the same
/// WeightBits: the scale of v is written down.
Network read_learned(const Network& network, const Mapped& mapped, Machine& machine);

}  // namespace spikemesh
