// SPDX-License-Identifier: Apache-2.0
#include "model/link/uart.hpp"

#include <algorithm>
#include <cassert>

namespace spikemesh::model {

namespace {
constexpr unsigned kPinRegisters = 2;
constexpr unsigned kStopBit = 9;
}  // namespace

void Line::set(std::uint64_t cycle, bool level) {
  assert(changes_.empty() || cycle >= changes_.back().cycle);
  if (!changes_.empty() && changes_.back().cycle == cycle) {
    changes_.pop_back();
  }
  const bool before = changes_.empty() ? base_ : changes_.back().level;
  if (level != before) {
    changes_.push_back({cycle, level});
  }
}

bool Line::level(std::uint64_t cycle) const {
  bool level = base_;
  for (const LineChange& change : changes_) {
    if (change.cycle > cycle) {
      break;
    }
    level = change.level;
  }
  return level;
}

std::uint64_t Line::find(std::uint64_t from, bool level) const {
  bool before = base_;
  for (const LineChange& change : changes_) {
    if (change.cycle > from && before == level) {
      return from;
    }
    if (change.cycle > from && change.level == level) {
      return change.cycle;
    }
    before = change.level;
  }
  return before == level ? from : kNever;
}

void Line::forget(std::uint64_t before) {
  while (!changes_.empty() && changes_.front().cycle <= before) {
    base_ = changes_.front().level;
    changes_.pop_front();
  }
}

void UartRx::set_pin(std::uint64_t now, std::uint64_t at, bool level) {
  assert(at >= now);
  run(position_, now);
  if (position_.state != State::receiving) {
    line_.forget(position_.from);
  }
  line_.set(at + kPinRegisters, level);
  if (at + kPinRegisters <= stop_) {
    predict();
  }
}

void UartRx::set_divisor(std::uint64_t from, std::uint32_t divisor) {
  run(position_, from);
  divisor_ = divisor;
  predict();
}

UartRx::Sample UartRx::sample() const {
  assert(stop_ != kNever);
  Sample result;
  for (unsigned bit = 0; bit < 8; ++bit) {
    result.byte |= static_cast<std::uint8_t>(line_.level(sample_cycle(predicted_, bit + 1)) << bit);
  }
  result.stop = line_.level(stop_);
  return result;
}

void UartRx::commit() {
  assert(stop_ != kNever);
  position_ = {line_.level(stop_) ? State::idle : State::wait, stop_ + 1, 0};
  line_.forget(stop_);
  predict();
}

std::uint64_t UartRx::idle_from() const {
  if (predicted_.state != State::idle || !line_.level(kNever)) {
    return kNever;
  }
  return std::max(predicted_.from, line_.last_change());
}

std::uint64_t UartRx::sample_cycle(const Position& byte, unsigned k) {
  return byte.from + byte.divisor / 2 + std::uint64_t{k} * byte.divisor;
}

/// Moves over everything that happens before cycle `limit`, up to a byte whose start bit holds.
void UartRx::run(Position& position, std::uint64_t limit) const {
  for (;;) {
    if (position.state == State::receiving) {
      const std::uint64_t first = sample_cycle(position, 0);
      if (first >= limit || !line_.level(first)) {
        return;
      }
      position = {State::idle, first + 1, 0};  // a false start
    }
    const bool idle = position.state == State::idle;
    const std::uint64_t cycle = line_.find(position.from, !idle);
    if (cycle >= limit) {
      return;
    }
    position =
        idle ? Position{State::receiving, cycle, divisor_} : Position{State::idle, cycle + 1, 0};
  }
}

void UartRx::predict() {
  predicted_ = position_;
  run(predicted_, kNever);
  stop_ = predicted_.state == State::receiving ? sample_cycle(predicted_, kStopBit) : kNever;
}

void UartTx::accept(std::uint64_t cycle, std::uint8_t byte, std::uint32_t divisor) {
  assert(ready(cycle));
  drive(cycle + 1, false);
  for (unsigned bit = 0; bit < 8; ++bit) {
    drive(cycle + 1 + std::uint64_t{bit + 1} * divisor, (byte >> bit & 1) != 0);
  }
  drive(cycle + 1 + std::uint64_t{kStopBit} * divisor, true);
  ready_at_ = cycle + 10 * std::uint64_t{divisor};
}

void UartTx::drive(std::uint64_t cycle, bool level) {
  if (level != level_) {
    changes_.push_back({cycle, level});
    level_ = level;
  }
}

std::vector<LineChange> UartTx::take(std::uint64_t before) {
  const auto end = std::find_if(changes_.begin(), changes_.end(),
                                [&](const LineChange& change) { return change.cycle >= before; });
  std::vector<LineChange> taken(changes_.begin(), end);
  changes_.erase(changes_.begin(), end);
  return taken;
}

std::uint64_t RxBuffer::valid_from() const {
  return bytes_.empty() ? kNever : std::max(bytes_.front().pushed + 2, after_pop_);
}

void RxBuffer::pop(std::uint64_t cycle) {
  assert(valid(cycle));
  bytes_.pop_front();
  after_pop_ = cycle + 1;
}

}  // namespace spikemesh::model
