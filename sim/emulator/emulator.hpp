// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/device/device.hpp"
#include "sim/emulator/host_port.hpp"
#include "sim/emulator/recording.hpp"
#include "sim/wire/wire.hpp"

namespace spikemesh::sim {

/// What a session came to.
struct SessionStats {
  std::uint64_t bytes_in = 0;   ///< from the host
  std::uint64_t bytes_out = 0;  ///< from the chip
  std::uint32_t crc_out = 0;    ///< CRC-32 of what the chip sent: equal sessions have equal ones
  std::uint64_t cycles = 0;
};

/// A device whose UART pins are on a pseudo-terminal or a TCP port. The thread that calls run()
/// simulates; the port's thread moves bytes. While nothing can happen, or the client does not
/// read, simulated time stops and the process sleeps.
///
/// A new client gets nothing of the one before: what that one sent and the chip has not received is
/// dropped, and so is what the chip still answers to it.
class Emulator {
 public:
  /// Bytes from the client that may wait for the rx pin.
  static constexpr std::size_t kMostWaiting = 4096;
  /// The chip owes no answer when it sends nothing for so many cycles: it waits at most
  /// spec::kMeshTimeout for the mesh.
  static constexpr std::uint64_t kQuietCycles = 2 * spec::kMeshTimeout;

  /// `device` was made for Link::pins. `recorder` may be null.
  Emulator(Device& device, HostPort& port, Recorder* recorder);

  /// Gives the chip another UART divisor, as a host would, and the wire with it. Before run().
  /// Throws InputError when the chip refuses it.
  void set_divisor(std::uint32_t divisor);

  /// Until port.stop(). Throws what the device throws (Mismatch).
  void run();

  const SessionStats& stats() const { return stats_; }

 private:
  std::vector<std::uint8_t> advance();
  void begin_session(std::uint64_t session);
  void tune(double seconds);

  Device& device_;
  HostPort& port_;
  Recorder* recorder_;
  Wire wire_;
  std::uint64_t session_ = 0;   ///< whose bytes went to the chip last
  std::uint64_t chunk_ = 1024;  ///< cycles at a time: about a millisecond of the user's
  SessionStats stats_;
};

/// Runs a recorded session again: the same bytes on the rx pin in the same cycles.
SessionStats replay(Device& device, const Recording& recording);

}  // namespace spikemesh::sim
