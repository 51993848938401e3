// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "model/host/ring.hpp"
#include "model/noc/mesh.hpp"
#include "spikemesh/build_rules.hpp"

namespace spikemesh::model {

/// Step controller (docs/blocks/step.md). It sleeps while it waits; `timer` and `settle` are kept
/// as the cycles in which they started and end.
class Step {
 public:
  explicit Step(const spec::Build& build)
      : depth_(spec::tree_depth(build)), slots_(build.delay_max + 1) {}
  void reset();

  std::uint32_t depth() const { return depth_; }
  bool idle() const { return state_ == State::idle; }
  bool running() const { return state_ != State::idle; }
  bool learning() const { return learning_; }
  bool paused() const { return pause_; }
  std::uint64_t step() const { return step_; }
  std::uint32_t stretched() const { return stretched_; }
  std::uint32_t late() const { return late_; }
  std::uint32_t bad() const { return bad_; }
  /// Cycle in which the last step was decided to begin.
  std::uint64_t decided_at() const { return decided_at_; }
  /// First cycle with settle = 0.
  std::uint64_t settled_at() const { return settled_at_; }

  /// What it sees in a cycle besides its own registers.
  struct Inputs {
    bool quiet = false;
    bool learn = false;  ///< some core needs the Learn phase; counts when quiet
    const RingIn* ring = nullptr;
    std::uint32_t period = 0;
    std::uint32_t adapt_period = 0;
    bool hard = false;  ///< a step ends after `period` cycles (docs/exploration/hard-steps.md),
    bool injecting = false;  ///< but not before its inputs are in the mesh
  };
  enum class State : std::uint8_t { wipe, sweep_to_idle, sweep_to_check, idle, check, run, learn };
  /// What it does in a cycle.
  struct Action {
    State next = State::wipe;
    bool pop = false;                   ///< the head of the spike-in ring is taken
    std::optional<Broadcast> decision;  ///< a phase begins: tiles see it B cycles later
    std::optional<bool> learning;
    bool late = false;
    bool bad = false;
    bool stretched = false;
    bool step_done = false;
  };
  Action evaluate(std::uint64_t cycle, const Inputs& inputs) const;
  void commit(std::uint64_t cycle, const Action& action);

  // Bus writes; they follow commit() of their exec cycle, of which `before` is the state.
  State state() const { return state_; }
  void run(std::uint64_t until, State before);
  void set_pause(bool pause) { pause_ = pause; }
  /// PERIOD has another value from the next cycle on.
  void renew() { renewed_ = true; }
  void set_step(std::uint64_t step) { step_ = step; }
  /// The tile port handed a flit to the host link in `cycle`.
  void hand_off(std::uint64_t cycle);
  /// The injector found an entry late or bad.
  void count_late() { ++late_; }
  void count_bad() { ++bad_; }

  /// Steps from this one on, that run before an entry of the ring or the end of the run.
  std::uint64_t steps_ahead(const RingIn& ring) const;
  /// Steps that are over without having been simulated.
  struct Skipped {
    std::uint64_t steps = 0;
    std::uint64_t last = 0;  ///< cycle of the last one's decision
    std::uint64_t stretched = 0;
  };
  void skip(const Skipped& skipped);

  /// First cycle >= `now` in which it does anything, if nothing else changes; `quiet_from` is the
  /// first quiet cycle (kNever: not known yet).
  std::uint64_t next_wake(std::uint64_t now, std::uint64_t quiet_from, const Inputs& inputs) const;

 private:
  Action check(std::uint64_t cycle, const Inputs& inputs) const;
  bool due(const RingWords& head) const;
  bool ends_hard(const Inputs& inputs) const;
  Action take_head(const RingWords& head) const;
  bool stops() const { return pause_ || step_ >= until_; }
  /// `timer` in `cycle`.
  std::uint64_t timer(std::uint64_t cycle) const;

  std::uint32_t depth_;
  std::uint32_t slots_;
  State state_ = State::wipe;
  std::uint64_t step_ = 0;
  std::uint64_t until_ = 0;
  bool pause_ = false;
  bool first_ = false;
  bool renewed_ = false;  // the last cycle changed what CHECK compares with
  bool learning_ = false;
  std::uint64_t decided_at_ = 0;  // cycle of the last step decision
  std::uint64_t settled_at_ = 0;
  std::uint32_t stretched_ = 0;
  std::uint32_t late_ = 0;
  std::uint32_t bad_ = 0;
};

}  // namespace spikemesh::model
