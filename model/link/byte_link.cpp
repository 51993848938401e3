// SPDX-License-Identifier: Apache-2.0
#include "model/link/byte_link.hpp"

#include <algorithm>
#include <utility>

namespace spikemesh::model {

void ByteLink::set_rx(std::uint64_t now, std::uint64_t at, bool level) {
  rx_.set_pin(now, at, level);
  last_rx_ = at;
}

void ByteLink::set_ready(std::uint64_t at, bool ready) { port_ready_.set(at, ready); }

std::vector<SentByte> ByteLink::take_bytes() { return std::exchange(sent_, {}); }

std::uint64_t ByteLink::next_arrival(std::uint64_t now) const {
  if (mode_ == LinkMode::pins) {
    return rx_.next_wake();
  }
  return offers_.empty() || buffer_.full() ? kNever : std::max(now, offers_.front().at);
}

ByteLink::Arrival ByteLink::arrival(std::uint64_t cycle) const {
  using Kind = Arrival::Kind;
  if (next_arrival(cycle) > cycle) {
    return {};
  }
  if (mode_ == LinkMode::bytes) {
    return {Kind::pushed, offers_.front().byte};
  }
  const UartRx::Sample sample = rx_.sample();
  if (!sample.stop) {
    return {Kind::framing_error, 0};
  }
  return {buffer_.full() ? Kind::overflow : Kind::pushed, sample.byte};
}

void ByteLink::commit(std::uint64_t cycle, const Arrival& arrival, bool pop) {
  if (pop) {
    buffer_.pop(cycle);
  }
  if (arrival.kind == Arrival::Kind::none) {
    return;
  }
  if (arrival.kind == Arrival::Kind::pushed) {
    buffer_.push(cycle, arrival.byte);
  }
  if (mode_ == LinkMode::pins) {
    rx_.commit();
  } else {
    offers_.pop_front();
  }
}

bool ByteLink::ready(std::uint64_t cycle) const {
  return mode_ == LinkMode::pins ? tx_.ready(cycle) : port_ready_.level(cycle);
}

std::uint64_t ByteLink::ready_from(std::uint64_t now) const {
  return mode_ == LinkMode::pins ? std::max(now, tx_.ready_at()) : port_ready_.find(now, true);
}

void ByteLink::send(std::uint64_t cycle, std::uint8_t byte, std::uint32_t divisor) {
  if (mode_ == LinkMode::pins) {
    tx_.accept(cycle, byte, divisor);
  } else {
    port_ready_.forget(cycle);
    sent_.push_back({cycle, byte});
  }
}

std::uint64_t ByteLink::inputs_rest() const {
  const std::uint64_t rx = rx_.idle_from();
  if (rx == kNever || !offers_.empty()) {
    return kNever;
  }
  return std::max({rx, last_rx_, port_ready_.last_change()});
}

}  // namespace spikemesh::model
