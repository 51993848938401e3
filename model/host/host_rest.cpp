// SPDX-License-Identifier: Apache-2.0
// Steps in which nothing happens, in closed form (docs/blocks/step.md).
#include <algorithm>

#include "model/host/host_tile.hpp"

namespace spikemesh::model {

std::uint64_t Step::steps_ahead(const RingIn& ring) const {
  const std::uint64_t left = until_ - step_;
  if (!ring.head_valid()) return left;
  const std::int32_t ahead = distance(static_cast<std::uint32_t>(step_), ring.head().step);
  return std::min(left, static_cast<std::uint64_t>(std::max(ahead, 0)));
}

void Step::skip(const Skipped& skipped) {
  step_ += skipped.steps;
  stretched_ += static_cast<std::uint32_t>(skipped.stretched);  // wraps
  first_ = false;
  decided_at_ = skipped.last;
  settled_at_ = skipped.last + 1 + 2 * std::uint64_t{depth_};
}

/// Nothing is under way but the step that is about to begin.
bool HostTile::may_rest(std::uint64_t cycle) const {
  const Step& step = blocks_.step;
  if (step.state() != Step::State::check || fencing() || blocks_.ring_in.moves() ||
      quiet_from() > cycle)
    return false;
  const auto decision = step.evaluate(cycle, step_inputs(true)).decision;
  return decision && decision->phase == spec::Phase::step;
}

std::uint64_t HostTile::rest(std::uint64_t cycle, std::uint64_t limit) {
  if (!may_rest(cycle)) return cycle;
  constexpr std::uint64_t kStepsAtOnce = std::uint64_t{1} << 40, kCyclesAtOnce = kStepsAtOnce << 22;
  const Step& step = blocks_.step;
  const std::uint64_t now = step.step();
  // The last of these steps is simulated, so that every register has what it would have.
  const std::uint64_t steps = std::min({mesh_.rest(now, registers_.adapt_period()),
                                        step.steps_ahead(blocks_.ring_in), kStepsAtOnce});
  const std::uint64_t other = std::min(
      {link_.next_arrival(cycle), wake_of_bridge(cycle), wake_of_bus(cycle), port_.next_wake(cycle),
       irq_wanted() != irq_ ? cycle : kNever, core_wake(cycle), limit - 1});
  if (steps < 2 || other <= cycle) return cycle;
  const std::uint64_t period = registers_.period();
  const std::uint64_t shortest = 2 * std::uint64_t{step.depth()} + 3;
  const std::uint64_t length = std::max(shortest, period);
  const std::uint64_t count = std::min(steps - 1, std::min(other - cycle, kCyclesAtOnce) / length);
  if (count == 0) return cycle;
  const bool stretched = step.evaluate(cycle, step_inputs(true)).stretched;
  const std::uint64_t longer = period != 0 && shortest > period ? count - 1 : 0;
  mesh_.activity().count_steps(cycle, count, period == 0 ? shortest : length);
  blocks_.step.skip({count, cycle + (count - 1) * length, longer + (stretched ? 1 : 0)});
  own_wake_.reset();
  if (observer_ != nullptr) observer_->rest(now, count, shortest);
  return cycle + count * length;
}

}  // namespace spikemesh::model
