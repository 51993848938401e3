// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spikemesh::sim {

/// The outside world's end of an emulated UART: a pseudo-terminal or a TCP port of this machine.
/// One thread of its own moves bytes (Asio); all functions may be called from any thread.
///
/// One client at a time; it may leave, and another one come, for whom a new session begins. On TCP
/// a second client is told that the chip is busy (kBusyAnswer of spikemesh/link/transport.hpp), and
/// its connection is closed. Each direction holds at most kMost bytes and what the system's own
/// buffers take: a client that sends faster than it is served, or does not read, feels
/// back-pressure.
class HostPort {
 public:
  static constexpr std::size_t kMost = 64 * 1024;

  /// `link` is `pty` (a fresh pseudo-terminal), `pty:PATH` (and a symbolic link PATH to it, removed
  /// at the end) or `tcp:PORT` (on 127.0.0.1; port 0 takes any free one). Throws InputError that
  /// names the link and the remedy.
  explicit HostPort(const std::string& link);
  ~HostPort();
  HostPort(const HostPort&) = delete;
  HostPort& operator=(const HostPort&) = delete;

  /// What a host opens: a path, or `tcp:127.0.0.1:PORT`.
  const std::string& place() const;

  struct Input {
    std::uint64_t session = 0;  ///< counts clients
    std::vector<std::uint8_t> bytes;
  };
  /// At most `most` bytes from the client. Waits for the first at most `patience`, without it for
  /// ever, and costs nothing meanwhile; stop() ends the wait.
  Input take(std::size_t most, std::optional<std::chrono::microseconds> patience);
  /// Queues bytes for the client of `session`, and waits until the queue holds at most kMost, the
  /// client has left, or stop(). What is for a client that is not there is dropped.
  void send(std::uint64_t session, std::span<const std::uint8_t> bytes);

  /// Ends every wait, now and later.
  void stop();
  bool stopped() const;
  /// SIGINT and SIGTERM call stop() from now on.
  void stop_on_signals();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh::sim
