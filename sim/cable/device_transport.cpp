// SPDX-License-Identifier: Apache-2.0
#include "sim/cable/device_transport.hpp"

#include <algorithm>

namespace spikemesh::sim {
namespace {

// Short at first, so that a reply is seen soon after it was sent; long later, so that waiting is
// cheap.
constexpr std::uint64_t kFirstChunk = 64;
constexpr std::uint64_t kLongestChunk = 4096;

}  // namespace

void DeviceTransport::write(std::span<const std::uint8_t> bytes) { wire_.send(bytes); }

std::size_t DeviceTransport::read(std::span<std::uint8_t> bytes,
                                  std::chrono::microseconds timeout) {
  const std::uint64_t patience =
      static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0)) *
      kCyclesPerMicrosecond;
  const std::uint64_t limit = device_.cycle() + patience;
  std::uint64_t chunk = kFirstChunk;
  while (received_.empty() && device_.cycle() < limit && !wire_.idle()) {
    for (const TimedByte& sent : wire_.run(std::min(limit, device_.cycle() + chunk)))
      received_.push_back(sent.byte);
    chunk = std::min(2 * chunk, kLongestChunk);
  }
  if (received_.empty() && device_.cycle() < limit) waited_ += limit - device_.cycle();
  const std::size_t count = std::min(bytes.size(), received_.size());
  std::copy_n(received_.begin(), count, bytes.begin());
  received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

std::chrono::steady_clock::time_point DeviceTransport::now() const {
  return std::chrono::steady_clock::time_point(
      std::chrono::microseconds((device_.cycle() + waited_) / kCyclesPerMicrosecond));
}

}  // namespace spikemesh::sim
