// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "model/reference/reference.hpp"
#include "sim/stimulus/random_chip.hpp"
#include "sim/verify/bin_watch.hpp"

namespace spikemesh::sim {

/// A spike that the host gets.
struct HostSpike {
  std::uint32_t step = 0;
  std::uint32_t label = 0;
  auto operator<=>(const HostSpike&) const = default;
};

/// The reference, fed from a spike-in ring in which every entry is in time
/// (docs/blocks/step.md, host_tile.md).
class ExpectedRun {
 public:
  explicit ExpectedRun(const spec::Build& build) : reference_(build) {}

  model::Reference& reference() { return reference_; }
  /// Entries that follow the ones given before.
  void push(const std::vector<RingEntry>& entries) {
    ring_.insert(ring_.end(), entries.begin(), entries.end());
  }
  /// Runs until step `until`; returns the spikes to the host, sorted within a step.
  /// `census`, if any, sees every step.
  std::vector<HostSpike> run(std::uint64_t until, NeuronCensus* census = nullptr);

  std::uint32_t late() const { return late_; }
  std::uint32_t bad() const { return bad_; }
  std::uint64_t steps() const { return steps_; }

 private:
  void before_step(std::uint32_t step);
  std::vector<std::uint32_t> spikes_of(std::uint32_t step);

  model::Reference reference_;
  std::deque<RingEntry> ring_;
  std::uint32_t late_ = 0, bad_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace spikemesh::sim
