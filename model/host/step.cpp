// SPDX-License-Identifier: Apache-2.0
#include "model/host/step.hpp"

#include <algorithm>

namespace spikemesh::model {

namespace {
constexpr std::uint64_t kTimerMax = std::uint64_t{1} << 32;
constexpr std::uint32_t kClearable = 7;  // bits of a mask that an entry may name

Broadcast sweep(std::uint32_t mask) {
  Broadcast broadcast;
  broadcast.phase = spec::Phase::sweep;
  broadcast.mask = mask;
  return broadcast;
}
}  // namespace

void Step::reset() {
  const std::uint32_t depth = depth_;
  const std::uint32_t slots = slots_;
  *this = Step(spec::Build{});
  depth_ = depth;
  slots_ = slots;
}

std::uint64_t Step::timer(std::uint64_t cycle) const {
  return std::min(cycle - decided_at_, kTimerMax);
}

Step::Action Step::evaluate(std::uint64_t cycle, const Inputs& inputs) const {
  Action action;
  action.next = state_;
  switch (state_) {
    case State::wipe:
      action.decision = sweep(1u << static_cast<unsigned>(spec::ClearMask::all));
      action.next = State::sweep_to_idle;
      break;
    case State::sweep_to_idle:
      action.next = inputs.quiet ? State::idle : state_;
      break;
    case State::sweep_to_check:
      action.next = inputs.quiet ? State::check : state_;
      break;
    case State::idle:
      break;
    case State::check:
      return check(cycle, inputs);
    case State::run:
      if (inputs.quiet && inputs.learn) {
        action.decision = Broadcast{.phase = spec::Phase::learn};
        action.next = State::learn;
        break;
      }
      [[fallthrough]];
    case State::learn:
      action.step_done = inputs.quiet || (ends_hard(inputs) && timer(cycle) + 1 >= inputs.period);
      action.next = action.step_done ? State::check : state_;
      break;
  }
  return action;
}

/// The step ends after its period, whatever is under way: but for the last of a run.
bool Step::ends_hard(const Inputs& inputs) const {
  return inputs.hard && !inputs.injecting && !pause_ && step_ + 1 < until_;
}

Step::Action Step::check(std::uint64_t cycle, const Inputs& inputs) const {
  Action action;
  action.next = State::check;
  if (renewed_) return action;
  const RingIn& ring = *inputs.ring;
  if (stops()) {
    action.next = State::idle;
    return action;
  }
  if (ring.waits()) {
    return action;
  }
  if (ring.head_valid() && due(ring.head())) {
    return inputs.hard && !inputs.quiet ? action : take_head(ring.head());
  }
  if (!first_ && timer(cycle) < inputs.period) {
    return action;
  }
  if (inputs.quiet || (inputs.hard && !first_)) {
    Broadcast broadcast;
    broadcast.step = step_;
    broadcast.slot = static_cast<std::uint32_t>(step_ % slots_);
    broadcast.learning = learning_;
    broadcast.now = static_cast<std::uint16_t>(step_);
    broadcast.adapt_due = step_ % (std::uint64_t{1} << inputs.adapt_period) == 0;
    action.decision = broadcast;
    action.stretched = !first_ && inputs.period > 0 && timer(cycle) > inputs.period;
    action.next = State::run;
  }
  return action;
}

/// The head has to go before this step can begin.
bool Step::due(const RingWords& head) const {
  const std::int32_t ahead = distance(static_cast<std::uint32_t>(step_), head.step);
  const auto kind = static_cast<spec::EntryKind>(spec::Entry::unpack(head.entry).kind);
  return ahead < 0 ||
         (ahead == 0 && kind != spec::EntryKind::spike && kind != spec::EntryKind::hold);
}

Step::Action Step::take_head(const RingWords& head) const {
  Action action;
  action.next = State::check;
  action.pop = true;
  const auto entry = spec::Entry::unpack(head.entry);
  if (distance(static_cast<std::uint32_t>(step_), head.step) < 0) {
    action.late = true;
    return action;
  }
  switch (static_cast<spec::EntryKind>(entry.kind)) {
    case spec::EntryKind::clear:
      action.decision = sweep(entry.payload & kClearable);
      action.next = State::sweep_to_check;
      break;
    case spec::EntryKind::learning:
      action.learning = (entry.payload & 1) != 0;
      break;
    default:
      action.bad = true;
  }
  return action;
}

void Step::commit(std::uint64_t cycle, const Action& action) {
  state_ = action.next;
  renewed_ = false;
  step_ += action.step_done ? 1 : 0;
  late_ += action.late ? 1 : 0;
  bad_ += action.bad ? 1 : 0;
  stretched_ += action.stretched ? 1 : 0;
  learning_ = action.learning.value_or(learning_);
  if (action.decision) {
    settled_at_ = cycle + 1 + 2 * std::uint64_t{depth_};
    if (action.decision->phase == spec::Phase::step) {
      first_ = false;
      decided_at_ = cycle;
    }
  }
}

void Step::run(std::uint64_t until, State before) {
  until_ = until;
  pause_ = false;
  renewed_ = true;
  first_ = first_ || before == State::idle;
  if (before == State::idle || (before == State::check && state_ == State::idle)) {
    state_ = State::check;
  }
}

void Step::hand_off(std::uint64_t cycle) {
  if (settled_at_ < cycle + depth_) {
    settled_at_ = cycle + 1 + depth_;
  }
}

std::uint64_t Step::next_wake(std::uint64_t now, std::uint64_t quiet_from,
                              const Inputs& inputs) const {
  const std::uint64_t quiet = std::max(now, quiet_from);
  switch (state_) {
    case State::wipe:
      return now;
    case State::idle:
      return kNever;
    case State::run:
      if (ends_hard(inputs)) return std::min(quiet, std::max(now, decided_at_ + inputs.period - 1));
      [[fallthrough]];
    case State::sweep_to_idle:
    case State::sweep_to_check:
    case State::learn:
      return quiet;
    case State::check:
      break;
  }
  if (renewed_) return now;
  const RingIn& ring = *inputs.ring;
  if (stops() || (ring.head_valid() && due(ring.head()))) {
    return stops() || !inputs.hard ? now : quiet;
  }
  if (ring.waits()) {
    return kNever;  // the ring's own moves come first
  }
  if (first_) return quiet;
  return std::max(inputs.hard ? now : quiet, decided_at_ + inputs.period);
}

}  // namespace spikemesh::model
