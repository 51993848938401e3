// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "model/event.hpp"
#include "sim/device/device.hpp"
#include "slip.hpp"

namespace spikemesh::test {

/// The tile field of a frame for the host tile.
inline constexpr std::uint16_t kHost = 0x8000;

struct Request {
  std::uint8_t first = 0x11;  ///< version << 4 | command
  std::uint16_t sequence = 1;
  std::uint16_t tile = kHost;
  std::uint32_t address = 0;  ///< of the first word
  std::uint16_t length = 1;
  std::vector<std::uint32_t> data{};
};
struct Reply {
  std::uint8_t first = 0;
  std::uint16_t sequence = 0, tile = 0;
  std::uint32_t address = 0;  ///< of the first word
  std::uint16_t length = 0;
  std::uint8_t status = 0;
  std::uint16_t done = 0;
  std::vector<std::uint32_t> data{};
};

/// Bytes of a frame before SLIP: header, data, and a CRC that is right.
std::vector<std::uint8_t> frame_of(const Request& request);
/// Keeps every event that it hears.
class EventLog : public EventSink {
 public:
  void on(const Event& event) override { events.push_back(event); }
  std::vector<Event> of(EventKind kind, std::uint16_t tile = kHostTile) const;

  std::vector<Event> events;
};

/// The other end of the link for tests of the RTL: written from docs/protocol.md alone, so that a
/// mistake of the host library cannot hide one of the chip. Simulates the device until an answer is
/// there.
class LinkHost {
 public:
  LinkHost(sim::Device& device, sim::Link link, unsigned divisor)
      : device_(device), link_(link), divisor_(divisor), next_(device.cycle()) {}

  /// Hands bytes to the chip, back to back, from the current cycle on.
  void send(std::span<const std::uint8_t> bytes);
  /// The next whole frame that the chip sends; nothing when there is none within `patience` cycles.
  std::optional<Reply> receive(std::uint64_t patience = 2'000'000);
  Reply call(const Request& request);

  /// Register or word; throws when the status is not ok.
  std::uint32_t read(std::uint32_t address, std::uint16_t tile = kHost);
  std::uint8_t write(std::uint32_t address, std::vector<std::uint32_t> data,
                     std::uint16_t tile = kHost);
  /// Simulates until register STATUS says that nothing runs.
  void wait_boundary();
  void set_divisor(unsigned divisor) { divisor_ = divisor; }
  /// Raw bytes received so far, all frames.
  const std::vector<std::uint8_t>& received() const { return received_; }

 private:
  void collect();
  void decode_pins();

  sim::Device& device_;
  sim::Link link_;
  unsigned divisor_;
  std::uint64_t next_;  // first cycle in which the rx pin is free
  std::uint16_t sequence_ = 0x1234;
  std::vector<std::uint8_t> received_;
  std::size_t used_ = 0;  // bytes of received_ that receive() has looked at
  std::deque<sim::PinChange> changes_;
  bool level_ = true;
};

}  // namespace spikemesh::test
