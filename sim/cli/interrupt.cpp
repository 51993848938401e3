// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/interrupt.hpp"

#include <fmt/format.h>

#include <atomic>
#include <csignal>
#include <cstring>

namespace spikemesh::sim {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> seen{0};
static_assert(std::atomic<int>::is_always_lock_free);

void handle(int signal) {
  seen = signal;
  std::signal(signal, SIG_DFL);
}

}  // namespace

Interrupted::Interrupted(int signal)
    : signal_(signal), text_(fmt::format("interrupted (SIG{})", ::sigabbrev_np(signal))) {}

InterruptGuard::InterruptGuard() {
  for (const int signal : kSignals)
    if (std::signal(signal, handle) == SIG_IGN) std::signal(signal, SIG_IGN);  // nohup
}

InterruptGuard::~InterruptGuard() {
  for (const int signal : kSignals)
    if (std::signal(signal, SIG_DFL) == SIG_IGN) std::signal(signal, SIG_IGN);
}

void InterruptGuard::check() const {
  if (const int signal = seen.exchange(0); signal != 0) throw Interrupted(signal);
}

}  // namespace spikemesh::sim
