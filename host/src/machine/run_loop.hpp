// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a chip: keeps the spike-in ring filled, moves RUN_UNTIL on, drains the spike-out ring.

#include <cstdint>
#include <span>
#include <vector>

#include "spikemesh/chip_machine.hpp"

namespace spikemesh {

/// What the host knows of a loaded chip, from run to run.
struct LoadedChip {
  std::uint32_t tag = 0;                      ///< IMAGE_TAG; 0: nothing is loaded
  std::uint64_t step = 0;                     ///< next step
  std::uint32_t in_write = 0;                 ///< RING_IN_WRITE
  std::uint32_t out_read = 0;                 ///< next spike-out entry that the host has not read
  std::uint32_t late = 0, bad = 0, lost = 0;  ///< counters, when the last run ended
  bool whole = false;                         ///< the last load or run came to its end
};

class RunLoop {
 public:
  /// `entries` have passed check_entries.
  RunLoop(Client& client, LoadedChip& chip, const ChipMachineOptions& options,
          std::span<const InEntry> entries, std::uint64_t until);

  /// Returns the recorded spikes, ascending. Throws RunError when the chip lost, refused or was
  /// late with something, was reset, or stopped early.
  std::vector<OutSpike> run();

 private:
  /// Registers that the loop asks for again and again.
  struct Poll {
    std::uint32_t tag;
    bool running;
    std::uint64_t step;
    std::uint64_t cycle;
    std::uint32_t period;
    std::uint32_t in_write, in_read, out_write, out_read, late, bad, lost;
  };

  Poll poll();
  void check_start(const Poll& now) const;
  bool fill(const Poll& now);
  std::size_t loadable(const Poll& now) const;
  void write_entries(std::size_t count);
  bool drain(const Poll& now);
  void check_alive(const Poll& now) const;
  void finish(const Poll& now);
  bool rests(const Poll& now) const;
  double time_of_a_part(const Poll& now) const;
  void pause_between_polls(const Poll& now);

  Client& client_;
  LoadedChip& chip_;
  const ChipMachineOptions& options_;
  std::span<const InEntry> entries_;
  std::uint64_t until_;
  std::uint64_t first_;       ///< step at the begin
  std::uint64_t until_sent_;  ///< RUN_UNTIL
  std::uint32_t step_high_;   ///< last STEP_HI seen
  std::size_t next_ = 0;      ///< first entry not in the ring yet
  double wait_us_ = 0;        ///< the last pause
  Poll paused_{};             ///< what was known when it began
  std::vector<OutSpike> spikes_;
};

}  // namespace spikemesh
