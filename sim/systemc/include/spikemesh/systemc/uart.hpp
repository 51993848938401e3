// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <systemc>
#include <vector>

#include "spikemesh/systemc/retired.hpp"

namespace spikemesh::systemc {

/// The far end of a chip's UART pins, 8N1, least significant bit first. Bind `tx` to the wire of
/// the chip's uart_rx, and `rx` to that of its uart_tx. It sleeps while both wires rest.
class Uart : public sc_core::sc_module {
 public:
  sc_core::sc_out<bool> tx{"tx"};
  sc_core::sc_in<bool> rx{"rx"};
  /// Each byte in the middle of its stop bit; one whose stop bit is low is dropped and counted.
  AnalysisPort<std::uint8_t> bytes{"bytes"};

  /// `bit`: the time of a bit, the period of the chip's clock times its uart_divisor.
  Uart(sc_core::sc_module_name name, const sc_core::sc_time& bit);

  /// Puts bytes on the wire, after those that were given before.
  void send(const std::vector<std::uint8_t>& bytes);
  /// Whether a byte that was given is not on the wire as a whole yet.
  bool sending() const { return !to_send_.empty() || bit_out_ != 0; }
  /// Takes the bytes that came since the last call.
  std::vector<std::uint8_t> take_received();
  /// A byte came.
  const sc_core::sc_event& received() const { return received_event_; }
  std::uint64_t framing_errors() const { return framing_errors_; }
  /// The time of a bit, from the next byte on.
  void set_bit(const sc_core::sc_time& bit) { bit_ = bit; }
  const sc_core::sc_time& bit() const { return bit_; }

 private:
  void transmit();
  void listen();

  sc_core::sc_time bit_, bit_time_out_, bit_time_in_;
  sc_core::sc_event begin_, received_event_;
  std::deque<std::uint8_t> to_send_;
  std::vector<std::uint8_t> received_;
  unsigned bit_out_ = 0;  ///< bits of the byte that are on the wire or were
  unsigned bit_in_ = 0;   ///< samples taken of the byte, and one; 0: the wire rests
  std::uint8_t shift_ = 0;
  std::uint64_t framing_errors_ = 0;
};

}  // namespace spikemesh::systemc
