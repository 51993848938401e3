// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "model/link/uart.hpp"

namespace spikemesh::model {

/// The chip's end of the link up to the bridge: UART or byte port, and the receive buffer.
/// What the outside gives may lie ahead, in ascending cycles.
class ByteLink {
 public:
  ByteLink(const spec::Build& build, LinkMode mode)
      : mode_(mode), rx_(build.uart_divisor), buffer_(build.rx_buffer) {}

  // The outside.
  void set_rx(std::uint64_t now, std::uint64_t at, bool level);
  std::vector<LineChange> take_tx(std::uint64_t before) { return tx_.take(before); }
  void offer(std::uint64_t at, std::uint8_t byte) { offers_.push_back({at, byte}); }
  void set_ready(std::uint64_t at, bool ready);
  std::vector<SentByte> take_bytes();

  // Receiving.
  struct Arrival {
    enum class Kind : std::uint8_t { none, pushed, overflow, framing_error } kind = Kind::none;
    std::uint8_t byte = 0;
  };
  /// What arrives in a cycle >= next_arrival().
  Arrival arrival(std::uint64_t cycle) const;
  std::uint64_t next_arrival(std::uint64_t now) const;
  const RxBuffer& buffer() const { return buffer_; }
  void commit(std::uint64_t cycle, const Arrival& arrival, bool pop);

  // Sending.
  bool ready(std::uint64_t cycle) const;
  /// First cycle >= `now` in which a byte is accepted.
  std::uint64_t ready_from(std::uint64_t now) const;
  void send(std::uint64_t cycle, std::uint8_t byte, std::uint32_t divisor);

  /// Cycle of the next change of the tx pin, as far as the bytes are known that were accepted.
  std::uint64_t next_tx() const { return tx_.next_change(); }
  /// The UART transmitter is idle from this cycle on.
  std::uint64_t transmitter_idle() const { return tx_.ready_at(); }
  /// The receiver and its registers rest from this cycle on, and no input lies ahead then; kNever:
  /// they will not.
  std::uint64_t inputs_rest() const;
  void set_divisor(std::uint64_t from, std::uint32_t divisor) { rx_.set_divisor(from, divisor); }

 private:
  struct Offer {
    std::uint64_t at = 0;
    std::uint8_t byte = 0;
  };
  LinkMode mode_;
  UartRx rx_;
  UartTx tx_;
  RxBuffer buffer_;
  std::uint64_t last_rx_ = 0;  // cycle of the last pin change given
  std::deque<Offer> offers_;
  Line port_ready_{true};
  std::vector<SentByte> sent_;
};

}  // namespace spikemesh::model
