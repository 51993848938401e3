// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "convert/convert_neurons.hpp"

namespace spikemesh {

/// What comes into one neuron, in the author's unit of v (weight times factor).
struct Incoming {
  double largest = 0;                 ///< magnitude of one weight
  double inhibition = 0;              ///< magnitude of one negative weight
  double plastic = 0;                 ///< magnitude of a bound of a plastic one
  double positive = 0, negative = 0;  ///< magnitudes of sums, times the most hits a step
  double hits = 0;                    ///< most synaptic events in a step
};

/// Raw units in one unit of v, and the left shift of the accumulator.
struct Scaling {
  double v = 0;
  std::uint32_t gain = 0;
};

/// Raw V units in one unit of v for a neuron: 2^k over the range of its state, with the smallest k
/// in 18..20 (..21 where inhibition is weak, ..22 where V stays above rest) that keeps truncation's
/// pull below 2^-14 of it; or a smaller one, down to 12, where one weight, bias or adaptation needs
/// the head-room (and below 12 where no gain would hold the weight).
double choose_scale(const Physics& physics, const Incoming& incoming, const spec::Build& build);

inline constexpr std::uint32_t kGainMax = (1u << spec::kGainBits) - 1;

/// Smallest left shift, at most kGainMax, with which a weight of magnitude `largest` rounds to at
/// most `limit`, and the sums fit an accumulator.
std::uint32_t choose_gain(const Incoming& incoming, double scale, double largest, double limit);

/// Largest magnitude that a word holds with either sign.
double weight_limit(std::uint32_t weight_bits);

/// Neurons that are targets of one plastic projection learn by weights of one scale, as a tile has
/// few rules: sets of neurons, joined one by one.
class ScaleGroups {
 public:
  explicit ScaleGroups(std::size_t units) : leader_(units) {
    for (std::size_t i = 0; i < units; ++i) leader_[i] = static_cast<std::uint32_t>(i);
  }
  std::uint32_t leader(std::uint32_t unit);
  void join(std::uint32_t a, std::uint32_t b) { leader_[leader(a)] = leader(b); }

 private:
  std::vector<std::uint32_t> leader_;
};

/// Gives each group one scale of weights (that of V times factor over 2^gain): the smallest of its
/// members, where `chosen` says that V's scale was not the author's; and one gain, the largest.
void share_scales(ScaleGroups& groups, const std::vector<Physics>& physics,
                  const std::vector<Incoming>& incoming, const std::vector<bool>& chosen,
                  std::uint32_t weight_bits, std::vector<Scaling>& scalings);

}  // namespace spikemesh
