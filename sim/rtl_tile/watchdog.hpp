// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace spikemesh::sim {

/// Ends the program when a piece of somebody else's code that it has called does not return: such
/// code cannot be left in any other way. What it was is told before, on the standard error.
///
/// Processor time counts, not time: a process that was stopped, or that a busy machine seldom runs,
/// is not taken for one that hangs.
class Watchdog {
 public:
  static constexpr std::uint64_t kMostSeconds =
      10;  ///< of the processor; a call takes microseconds

  Watchdog();
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Calls `call`; `complaint` is asked, in another thread, what to say when it does not return.
  template <typename Call>
  auto guard(const std::function<std::string()>& complaint, Call call) {
    ++calls_;
    inside_.store(&complaint, std::memory_order_release);
    const auto result = call();
    inside_.store(nullptr, std::memory_order_release);
    return result;
  }

 private:
  void watch();

  std::atomic<const std::function<std::string()>*> inside_{nullptr};
  std::atomic<std::uint64_t> calls_{0};
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace spikemesh::sim
