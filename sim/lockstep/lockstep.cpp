// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/lockstep.hpp"

#include <algorithm>
#include <tuple>

namespace spikemesh::sim {
namespace {

auto place(const Event& event) {
  return std::tuple(event.cycle, event.tile, static_cast<unsigned>(event.kind), event.unit);
}

}  // namespace

void Lockstep::Side::sort() {
  const auto first = events_.begin() + static_cast<std::ptrdiff_t>(next_);
  if (!std::is_sorted(first, events_.end())) std::sort(first, events_.end());
}

void Lockstep::Side::drop_compared() {
  events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(next_));
  next_ = 0;
}

const Event* Lockstep::Side::head(std::uint64_t until) const {
  return next_ < events_.size() && events_[next_].cycle < until ? &events_[next_] : nullptr;
}

const Event* Lockstep::Side::find_again(const Event& wanted) const {
  for (std::size_t i = next_; i < events_.size(); ++i) {
    const Event& event = events_[i];
    if (event.cycle > wanted.cycle && event.tile == wanted.tile && event.kind == wanted.kind &&
        event.unit == wanted.unit && event.data == wanted.data) {
      return &event;
    }
  }
  return nullptr;
}

bool Lockstep::step(std::uint64_t until) {
  if (difference_) return false;
  rtl_.sort();
  model_.sort();
  const Event* rtl = rtl_.head(until);
  const Event* model = model_.head(until);
  while (rtl != nullptr || model != nullptr) {
    if (rtl == nullptr || model == nullptr || *rtl != *model) {
      fail(rtl, model);
      return false;
    }
    equal(*model);
    rtl_.pop();
    model_.pop();
    rtl = rtl_.head(until);
    model = model_.head(until);
  }
  rtl_.drop_compared();
  model_.drop_compared();
  return true;
}

void Lockstep::equal(const Event& event) {
  ++compared_[static_cast<unsigned>(event.kind)];
  History& last = history(event.tile);
  last.events[last.count++ % kHistory] = event;
  if (forward_ != nullptr) forward_->on(event);
}

void Lockstep::fail(const Event* rtl, const Event* model) {
  Difference difference;
  const bool rtl_first = model == nullptr || (rtl != nullptr && place(*rtl) <= place(*model));
  const bool model_first = rtl == nullptr || (model != nullptr && place(*model) <= place(*rtl));
  if (rtl_first) difference.rtl = *rtl;
  if (model_first) difference.model = *model;
  const History& last = history(difference.place().tile);
  const std::uint64_t first = last.count > kHistory ? last.count - kHistory : 0;
  for (std::uint64_t i = first; i < last.count; ++i) {
    difference.history.push_back(last.events[i % kHistory]);
  }
  difference_ = std::move(difference);
}

void Lockstep::look_ahead() {
  if (!difference_ || (difference_->rtl && difference_->model)) return;
  Side& lacking = difference_->rtl ? model_ : rtl_;
  lacking.sort();
  if (const Event* found = lacking.find_again(difference_->place())) {
    difference_->elsewhere = found->cycle;
  }
}

Lockstep::History& Lockstep::history(std::uint16_t tile) {
  const std::size_t index = tile == kHostTile ? 0 : std::size_t{tile} + 1;
  if (histories_.size() <= index) histories_.resize(index + 1);
  return histories_[index];
}

}  // namespace spikemesh::sim
