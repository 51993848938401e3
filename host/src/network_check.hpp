// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spikemesh/network.hpp"

namespace spikemesh {

// What must hold of a population or projection that is about to be added, whatever the chip.
// Each throws InputError with the path of the culprit.
void check_population(const Network& network, const Population& population);
void check_recorded(const Network& network, Network::Id id, const Population& population);
/// Throws InputError unless the rule can be added.
void check_rule(const Network& network, const LearningRule& rule);
void check_projection(const Network& network, const Projection& projection);

/// Path of the weight or delay of synapse i, in the shape in which the author gave it.
std::string synapse_path(const Network& network, Network::Id projection, const char* column,
                         std::size_t i);

}  // namespace spikemesh
