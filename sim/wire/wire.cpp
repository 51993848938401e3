// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/wire.hpp"

#include <algorithm>
#include <utility>

namespace spikemesh::sim {

Wire::Wire(Device& device, Link link, EventSink* also)
    : device_(device),
      link_(link),
      also_(also),
      sender_(device.build().uart_divisor),
      receiver_(device.build().uart_divisor) {
  // Who needs no stream does not pay for it.
  if (link == Link::pins || also != nullptr) device.listen(this);
}

void Wire::send(std::span<const std::uint8_t> bytes, std::uint64_t at) {
  for (const std::uint8_t byte : bytes) {
    if (link_ == Link::pins) {
      sender_.push(at, byte);
    } else {
      device_.offer(std::max(at, device_.cycle()), byte);
    }
  }
}

std::vector<TimedByte> Wire::run(std::uint64_t limit) {
  if (link_ == Link::pins) return run_pins(limit);
  device_.advance(limit);
  return device_.take_bytes();
}

std::vector<TimedByte> Wire::run_pins(std::uint64_t limit) {
  std::vector<TimedByte> out;
  begun_.clear();
  if (switch_) {
    // No byte begins between the reply and the switch, and the switch is met exactly: a replay does
    // the same.
    if (switch_->at > device_.cycle()) limit = std::min(limit, switch_->at);
  } else {
    begun_ = sender_.drive(device_, limit);
  }
  device_.advance(limit);
  for (const PinChange& change : device_.take_tx()) {
    follow(change.cycle);
    receiver_.on(change, out);
  }
  receiver_.run(device_.cycle(), out);
  follow(device_.cycle());
  return out;
}

void Wire::follow(std::uint64_t cycle) {
  if (!switch_ || switch_->at == 0 || cycle < switch_->at) return;
  sender_.set_divisor(switch_->divisor);
  receiver_.set_divisor(switch_->divisor);
  switch_.reset();
}

void Wire::keep_divisor(std::uint32_t divisor) {
  follows_ = false;
  switch_.reset();
  sender_.set_divisor(divisor);
  receiver_.set_divisor(divisor);
}

void Wire::on(const Event& event) {
  if (link_ == Link::pins && follows_) watch_divisor(event);
  if (also_ != nullptr) also_->on(event);
}

void Wire::watch_divisor(const Event& event) {
  if (event.kind == EventKind::bus) {
    const auto access = event.as<spec::BusEvent>();
    const bool divisor = access.tile == kHostTile &&
                         access.addr == static_cast<std::uint32_t>(spec::Register::uart_divisor) &&
                         access.master == static_cast<std::uint32_t>(spec::BusMaster::link);
    const bool ok = access.status == static_cast<std::uint32_t>(spec::Status::ok);
    if (divisor && access.write != 0 && ok) switch_ = Switch{.divisor = access.data};
  } else if (event.kind == EventKind::byte_out && switch_ &&
             event.as<spec::ByteOutEvent>().data == spec::kSlipEnd && ++switch_->ends == 2) {
    // The transmitter is ready again after ten bits; the chip changes at the end of that cycle.
    switch_->at = event.cycle + 10ull * sender_.divisor() + 1;
  }
}

}  // namespace spikemesh::sim
