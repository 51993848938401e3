// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/cable/wire.hpp"
#include "sim/device/device.hpp"
#include "sim/emulator/endpoint.hpp"
#include "sim/emulator/recording.hpp"

namespace spikemesh::sim {

/// What a session came to.
struct SessionStats {
  std::uint64_t bytes_in = 0;   ///< from the host
  std::uint64_t bytes_out = 0;  ///< from the chip
  std::uint32_t crc_out = 0;    ///< CRC-32 of what the chip sent: equal sessions have equal ones
  std::uint64_t cycles = 0;
};

/// A device whose UART pins are on a pseudo-terminal or a TCP port. The thread that calls run()
/// simulates; the endpoint's thread moves bytes. While nothing can happen, simulated time
/// stops and the process sleeps.
class Emulator {
 public:
  /// `device` was made for Link::pins. `recorder` may be null.
  Emulator(Device& device, Endpoint& endpoint, Recorder* recorder);

  /// Gives the chip another UART divisor, as a host would, and the cable with it. Before run().
  /// Throws InputError when the chip refuses it.
  void set_divisor(std::uint32_t divisor);

  /// Until endpoint.stop(). Throws what the device throws (Mismatch).
  void run();

  const SessionStats& stats() const { return stats_; }

 private:
  std::vector<std::uint8_t> advance();
  void tune(double seconds);

  Device& device_;
  Endpoint& endpoint_;
  Recorder* recorder_;
  Wire wire_;
  std::uint64_t chunk_ = 1024;  ///< cycles at a time: about a millisecond of the user's
  SessionStats stats_;
};

/// Runs a recorded session again: the same bytes on the rx pin in the same cycles.
SessionStats replay(Device& device, const Recording& recording);

}  // namespace spikemesh::sim
