// SPDX-License-Identifier: Apache-2.0
#include "sim/rtl_tile/watchdog.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace spikemesh::sim {
namespace {

std::uint64_t processor_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<std::uint64_t>(time.tv_sec);
}

}  // namespace

Watchdog::Watchdog() : thread_([this] { watch(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    end_ = true;
  }
  ended_.notify_all();
  thread_.join();
}

void Watchdog::watch() {
  std::uint64_t seen = 0, since = 0;
  std::unique_lock lock(mutex_);
  while (!ended_.wait_for(lock, std::chrono::seconds(1), [this] { return end_; })) {
    const std::uint64_t now = processor_seconds();
    const auto* complaint = inside_.load(std::memory_order_acquire);
    if (complaint == nullptr || calls_ != seen) {
      seen = calls_;
      since = now;
    } else if (now - since >= kMostSeconds) {
      std::fflush(stdout);
      fmt::print(stderr, "spikemesh: {}\n", (*complaint)());
      std::fflush(stderr);
      std::_Exit(1);
    }
  }
}

}  // namespace spikemesh::sim
