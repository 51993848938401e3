// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>

namespace spikemesh::bench {

/// A running `spikemesh emulate`, the program beside this one; ended by the destructor.
class EmulatorProcess {
 public:
  /// Returns once the emulator said where its UART is. Throws std::runtime_error when it does not.
  explicit EmulatorProcess(const std::string& executor);
  ~EmulatorProcess();
  EmulatorProcess(const EmulatorProcess&) = delete;
  EmulatorProcess& operator=(const EmulatorProcess&) = delete;

  /// CPU time that it used so far, in seconds; from /proc, so in ticks of 10 ms.
  double cpu_seconds() const;

 private:
  pid_t pid_ = -1;
};

}  // namespace spikemesh::bench
