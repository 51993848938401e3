// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace spikemesh {

/// A way for bytes to a chip and back: serial port, TCP, or in-process. Bytes keep their order;
/// some may get lost or change, which the frames detect.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Sends all bytes. Throws TransportError when the other end is gone, or takes nothing for long.
  virtual void write(std::span<const std::uint8_t> bytes) = 0;
  /// Sends what can go without waiting; returns how many bytes, 0 when there is no room now.
  /// Throws TransportError when the other end is gone.
  virtual std::size_t write_some(std::span<const std::uint8_t> bytes) {
    write(bytes);
    return bytes.size();
  }
  /// Waits at most `timeout` for at least one byte; returns how many were read, 0 on a time-out.
  /// Throws TransportError when the other end is gone.
  virtual std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) = 0;
  /// Baud rate of a serial port; 0 for other transports, which have none.
  virtual unsigned baud() const { return 0; }
  /// Changes the baud rate. Returns false and changes nothing if the port does not have that rate.
  virtual bool set_baud(unsigned /*baud*/) { return false; }
};

/// What a TCP port that serves one host at a time says to a second one before it closes the
/// connection.
inline constexpr std::string_view kBusyAnswer = "spikemesh: busy\n";

/// Opens `PATH` (a serial port or pseudo-terminal, 8N1, raw, locked against a second host),
/// `tcp:HOST:PORT`, or `mem:FILE@OFFSET` (a chip in the memory of this machine,
/// spikemesh/link/memory_port.hpp). Throws TransportError, which names the place and the remedy.
/// `baud` is that of a serial port.
std::unique_ptr<Transport> open_transport(const std::string& port, unsigned baud = 115200);

}  // namespace spikemesh
