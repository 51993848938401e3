// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "convert/convert_scale.hpp"

namespace spikemesh {

/// For each neuron and each left shift, the largest error of a static weight relative to itself.
class WeightErrors {
 public:
  using ByGain = std::array<float, kGainMax + 1>;
  explicit WeightErrors(std::size_t units) : worst_(units) {}
  /// `weight`: in raw units of V.
  void add(std::uint32_t unit, double weight);
  const ByGain& of(std::uint32_t unit) const { return worst_[unit]; }

 private:
  std::vector<ByGain> worst_;
};

struct SplitRequest {
  ScaleGroups& groups;
  const std::vector<Incoming>& incoming;  ///< by unit
  const WeightErrors& errors;
  double bound = 0;  ///< of the errors
  std::uint32_t weight_bits = 16;
};

/// A neuron whose plastic weights do not fit into one word with the gain that its group needs.
struct SplitRefusal {
  std::uint32_t unit = 0;
  std::uint64_t words = 0;  ///< that the largest bound would take
  double share = 0;         ///< of that bound that fits into one word
  double kept = 0;          ///< the smallest `bound` with which it does
};

/// Lowers the gains of neurons some of whose weights have larger errors than `bound`: to the
/// largest gain that keeps it (fewest words), or, where none does, the smallest with which their
/// sums fit an accumulator. Neurons of one group keep one gain.
std::optional<SplitRefusal> split_gains(const SplitRequest& request,
                                        std::vector<Scaling>& scalings);

}  // namespace spikemesh
