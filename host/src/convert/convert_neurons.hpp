// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

constexpr double kStateLimit = 8388607;  ///< 2^23 - 1
/// Raw adaptation in one raw unit of V.
constexpr double kAdaptUnit = 1 << spec::kAdaptFraction;

/// One physical neuron in units of the author's v, each a step: what docs/network.md derives from
/// the keys.
struct Physics {
  double decay_i = 0, decay_v = 0, decay_adapt = 1;  ///< factors a step, exact
  std::uint32_t k_i = 0, k_v = 0;                    ///< these of I and V as the chip holds them
  /// Of everything that comes in: (w_in and 1 - a) times (r and 1 - b), with a and b as the chip
  /// holds them.
  double factor = 1;
  double gv = 1;  ///< of these r and 1 - b: what one unit of i adds to v in a step
  double theta = 0, v_reset = 0, bias = 0,
         adapt_step = 0;  ///< relative to v_rest; bias times factor
  bool subtract = false;
  double adapt = 0;       ///< adaptive threshold at the begin
  double refractory = 0;  ///< steps, not rounded
};

/// Throws InputError where a time constant is shorter than a step and that matters, or so long
/// that its factor becomes 1.
Physics physics_of(const Network& network, Network::Id population, std::uint32_t neuron,
                   const spec::Build& build);

/// p, so that the fastest adaptive threshold decays by about 1/16 each 2^p steps, unless the
/// network says it. `physics` of physical neurons only.
std::uint32_t choose_adapt_period(const Network& network, const std::vector<Physics>& physics);

/// How much truncation takes from V in the mean, in raw units: 0.5 a step from V and, where the
/// current lasts, from I.
double truncation_pull(const Physics& physics, const spec::Build& build);

struct PhysicalNeuron {
  const Network& network;
  Network::Id population;
  std::uint32_t neuron;
  const Physics& physics;
  double v_scale;
};

/// Rounds one physical neuron and tells what that did; the gain is 0.
NeuronParameters round_neuron(const PhysicalNeuron& neuron, std::uint32_t adapt_period,
                              const spec::Build& build, PopulationConversion& report);

/// Moves one raw neuron's decay factors to the fraction bits of the chip, where that is exact.
NeuronParameters raw_neuron(const Network& network, Network::Id population, std::uint32_t neuron,
                            const spec::Build& build);

}  // namespace spikemesh
