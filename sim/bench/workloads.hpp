// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "spikemesh/image.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::bench {

/// The build `default` on a 16 x 16 mesh.
spec::Build mesh_16x16();

/// No neuron at all: every core skips every step.
Image nothing(const spec::Build& build);

/// "few spikes": on the build `default` (4 x 4 tiles), 192 neurons a tile that fire every 64 steps,
/// so about 3 spikes a core a step, whatever their inputs do; each has 4 synapses to random neurons
/// anywhere, delays 1..15.
Image few_spikes();

/// "learning": on each of the 4 x 4 tiles of the build `default` 32 neurons, joined all-to-all with
/// 60 others by plastic synapses; all fire in every 4th step. Learning has to be switched on.
Image learning();

/// "busy": as few spikes, but every neuron fires in every 4th step: 48 spikes a core a step, 4
/// flits each.
Image busy();

/// An image, and how many links between two tiles the packet of a spike crosses on average.
struct Traffic {
  Image image;
  double hops_a_spike = 0;
};

/// Uniform random traffic through cores: on each of `mesh` x `mesh` tiles `firing` neurons (a power
/// of two) fire in each step, and each sends one packet to a neuron anywhere.
Traffic uniform(std::uint32_t mesh, std::uint32_t firing);

}  // namespace spikemesh::bench
