// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "model/reference/reference.hpp"
#include "sim/verify/verify_bins.hpp"

namespace spikemesh::sim {

/// Hits the bins of learning, from a reference. Hits count once the chip was found equal to it.
class LearnCensus final : public model::LearnObserver {
 public:
  /// `reference` outlives it.
  explicit LearnCensus(const model::Reference& reference) : reference_(&reference) {}

  void changed(std::uint32_t tile, std::uint32_t neuron, const model::WeightEvent& event) override;
  /// The chip equalled the reference since the last call, or not.
  void keep(bool equal);
  const BinCounts& hits() const { return hits_; }

 private:
  void hit(Bin bin) { ++pending_[static_cast<std::size_t>(bin)]; }
  bool drives(std::uint32_t tile, std::uint32_t neuron, std::uint32_t axon) const;

  const model::Reference* reference_;
  BinCounts pending_{}, hits_{};
};

}  // namespace spikemesh::sim
