// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/uart_ends.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

std::uint32_t checked(std::uint32_t divisor) {
  if (divisor < spec::kUartDivisorMin || divisor > 65535) {
    throw InputError(fmt::format("UART divisor {}: {}..65535 cycles a bit are possible", divisor,
                                 spec::kUartDivisorMin));
  }
  return divisor;
}

}  // namespace

UartSender::UartSender(std::uint32_t divisor) : divisor_(checked(divisor)) {}

void UartSender::set_divisor(std::uint32_t divisor) { divisor_ = checked(divisor); }

std::vector<TimedByte> UartSender::drive(Device& device, std::uint64_t until) {
  std::vector<TimedByte> begun;
  while (!waiting_.empty()) {
    const Waiting next = waiting_.front();
    const std::uint64_t start = std::max({next.cycle, free_at_, device.cycle()});
    // An idle device's clock stops until it is given something, however far ahead.
    if (start >= until && !(begun.empty() && device.idle())) break;
    waiting_.pop_front();
    if (next.low > 0) {
      drive_break(device, start, next.low);
      continue;
    }
    drive_byte(device, start, next.byte);
    begun.push_back({start, next.byte});
  }
  return begun;
}

void UartSender::drive_byte(Device& device, std::uint64_t start, std::uint8_t byte) {
  const unsigned bits = 0x200u | static_cast<unsigned>(byte) << 1;  // start, data, stop
  bool level = true;
  for (unsigned bit = 0; bit < 10; ++bit) {
    const bool next = (bits >> bit & 1u) != 0;
    if (next != level) device.set_rx(start + std::uint64_t{bit} * divisor_, next);
    level = next;
  }
  free_at_ = start + 10ull * divisor_;
}

void UartSender::drive_break(Device& device, std::uint64_t start, std::uint64_t low) {
  device.set_rx(start, false);
  device.set_rx(start + low, true);
  free_at_ = start + low + 10ull * divisor_;
}

UartReceiver::UartReceiver(std::uint32_t divisor) : divisor_(checked(divisor)) {}

void UartReceiver::set_divisor(std::uint32_t divisor) { divisor_ = checked(divisor); }

void UartReceiver::on(const PinChange& change, std::vector<TimedByte>& out) {
  run(change.cycle, out);
  level_ = change.level;
  if (state_ == State::idle && !level_) {
    state_ = State::byte;
    bit_ = 0;
    byte_divisor_ = divisor_;
    next_sample_ = change.cycle + byte_divisor_ / 2;
  } else if (state_ == State::wait_high && level_) {
    state_ = State::idle;
  }
}

void UartReceiver::run(std::uint64_t until, std::vector<TimedByte>& out) {
  while (state_ == State::byte && next_sample_ < until) {
    sample(out);
    next_sample_ += byte_divisor_;
  }
}

void UartReceiver::sample(std::vector<TimedByte>& out) {
  if (bit_ == 0) {
    if (level_) state_ = State::idle;  // a glitch
  } else if (bit_ <= 8) {
    shift_ = static_cast<std::uint8_t>(shift_ >> 1 | (level_ ? 0x80 : 0));
  } else if (level_) {
    state_ = State::idle;
    out.push_back({next_sample_, shift_});
  } else {
    state_ = State::wait_high;
    ++framing_errors_;
  }
  ++bit_;
}

}  // namespace spikemesh::sim
