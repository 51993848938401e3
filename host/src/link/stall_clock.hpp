// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "spikemesh/link/client.hpp"

namespace spikemesh {

/// Tells a chip that answers but gets nowhere from one that is slow.
///
/// A board needs well below a second for the longest step, so ClientOptions::give_up without
/// progress is enough. A simulation may need hours for it, but its clock then creeps: as long as
/// CYCLE moves and has not moved by more than a step can take, the host goes on waiting.
class StallClock {
 public:
  explicit StallClock(const Client& client) : client_(client), since_(client.now()) {}

  /// Registers PERIOD to CYCLE_HI, which are consecutive.
  static constexpr auto kFirst = spec::Register::period, kLast = spec::Register::cycle_hi;

  /// Whether the chip has stalled, with the cycle counter's low word and PERIOD as just read;
  /// `moved`: something else than time went on since the last call.
  bool stalled(bool moved, std::uint32_t cycle, std::uint32_t period);
  /// "for 60.0 s and 1000 cycles"
  std::string how_long() const;

 private:
  const Client& client_;
  ClientOptions::Clock::time_point since_;
  bool started_ = false;
  std::uint32_t cycle_ = 0;   ///< low word of CYCLE, when it was seen last
  std::uint64_t cycles_ = 0;  ///< that passed without progress
};

}  // namespace spikemesh
