// SPDX-License-Identifier: Apache-2.0
// Steps in which nothing happens, in closed form (docs/blocks/step.md).
#include <algorithm>

#include "model/host/host_tile.hpp"
#include "model/noc/need_set.hpp"

namespace spikemesh::model {

namespace {

/// Steps of two lengths in cycles: those in which adaptive thresholds decay, and the others.
class Lengths {
 public:
  Lengths(const spec::Build& build, std::uint64_t depth, std::uint64_t period, bool due_updates)
      : plain_(2 * depth + 3),
        due_(due_updates ? 2 * depth + 8 + build.neurons / build.lanes : plain_),
        period_(period) {}

  std::uint64_t plain() const { return std::max(plain_, period_); }
  std::uint64_t due() const { return std::max(due_, period_); }
  std::uint64_t cycles(std::uint64_t steps, std::uint64_t due_steps) const {
    return steps * plain() + due_steps * (due() - plain());
  }
  /// How many of so many steps are longer than the period.
  std::uint64_t stretched(std::uint64_t steps, std::uint64_t due_steps) const {
    if (period_ == 0) return 0;
    return (plain_ > period_ ? steps - due_steps : 0) + (due_ > period_ ? due_steps : 0);
  }

 private:
  std::uint64_t plain_, due_, period_;
};

/// The largest count in 0..most whose steps fit into `span` cycles.
template <class Cycles>
std::uint64_t most_steps(std::uint64_t most, std::uint64_t span, Cycles&& cycles) {
  std::uint64_t fits = 0;
  while (fits < most) {
    const std::uint64_t middle = fits + (most - fits + 1) / 2;
    if (cycles(middle) <= span) {
      fits = middle;
    } else {
      most = middle - 1;
    }
  }
  return fits;
}

}  // namespace

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
  if (step.state() != Step::State::check || bridge().fencing() || blocks_.ring_in.moves() ||
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
  const std::uint32_t adapt_period = registers_.adapt_period();
  const Mesh::Rest rest = mesh_.rest(now, adapt_period);
  // The last of these steps is simulated, so that every register has what it would have.
  const std::uint64_t steps =
      std::min({rest.steps, step.steps_ahead(blocks_.ring_in), kStepsAtOnce});
  const std::uint64_t other =
      std::min({link_.next_arrival(cycle), wake_of_bridge(cycle), wake_of_bus(cycle), limit - 1});
  if (steps < 2 || other <= cycle) return cycle;
  const Lengths lengths(build_, step.depth(), registers_.period(), rest.due_updates);
  const auto due = [&](std::uint64_t count) { return due_steps(now, count, adapt_period); };
  const std::uint64_t span = std::min(other - cycle, kCyclesAtOnce);
  const std::uint64_t count =
      most_steps(std::min(steps - 1, span / lengths.plain()), span,
                 [&](std::uint64_t k) { return lengths.cycles(k, due(k)); });
  if (count == 0) return cycle;
  const bool stretched = step.evaluate(cycle, step_inputs(true)).stretched;
  const std::uint64_t before_last = lengths.cycles(count - 1, due(count - 1));
  blocks_.step.skip({count, cycle + before_last,
                     lengths.stretched(count - 1, due(count - 1)) + (stretched ? 1 : 0)});
  if (rest.due_updates) mesh_.skip(due(count));
  own_wake_.reset();
  return cycle + lengths.cycles(count, due(count));
}

}  // namespace spikemesh::model
