// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/device_transport.hpp"

#include <algorithm>

namespace spikemesh::sim {
namespace {

// Short at first, so that a reply is seen soon after it was sent; long later, so that waiting is
// cheap: a part of what was waited already, at most.
constexpr std::uint64_t kFirstChunk = 64;
constexpr std::uint64_t kLongChunk = 4096;
constexpr std::uint64_t kPartOfWait = 16;
constexpr std::chrono::milliseconds kLookAfter{10};
constexpr std::uint64_t kLongestPiece = std::uint64_t{1}
                                        << 25;  // of a chip that wakes up, some seconds

}  // namespace

void DeviceTransport::write(std::span<const std::uint8_t> bytes) { wire_.send(bytes); }

std::size_t DeviceTransport::read(std::span<std::uint8_t> bytes,
                                  std::chrono::microseconds timeout) {
  const std::uint64_t patience =
      static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0)) *
      kCyclesPerMicrosecond;
  const std::uint64_t begin = device_.cycle(), limit = begin + patience;
  std::uint64_t chunk = kFirstChunk;
  while (received_.empty() && device_.cycle() < limit && !wire_.idle()) {
    advance(std::min(limit, device_.cycle() + chunk));
    chunk = std::min(2 * chunk, std::max(kLongChunk, (device_.cycle() - begin) / kPartOfWait));
  }
  if (received_.empty() && device_.cycle() < limit) waited_ += limit - device_.cycle();
  const std::size_t count = std::min(bytes.size(), received_.size());
  std::copy_n(received_.begin(), count, bytes.begin());
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

/// To `limit`, or until the chip is idle, in pieces of about the wall time between two looks. They
/// change nothing of what the chip does.
void DeviceTransport::advance(std::uint64_t limit) {
  using Clock = std::chrono::steady_clock;
  do {
    const auto began = Clock::now();
    const std::uint64_t from = device_.cycle(), to = std::min(limit, from + piece_);
    for (const TimedByte& sent : wire_.run(to)) received_.push_back(sent.byte);
    if (to == limit) return;
    if (look_) look_();
    const auto took = Clock::now() - began;
    if (took < kLookAfter / 2) piece_ = std::min(2 * piece_, kLongestPiece);
    if (took > 2 * kLookAfter) piece_ = std::max(piece_ / 2, kLongChunk);
  } while (!wire_.idle());
}

std::chrono::steady_clock::time_point DeviceTransport::now() const {
  return std::chrono::steady_clock::time_point(
      std::chrono::microseconds((device_.cycle() + waited_) / kCyclesPerMicrosecond));
}

}  // namespace spikemesh::sim
