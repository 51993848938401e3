// SPDX-License-Identifier: Apache-2.0
#pragma once
// One run of a chip: keeps the spike-in ring filled, moves RUN_UNTIL on, drains the spike-out ring.
// A step with more entries than the ring holds is given in parts, with a hold entry behind each but
// the last (docs/blocks/host_tile.md, "Hold").

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "link/stall_clock.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh {

/// What the host knows of a loaded chip, from run to run.
struct LoadedChip {
  std::uint32_t tag = 0;                      ///< IMAGE_TAG; 0: nothing is loaded
  std::uint64_t step = 0;                     ///< next step
  std::uint32_t in_write = 0;                 ///< RING_IN_WRITE
  std::uint32_t out_read = 0;                 ///< next spike-out entry that the host has not read
  std::uint32_t late = 0, bad = 0, lost = 0;  ///< counters, when the last run ended
  std::uint32_t passed = 0;                   ///< entries in the ring that will be late
  bool whole = false;                         ///< the last load or run came to its end
  bool at_rest = false;              ///< between two steps: memories can be read, also after a stop
  std::uint64_t busy_cycles = 0;     ///< of all runs, at least
  std::uint64_t counted_cycles = 0;  ///< of them those before the counters were last read

  /// ChipMachine::take_over
  void take_over(Client& client);
};

/// In fewer busy cycles no counter of a tile wraps.
std::uint64_t cycles_to_wrap(const spec::Build& build);

class RunLoop {
 public:
  /// `entries` have passed check_entries. `count` reads the counters, which it does at rest only.
  RunLoop(Client& client, LoadedChip& chip, const ChipMachineOptions& options,
          std::span<const InEntry> entries, std::uint64_t until, std::function<void()> count);

  /// Returns the recorded spikes, ascending. Throws RunError when the chip lost, refused or was
  /// late with something, was reset, stopped early, or gets nowhere.
  std::vector<OutSpike> run();

  /// After run() threw: the spikes of the steps that the chip had completed when it was last asked,
  /// ascending. chip.step is then the first step that it had not.
  std::vector<OutSpike> take_partial();

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
  /// Entries that are written at once.
  struct Part {
    std::size_t count = 0;
    bool hold = false;  ///< the step of the last one goes on: a hold entry comes behind it
  };

  void run_to_end();
  void report(const Poll& now);
  void stop();
  Poll poll();
  void check_start(const Poll& now) const;
  bool fill(const Poll& now);
  bool feed(const Poll& now);
  Part loadable(const Poll& now) const;
  Part cut(std::size_t count, std::size_t room) const;
  void write_entries(const Part& part);
  bool drain(const Poll& now);
  void check_tag(const Poll& now) const;
  void check_alive(const Poll& now) const;
  void check_progress(const Poll& now);
  std::uint64_t rested() const;
  void settle(const Poll& now);
  bool count_in_time(const Poll& now);
  Poll come_to_rest();
  void send_until(std::uint64_t until);
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
  std::uint64_t complete_;    ///< steps below it were over, and their spikes read, when last asked
  std::uint64_t until_sent_;  ///< RUN_UNTIL
  std::uint32_t step_high_;   ///< last STEP_HI seen
  std::uint64_t began_ = 0;   ///< cycle since which busy_cycles are to be settled
  std::uint64_t rested_ = 0;  ///< rested() then
  std::function<void()> count_;
  std::uint64_t tried_ = 0;  ///< busy cycles when the chip was last paused to count
  StallClock stall_;
  std::optional<Poll> before_;     ///< the poll before the last
  std::uint64_t step_spikes_ = 0;  ///< spikes out since the step moved on
  std::size_t next_ = 0;           ///< first entry not in the ring yet
  bool holds_ = false;             ///< the entry written last is a hold
  double wait_us_ = 0;             ///< the last pause
  Poll paused_{};                  ///< what was known when it began
  std::vector<OutSpike> spikes_;
};

}  // namespace spikemesh
