// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/memory_port.hpp"

#include <fmt/format.h>

#include "spikemesh/error.hpp"

namespace spikemesh {

namespace {
constexpr std::uint32_t kStride = 4;
constexpr std::uint32_t kLastOfStatus = static_cast<std::uint32_t>(spec::Status::read_only);
}  // namespace

WordResult MemoryPort::read(std::uint32_t address, std::span<std::uint32_t> words) {
  begin();
  for (std::size_t i = 0; i < words.size(); ++i) {
    words[i] = bus_.load(address + kStride * static_cast<std::uint32_t>(i));
    if (const auto status = ended(); status != spec::Status::ok) return {status, i};
  }
  return {spec::Status::ok, words.size()};
}

WordResult MemoryPort::write(std::uint32_t address, std::span<const std::uint32_t> words) {
  begin();
  for (std::size_t i = 0; i < words.size(); ++i) {
    bus_.store(address + kStride * static_cast<std::uint32_t>(i), words[i]);
    if (const auto status = ended(); status != spec::Status::ok) return {status, i};
  }
  return {spec::Status::ok, words.size()};
}

/// An earlier host may have left a fault.
void MemoryPort::begin() {
  if (begun_) return;
  bus_.store(spec::kByteFault, 0);
  begun_ = true;
}

/// How the last access ended. FAULT keeps the first one that was not ok: it is made ok again.
spec::Status MemoryPort::ended() {
  const std::uint32_t fault = bus_.load(spec::kByteFault);
  if (fault == 0) return spec::Status::ok;
  if (fault > kLastOfStatus) {
    throw TransportError(fmt::format(
        "{}: no chip is there, or it is off: its word FAULT reads {:#010x}, and at most {} is a "
        "status; correct the address, or load the bitstream",
        name_, fault, kLastOfStatus));
  }
  bus_.store(spec::kByteFault, 0);
  return static_cast<spec::Status>(fault);
}

}  // namespace spikemesh
