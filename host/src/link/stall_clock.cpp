// SPDX-License-Identifier: Apache-2.0
#include "link/stall_clock.hpp"

#include <fmt/format.h>

namespace spikemesh {
namespace {

/// More than any step takes that the largest build can be given; 2.7 s of a board at 100 MHz.
constexpr std::uint64_t kLongestStep = std::uint64_t{1} << 28;

}  // namespace

bool StallClock::stalled(bool moved, std::uint32_t cycle, std::uint32_t period) {
  if (moved || !started_) {
    started_ = true;
    since_ = client_.now();
    cycles_ = 0;
  } else {
    cycles_ += static_cast<std::uint32_t>(cycle - cycle_);
  }
  cycle_ = cycle;
  if (client_.now() - since_ < client_.give_up()) return false;
  return cycles_ == 0 || cycles_ >= kLongestStep + 2 * std::uint64_t{period};
}

std::string StallClock::how_long() const {
  const std::chrono::duration<double> time = client_.now() - since_;
  return fmt::format("for {:.1f} s and {} cycles", time.count(), cycles_);
}

}  // namespace spikemesh
