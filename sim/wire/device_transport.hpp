// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "sim/wire/wire.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh::sim {

/// A device in this process as a Transport. Simulated time advances inside read(), as far as
/// needed, and nowhere else. A time-out is counted in simulated time, 100 cycles a microsecond, so
/// that a run is the same however fast the machine is; while the chip is idle a time-out is over at
/// once.
class DeviceTransport : public Transport {
 public:
  static constexpr std::uint64_t kCyclesPerMicrosecond = 100;

  /// `link` as the device was made for. `also`: whoever wants the retire stream, see Wire.
  DeviceTransport(Device& device, Link link, EventSink* also = nullptr)
      : device_(device), wire_(device, link, also) {}

  void write(std::span<const std::uint8_t> bytes) override;
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override;

  /// Called now and then while time advances, about every 10 ms; what it throws ends read().
  void watch(std::function<void()> look) { look_ = std::move(look); }

  /// Simulated time, with the time-outs that passed while the chip was idle.
  std::chrono::steady_clock::time_point now() const;

 private:
  void advance(std::uint64_t limit);

  Device& device_;
  Wire wire_;
  std::deque<std::uint8_t> received_;
  std::function<void()> look_;
  std::uint64_t piece_ = 4096;  ///< cycles between two looks
  std::uint64_t waited_ = 0;    ///< cycles of time-outs in which the clock stood still
};

}  // namespace spikemesh::sim
