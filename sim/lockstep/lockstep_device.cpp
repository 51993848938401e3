// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/lockstep_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

template <typename T>
void append(std::deque<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), from.begin(), from.end());
}

template <typename T>
bool due(const std::deque<T>& items, std::uint64_t until) {
  return !items.empty() && items.front().cycle < until;
}

std::string text(const PinChange& change) {
  return fmt::format("level {} from cycle {} on", change.level ? 1 : 0, change.cycle);
}
std::string text(const TimedByte& sent) {
  return fmt::format("byte 0x{:02x} in cycle {}", sent.byte, sent.cycle);
}

bool same(const PinChange& a, const PinChange& b) {
  return a.cycle == b.cycle && a.level == b.level;
}
bool same(const TimedByte& a, const TimedByte& b) { return a.cycle == b.cycle && a.byte == b.byte; }

/// Moves what is equal to `out`; false at the first difference.
template <typename T>
bool move_equal(std::deque<T>& rtl, std::deque<T>& model, std::uint64_t until,
                std::vector<T>& out) {
  while (due(rtl, until) || due(model, until)) {
    if (rtl.empty() || model.empty() || !same(rtl.front(), model.front())) return false;
    out.push_back(model.front());
    rtl.pop_front();
    model.pop_front();
  }
  return true;
}

template <typename T>
std::string front_text(const std::deque<T>& items) {
  return items.empty() ? "nothing" : text(items.front());
}

template <typename T>
std::uint64_t front_cycle(const std::deque<T>& a, const std::deque<T>& b) {
  constexpr auto kNone = std::numeric_limits<std::uint64_t>::max();
  return std::min(a.empty() ? kNone : a.front().cycle, b.empty() ? kNone : b.front().cycle);
}

/// All that the device does before this cycle is known.
std::uint64_t horizon(const Device& device) {
  return device.idle() ? std::numeric_limits<std::uint64_t>::max() : device.cycle();
}

}  // namespace

LockstepDevice::LockstepDevice(std::unique_ptr<Device> rtl, std::unique_ptr<Device> model,
                               Rerun rerun)
    : rtl_(std::move(rtl)), model_(std::move(model)), rerun_(std::move(rerun)) {
  for (const spec::BuildRule& rule : spec::kBuildRules) {
    const std::uint32_t left = rtl_->build().*rule.member;
    const std::uint32_t right = model_->build().*rule.member;
    if (left != right) {
      throw InputError(
          fmt::format("lockstep: {} is {} in the RTL and {} in the model; build both alike",
                      rule.name, left, right));
    }
  }
  if (rtl_->cycle() != model_->cycle()) {
    throw InputError(
        fmt::format("lockstep: the RTL is in cycle {}, the model in cycle {}; restart both",
                    rtl_->cycle(), model_->cycle()));
  }
  rtl_->listen(&lockstep_.rtl());
  model_->listen(&lockstep_.model());
}

std::uint64_t LockstepDevice::cycle() const { return std::max(rtl_->cycle(), model_->cycle()); }

void LockstepDevice::advance(std::uint64_t limit) {
  while (cycle() < limit) {
    const std::uint64_t target = std::min(limit, cycle() + kChunk);
    rtl_->advance(target);
    model_->advance(target);
    compare(std::min(horizon(*rtl_), horizon(*model_)));
    if (idle() && cycle() < target) return;  // nothing can happen to either
  }
}

void LockstepDevice::compare(std::uint64_t until) {
  if (!lockstep_.step(until)) fail_with_event();
  compare_outputs(until);
}

void LockstepDevice::compare_outputs(std::uint64_t until) {
  append(rtl_tx_, rtl_->take_tx());
  append(model_tx_, model_->take_tx());
  append(rtl_bytes_, rtl_->take_bytes());
  append(model_bytes_, model_->take_bytes());
  const std::size_t tx_before = tx_.size(), sent_before = sent_.size();
  if (!move_equal(rtl_tx_, model_tx_, until, tx_)) {
    fail_with_output("tx pin", front_cycle(rtl_tx_, model_tx_), front_text(rtl_tx_),
                     front_text(model_tx_));
  }
  if (!move_equal(rtl_bytes_, model_bytes_, until, sent_)) {
    fail_with_output("byte port", front_cycle(rtl_bytes_, model_bytes_), front_text(rtl_bytes_),
                     front_text(model_bytes_));
  }
  pin_changes_ += tx_.size() - tx_before;
  bytes_ += sent_.size() - sent_before;
}

void LockstepDevice::fail_with_event() {
  const std::uint64_t ahead = cycle() + kLookAhead;
  rtl_->advance(ahead);
  model_->advance(ahead);
  lockstep_.look_ahead();
  const Event& first = lockstep_.difference()->place();
  throw Mismatch(report(*lockstep_.difference(), rerun_), Mismatch::Place{first.cycle, first.tile});
}

void LockstepDevice::fail_with_output(const std::string& what, std::uint64_t cycle,
                                      const std::string& rtl, const std::string& model) const {
  throw Mismatch(fmt::format("RTL and model differ: cycle {}, host tile, kind {}.\n\n"
                             "  RTL:   {}\n  model: {}\n\nseed: {}\nrerun with waves: {}\n",
                             cycle, what, rtl, model, rerun_.seed, rerun_.command),
                 Mismatch::Place{cycle, kHostTile});
}

void LockstepDevice::set_rx(std::uint64_t at, bool level) {
  rtl_->set_rx(at, level);
  model_->set_rx(at, level);
}

void LockstepDevice::offer(std::uint64_t at, std::uint8_t byte) {
  rtl_->offer(at, byte);
  model_->offer(at, byte);
}

void LockstepDevice::set_ready(std::uint64_t at, bool ready) {
  rtl_->set_ready(at, ready);
  model_->set_ready(at, ready);
}

void LockstepDevice::access(std::uint64_t at, const model::WordAccess& access) {
  rtl_->access(at, access);
  model_->access(at, access);
}

std::vector<PinChange> LockstepDevice::take_tx() { return std::exchange(tx_, {}); }

std::vector<TimedByte> LockstepDevice::take_bytes() { return std::exchange(sent_, {}); }

}  // namespace spikemesh::sim
