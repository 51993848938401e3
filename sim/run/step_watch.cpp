// SPDX-License-Identifier: Apache-2.0
#include "sim/run/step_watch.hpp"

namespace spikemesh::sim {

StepWatch::StepWatch(Device& device)
    : device_(device),
      read_{.words =
                [this](std::uint16_t tile, std::uint32_t address, std::uint32_t count) {
                  std::vector<std::uint32_t> words(count);
                  device_.peek_words(tile, address, words);
                  return words;
                },
            .states = [this](auto... what) { device_.peek_states(what...); }} {}

bool StepWatch::begin(std::span<const std::uint64_t> steps, const StepEnd& at_end) {
  steps_.assign(steps.begin(), steps.end());
  told_ = 0;
  at_end_ = at_end;
  device_.observe(steps.empty() ? next_ : this);
  return true;
}

/// The steps below `until` have ended.
void StepWatch::tell(std::uint64_t until) {
  for (; told_ < steps_.size() && steps_[told_] < until; ++told_) at_end_(steps_[told_], read_);
}

void StepWatch::begin(std::uint64_t step, std::uint64_t cycle) {
  step_ = step;
  if (next_ != nullptr) next_->begin(step, cycle);
}

void StepWatch::end(std::uint64_t cycle) {
  if (next_ != nullptr) next_->end(cycle);
  tell(step_ + 1);
}

/// Nothing changed in them.
void StepWatch::rest(std::uint64_t step, std::uint64_t steps, std::uint64_t length) {
  if (next_ != nullptr) next_->rest(step, steps, length);
  tell(step + steps);
}

void StepWatch::update(std::uint32_t tile, model::Span busy, std::uint32_t neurons,
                       std::uint32_t fired) {
  if (next_ != nullptr) next_->update(tile, busy, neurons, fired);
}

void StepWatch::integrate(std::uint32_t tile, model::Span busy, const Packet& packet) {
  if (next_ != nullptr) next_->integrate(tile, busy, packet);
}

void StepWatch::learn(std::uint32_t tile, model::Span busy, std::uint64_t weights) {
  if (next_ != nullptr) next_->learn(tile, busy, weights);
}

void StepWatch::emit(std::uint32_t tile, const model::Flit& flit, model::Span refused) {
  if (next_ != nullptr) next_->emit(tile, flit, refused);
}

void StepWatch::inject(const model::Flit& flit, std::uint64_t cycle) {
  if (next_ != nullptr) next_->inject(flit, cycle);
}

void StepWatch::searched(std::uint32_t tile, std::uint64_t cycle) {
  if (next_ != nullptr) next_->searched(tile, cycle);
}

void StepWatch::enter(std::uint32_t tile, unsigned port, unsigned held) {
  if (next_ != nullptr) next_->enter(tile, port, held);
}

void StepWatch::enter_core(std::uint32_t tile, unsigned held) {
  if (next_ != nullptr) next_->enter_core(tile, held);
}

void StepWatch::enter_host(unsigned held) {
  if (next_ != nullptr) next_->enter_host(held);
}

}  // namespace spikemesh::sim
