// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace spikemesh::sim {

/// Ctrl-C, or whoever asks the program to end (SIGINT, SIGTERM, SIGHUP): work ends in good order
/// and keeps what it has. A second time ends the program at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// Throws Interrupted once a signal came.
  void check() const;
};

class Interrupted : public std::exception {
 public:
  explicit Interrupted(int signal);
  const char* what() const noexcept override { return text_.c_str(); }
  /// As a shell gives it: 128 + the signal.
  int exit_code() const { return 128 + signal_; }

 private:
  int signal_;
  std::string text_;
};

}  // namespace spikemesh::sim
