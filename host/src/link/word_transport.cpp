// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "spikemesh/link/word_port.hpp"

namespace spikemesh {

namespace {
constexpr std::uint32_t kWordBytes = 4;
}

void WordTransport::write(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    if (!decoder_.push(byte)) continue;
    if (const auto request = parse_request(decoder_.content())) execute(*request);
  }
}

std::size_t WordTransport::read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) {
  if (replies_.empty()) port_.wait(timeout);
  const std::size_t count = std::min(bytes.size(), replies_.size());
  std::copy_n(replies_.begin(), count, bytes.begin());
  replies_.erase(replies_.begin(), replies_.begin() + static_cast<std::ptrdiff_t>(count));
  return count;
}

void WordTransport::execute(const Request& request) {
  Reply reply{.command = request.command,
              .sequence = request.sequence,
              .tile = request.tile,
              .address = request.address,
              .length = request.length,
              .data = {}};
  std::vector<std::uint32_t> data = request.data;
  data.resize(request.length);
  const WordResult result = access(request, data);
  reply.status = result.status;
  reply.done = static_cast<std::uint16_t>(result.done);
  const bool read = request.command == spec::Command::read;
  if (read && reply.status == spec::Status::ok) reply.data = std::move(data);
  const std::vector<std::uint8_t> bytes = encode(reply);
  replies_.insert(replies_.end(), bytes.begin(), bytes.end());
}

/// A tile is seen through WINDOW. Writes to it are posted: FENCE says that they have landed.
WordResult WordTransport::access(const Request& request, std::vector<std::uint32_t>& data) {
  const bool host = spec::Tile::unpack(request.tile).host != 0;
  const bool write = request.command == spec::Command::write;
  const std::uint32_t words = (host ? spec::kByteHostSize : spec::kByteTileSize) / kWordBytes;
  const bool known = host ? request.tile == spec::Tile{.host = 1}.pack() : true;
  if (data.empty()) return {spec::Status::bad_length, 0};
  if (!known || request.address >= words) return {spec::Status::bad_address, 0};
  if (!host) {
    const std::uint32_t window = request.tile;
    if (const auto set = port_.write(spec::kByteWindow, {&window, 1});
        set.status != spec::Status::ok)
      return {set.status, 0};
  }
  const std::uint32_t at =
      (host ? spec::kByteHost : spec::kByteTile) + kWordBytes * request.address;
  const std::span<std::uint32_t> some(data);
  WordResult result = write ? port_.write(at, some) : port_.read(at, some);
  if (host || !write || result.done == 0) return result;
  std::uint32_t none = 0;
  const WordResult fence = port_.read(spec::kByteFence, {&none, 1});
  if (fence.status != spec::Status::ok) result.status = fence.status;
  return result;
}

}  // namespace spikemesh
