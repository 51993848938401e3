// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "model/event.hpp"
#include "sim/device/device.hpp"
#include "sim/wire/uart_ends.hpp"

namespace spikemesh::sim {

/// The wire between a host and a device, at the host's end: bytes in, bytes out, simulated time in
/// between.
///
/// Over pins it is a wire that follows: when the chip takes a new UART_DIVISOR, its far end does
/// so with the same cycle. It learns of that from the retire stream (the write on the bus, the END
/// of the reply). It listens to the device itself; who wants the stream too is told by `also`.
class Wire : private EventSink {
 public:
  Wire(Device& device, Link link, EventSink* also = nullptr);
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  /// `bytes` follow those sent before; the first begins in cycle `at` or later.
  void send(std::span<const std::uint8_t> bytes, std::uint64_t at = 0);
  /// Pins: the chip's rx pin is low for `cycles`, behind what was sent before.
  void send_break(std::uint64_t cycles, std::uint64_t at = 0) { sender_.push_break(at, cycles); }
  /// Pins: from now on the far end keeps this divisor, whatever the chip does, as the port of a
  /// host that has its own baud rate.
  void keep_divisor(std::uint32_t divisor);
  /// Advances the device to `limit`, or until it is idle with nothing left to send.
  /// Returns what the chip sent meanwhile, stamped with the cycle in which it was complete.
  std::vector<TimedByte> run(std::uint64_t limit);
  /// Nothing can happen before something is sent.
  bool idle() const { return sender_.empty() && device_.idle(); }
  bool sending() const { return !sender_.empty(); }
  /// Pins: bytes that were sent and have not begun; they can be dropped.
  std::size_t waiting() const { return sender_.waiting(); }
  void drop_waiting() { sender_.drop_waiting(); }

  /// Pins: bytes that began on the wire in the last run(), stamped with the cycle of their start
  /// edge.
  const std::vector<TimedByte>& begun() const { return begun_; }
  /// Bytes from the chip dropped because their stop bit was low.
  std::uint64_t framing_errors() const { return receiver_.framing_errors(); }
  std::uint32_t divisor() const { return sender_.divisor(); }

 private:
  struct Switch {
    std::uint32_t divisor = 0;
    unsigned ends = 0;     ///< END bytes of the reply seen so far
    std::uint64_t at = 0;  ///< first cycle with the new divisor, once both were seen
  };

  void on(const Event& event) override;
  bool wants_rest() const override { return also_ != nullptr && also_->wants_rest(); }
  void watch_divisor(const Event& event);
  void follow(std::uint64_t cycle);
  std::vector<TimedByte> run_pins(std::uint64_t limit);

  Device& device_;
  Link link_;
  EventSink* also_;
  UartSender sender_;
  UartReceiver receiver_;
  bool follows_ = true;
  std::vector<TimedByte> begun_;
  std::optional<Switch> switch_;
};

}  // namespace spikemesh::sim
