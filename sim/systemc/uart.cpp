// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/systemc/uart.hpp"

#include <utility>

namespace spikemesh::systemc {

namespace {
constexpr unsigned kStopBit = 9;
}

Uart::Uart(sc_core::sc_module_name name, const sc_core::sc_time& bit) : sc_module(name), bit_(bit) {
  SC_HAS_PROCESS(Uart);
  SC_METHOD(transmit);
  sensitive << begin_;
  dont_initialize();
  SC_METHOD(listen);
  sensitive << rx;
  dont_initialize();
  tx.initialize(true);
}

void Uart::send(const std::vector<std::uint8_t>& given) {
  const bool rests = !sending();
  to_send_.insert(to_send_.end(), given.begin(), given.end());
  if (rests && !to_send_.empty()) begin_.notify(sc_core::SC_ZERO_TIME);
}

std::vector<std::uint8_t> Uart::take_received() { return std::exchange(received_, {}); }

/// At the begin of each bit, and at the end of a byte.
void Uart::transmit() {
  if (bit_out_ == kStopBit + 1) {
    bit_out_ = 0;
    to_send_.pop_front();
  }
  if (to_send_.empty()) return;
  if (bit_out_ == 0) bit_time_out_ = bit_;
  const unsigned frame = 1u << kStopBit | unsigned{to_send_.front()} << 1;
  tx.write((frame >> bit_out_ & 1) != 0);
  ++bit_out_;
  next_trigger(bit_time_out_);
}

/// A start edge, or the middle of a bit. Samples count from the start edge.
void Uart::listen() {
  if (bit_in_ == 0) {
    if (rx.read()) return;
    bit_time_in_ = bit_;
    bit_in_ = 1;
    next_trigger(bit_time_in_ / 2);
    return;
  }
  const unsigned sample = bit_in_ - 1;
  const bool level = rx.read();
  const bool glitch = sample == 0 && level;
  if (sample >= 1 && sample < kStopBit)
    shift_ = static_cast<std::uint8_t>(shift_ >> 1 | (level ? 0x80 : 0));
  if (!glitch && sample < kStopBit) {
    ++bit_in_;
    next_trigger(bit_time_in_);
    return;
  }
  bit_in_ = 0;
  if (glitch) return;
  if (!level) {
    ++framing_errors_;
    return;
  }
  received_.push_back(shift_);
  received_event_.notify(sc_core::SC_ZERO_TIME);
  bytes.write(shift_);
}

}  // namespace spikemesh::systemc
