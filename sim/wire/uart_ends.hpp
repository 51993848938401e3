// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// The far end of the chip's rx pin: bytes become pin changes, 8N1, least significant bit first,
/// in the order in which they were pushed and never two at a time.
class UartSender {
 public:
  /// A bit lasts `divisor` cycles. Throws InputError when it is below UartDivisorMin.
  explicit UartSender(std::uint32_t divisor);

  /// Holds for bytes that have not begun yet.
  void set_divisor(std::uint32_t divisor);
  std::uint32_t divisor() const { return divisor_; }

  /// `byte` begins in cycle `at`, or when the wire is free, whichever is later.
  void push(std::uint64_t at, std::uint8_t byte) { waiting_.push_back({at, byte}); }
  /// The wire is low for `cycles` from cycle `at` on, or from when it is free, and then high for a
  /// byte.
  void push_break(std::uint64_t at, std::uint64_t cycles) { waiting_.push_back({at, 0, cycles}); }
  bool empty() const { return waiting_.empty(); }
  /// Bytes and breaks that have not begun yet.
  std::size_t waiting() const { return waiting_.size(); }
  void drop_waiting() { waiting_.clear(); }
  /// First cycle in which the byte after those sent may begin.
  std::uint64_t free_at() const { return free_at_; }

  /// Sets the pin for every byte that begins before cycle `until`; none begins before
  /// `device.cycle()`. An idle device gets the next one, whenever it begins: its clock would stand
  /// still without. Returns these bytes, stamped with the cycle of their start edge.
  std::vector<TimedByte> drive(Device& device, std::uint64_t until);

 private:
  struct Waiting {
    std::uint64_t cycle;
    std::uint8_t byte;
    std::uint64_t low = 0;  ///< above 0: a break of as many cycles
  };
  void drive_byte(Device& device, std::uint64_t start, std::uint8_t byte);
  void drive_break(Device& device, std::uint64_t start, std::uint64_t low);

  std::uint32_t divisor_;
  std::deque<Waiting> waiting_;
  std::uint64_t free_at_ = 0;
};

/// The far end of the chip's tx pin: pin changes become bytes. A byte whose stop bit is low is
/// counted and dropped, and the next one is looked for once the wire is high: the receiver
/// resynchronizes.
class UartReceiver {
 public:
  explicit UartReceiver(std::uint32_t divisor);

  /// Holds from the next start edge on.
  void set_divisor(std::uint32_t divisor);

  /// Changes come in ascending order. Bytes that end with them go to `out`, stamped with the cycle
  /// of the sample of their stop bit.
  void on(const PinChange& change, std::vector<TimedByte>& out);
  /// The pin keeps its level up to cycle `until` (exclusive).
  void run(std::uint64_t until, std::vector<TimedByte>& out);

  std::uint64_t framing_errors() const { return framing_errors_; }

 private:
  enum class State : std::uint8_t { idle, byte, wait_high };
  void sample(std::vector<TimedByte>& out);

  std::uint32_t divisor_;
  std::uint32_t byte_divisor_ = 0;  ///< of the byte under way
  State state_ = State::idle;
  bool level_ = true;
  unsigned bit_ = 0;  ///< 0: start bit, 1..8: data, 9: stop bit
  std::uint64_t next_sample_ = 0;
  std::uint8_t shift_ = 0;
  std::uint64_t framing_errors_ = 0;
};

}  // namespace spikemesh::sim
