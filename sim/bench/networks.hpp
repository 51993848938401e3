// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "spikemesh/network.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::bench {

/// Input spikes: step and number of the input neuron.
using LayerInputs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// A network, the build that it is mapped onto, and what is run.
struct Workload {
  Network network;
  spec::Build build;
  LayerInputs inputs;
  std::uint64_t steps = 0;
};

/// CUBA: 3,200 excitatory and 800 inhibitory neurons, joined with a probability of 2 % (about
/// 320,000 synapses), driven to about 13 Hz; a step of 0.1 ms. Of Vogels and Abbott, J. Neurosci.
/// 25 (2005), in the form that simulators are compared with.
Workload cuba();
/// The same on 4 x 2 tiles that are as large as it needs, instead of 40 of an 8 x 8 mesh.
Workload cuba_8_tiles();

/// 16 tiles of 256 neurons that fire in most third steps; each has its 128 synapses on one tile: a
/// packet a spike, with a row of 128.
Workload long_rows();

/// Four layers of 16,640 neurons in all, each joined to a window of the layer before it: 2.58
/// million synapses, the volume of the DVS example of SANA-FE. The 2,048 input neurons fire with a
/// probability of 8 % a step. With their threshold the neurons fire in nearly every step (about 63
/// million synaptic events in 100 steps), or seldom (about 4 million).
Workload layers_often();
Workload layers_seldom();

}  // namespace spikemesh::bench
