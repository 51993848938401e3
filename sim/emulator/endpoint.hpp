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
/// One client at a time; it may leave, and another one come.
class Endpoint {
 public:
  /// `link` is `pty` (a fresh pseudo-terminal), `pty:PATH` (and a symbolic link PATH to it, removed
  /// at the end) or `tcp:PORT` (on 127.0.0.1; port 0 takes any free one). Throws InputError that
  /// names the link and the remedy.
  explicit Endpoint(const std::string& link);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  /// What a host opens: a path, or `tcp:127.0.0.1:PORT`.
  const std::string& place() const;

  /// Bytes from the client since the last call. Waits for the first at most `patience`, without it
  /// for ever, and costs nothing meanwhile; stop() ends the wait.
  std::vector<std::uint8_t> take(std::optional<std::chrono::microseconds> patience);
  /// Queues bytes for the client. What no client fetches is dropped, the oldest first, beyond 1
  /// MiB.
  void send(std::span<const std::uint8_t> bytes);

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
