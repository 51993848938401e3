// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikemesh/network.hpp"

namespace spikemesh {

/// What a current source gives at most (`add_current` of Python); 0: the projection is none. It
/// leads from an input population, whose neuron 0 gives -most, and whose neuron k gives most /
/// 2**k: the digits of a current from -most on and below most.
double most_of_current(const Network& network, const Projection& projection);

}  // namespace spikemesh
