// SPDX-License-Identifier: Apache-2.0
// How a run waits for its chip, and brings it to rest between two steps.
#include <algorithm>

#include "machine/run_loop.hpp"
#include "spikemesh/build_rules.hpp"

namespace spikemesh {
namespace {

using spec::Register;

constexpr double kFirstWaitUs = 20;
constexpr double kWaitGrowth = 1.25;    // a short run ends at most this share later than it could
constexpr double kWaitSliceUs = 500;    // between two reports while the chip is waited for
constexpr double kMostWaitSlices = 64;  // of a pause that is very long
constexpr unsigned kStopPolls = 2000;   // of a chip that does not come to rest, a millisecond apart

}  // namespace

void RunLoop::stop() {
  const Poll now = come_to_rest();
  if (now.running || now.tag != chip_.tag) return;
  settle(now);
  chip_.at_rest = true;
}

/// Pauses the chip. What it returns is of a chip that still runs if a step does not end.
RunLoop::Poll RunLoop::come_to_rest() {
  client_.write_register(Register::pause, 1);
  Poll now = poll();
  for (unsigned polls = 0; now.running && now.tag == chip_.tag && polls < kStopPolls;) {
    // A step ends only when its spikes have room, and the rest of its entries are there.
    drain(now);
    if (!holds_ || !feed(now)) {
      ++polls;
      client_.wait(std::chrono::milliseconds(1));
    }
    now = poll();
  }
  if (now.running || now.tag != chip_.tag) return now;
  now = poll();
  drain(now);
  return now;
}

std::uint64_t RunLoop::rested() const { return options_.rested ? options_.rested() : 0; }

/// Adds the busy cycles up to a poll of a chip at rest.
void RunLoop::settle(const Poll& now) {
  const std::uint64_t rest = rested();
  chip_.busy_cycles += now.cycle - began_ - std::min(now.cycle - began_, rest - rested_);
  began_ = now.cycle;
  rested_ = rest;
}

/// Reads counters that rise for long before they can wrap twice. A run with a period goes on: its
/// time is not the host's to stretch. Returns whether the chip was paused for it.
bool RunLoop::count_in_time(const Poll& now) {
  if (!now.running || now.period != 0) return false;
  const std::uint64_t after =
      options_.count_after != 0 ? options_.count_after : cycles_to_wrap(client_.info().build) / 2;
  const std::uint64_t busy =
      now.cycle - began_ - std::min(now.cycle - began_, rested() - rested_) + chip_.busy_cycles;
  if (busy - std::max(chip_.counted_cycles, tried_) < after) return false;
  tried_ = busy;  // a step may be longer than the chip is waited for
  const Poll rest = come_to_rest();
  check_tag(rest);
  if (!rest.running) {
    settle(rest);
    count_();
  }
  send_until(until_sent_);  // goes on
  return true;
}

/// Most steps since the last pause did nothing: one that does takes more than twice as long
/// (docs/blocks/step.md).
bool RunLoop::rests(const Poll& now) const {
  const spec::Build& build = client_.info().build;
  const std::uint64_t rest =
      std::max<std::uint64_t>(2 * std::uint64_t{spec::tree_depth(build)} + 3, now.period);
  return now.step > paused_.step &&
         (now.cycle - paused_.cycle) / (now.step - paused_.step) < 2 * rest;
}

/// The time of a part of the steps that are left, as fast as the last ones were, so that progress
/// is seen and RUN_UNTIL moves on in time.
double RunLoop::time_of_a_part(const Poll& now) const {
  constexpr double kPartOfRun = 1. / 64, kPartOfHorizon = 1. / 4;
  if (!options_.jumps || now.step >= until_sent_ || !rests(now)) return 0;
  const double us_a_step = wait_us_ / static_cast<double>(now.step - paused_.step);
  return us_a_step * std::min(kPartOfRun * static_cast<double>(until_ - now.step),
                              kPartOfHorizon * static_cast<double>(until_sent_ - now.step));
}

void RunLoop::pause_between_polls(const Poll& now) {
  const double longest =
      std::max(static_cast<double>(options_.longest_wait.count()), time_of_a_part(now));
  if (longest <= 0) return;
  paused_ = now;
  wait_us_ = std::min(longest, wait_us_ == 0 ? kFirstWaitUs : wait_us_ * kWaitGrowth);
  // A model that jumps is over a long pause at once, and its transport is watched meanwhile.
  const double slice =
      options_.jumps ? wait_us_ : std::max(kWaitSliceUs, wait_us_ / kMostWaitSlices);
  for (double rest = wait_us_; rest > 0; rest -= slice) {
    client_.wait(std::chrono::microseconds(static_cast<std::int64_t>(std::min(rest, slice))));
    if (rest > slice) report(now);
  }
}

}  // namespace spikemesh
