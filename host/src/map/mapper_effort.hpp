// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>

#include "spikemesh/map_progress.hpp"

namespace spikemesh {

/// What a search costs: synapses that were looked at, not seconds, so that its result is the same
/// on every computer. It also lets the caller see, and end, what takes long.
class MapEffort {
 public:
  static constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();
  /// Thrown by spend().
  struct Exhausted {};

  MapEffort(const MapProgress& progress, std::uint64_t neurons)
      : progress_(progress), neurons_(neurons) {}

  /// What follows may cost this much.
  void allow(std::uint64_t work) { left_ = work; }
  /// Throws Exhausted where that is more than is left.
  void spend(std::uint64_t work) {
    unseen_ += work;
    if (unseen_ >= kUnseenMax) show();
    if (left_ == kUnbounded) return;
    if (work > left_) throw Exhausted{};
    left_ -= work;
  }
  /// So many neurons have no tile yet.
  void left(std::uint64_t neurons) { placed_ = neurons_ - neurons; }
  void show() {
    unseen_ = 0;
    if (progress_) progress_("neurons", placed_, neurons_);
  }

 private:
  static constexpr std::uint64_t kUnseenMax = 1'000'000;  // some milliseconds
  const MapProgress& progress_;
  std::uint64_t neurons_, placed_ = 0, left_ = kUnbounded, unseen_ = 0;
};

}  // namespace spikemesh
