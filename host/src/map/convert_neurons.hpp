// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// One physical neuron in units of the author's v, each a step: what docs/network.md derives from
/// the keys.
struct Physics {
  double decay_i = 0, decay_v = 0, decay_adapt = 1;  ///< factors a step
  double factor = 1;  ///< of everything that comes in: (w_in and 1 - a) times (r and 1 - b)
  double theta = 0, v_reset = 0, bias = 0,
         adapt_step = 0;  ///< relative to v_rest; bias times factor
  double refractory = 0;  ///< steps, not rounded
};

/// What comes into one neuron, in the author's unit of v (weight times factor).
struct Incoming {
  double largest = 0;                 ///< magnitude of one weight
  double positive = 0, negative = 0;  ///< magnitudes of sums, times the most hits a step
  double hits = 0;                    ///< most synaptic events in a step
};

/// Throws InputError where a time constant is shorter than a step and that matters.
Physics physics_of(const Network& network, Network::Id population, std::uint32_t neuron);

/// Raw V units in one unit of v: the network's own, or 2^k / largest threshold with the largest k
/// in 12..18 for which the largest weight stays below 2^15. `physics` and `incoming` of physical
/// neurons only.
double choose_scale(const Network& network, const std::vector<Physics>& physics,
                    const std::vector<Incoming>& incoming);

/// p, so that the fastest adaptive threshold decays by about 1/16 each 2^p steps, unless the
/// network says it.
std::uint32_t choose_adapt_period(const Network& network, const std::vector<Physics>& physics);

/// Smallest left shift with which the weights fit `weight_bits` and their sums an accumulator (at
/// most 15).
std::uint32_t choose_gain(const Incoming& incoming, double scale, std::uint32_t weight_bits);

/// Rounds one physical neuron; the gain is 0.
NeuronParameters round_neuron(const Network& network, Network::Id population, std::uint32_t neuron,
                              const Physics& physics, const spec::Build& build,
                              ConversionReport& report);

/// Moves one raw neuron's decay factors to the fraction bits of the chip, where that is exact.
NeuronParameters raw_neuron(const Network& network, Network::Id population, std::uint32_t neuron,
                            const spec::Build& build);

}  // namespace spikemesh
