// SPDX-License-Identifier: Apache-2.0
#include "model/host/tile_port.hpp"

#include <utility>

#include "model/core/tile_memory.hpp"

namespace spikemesh::model {

using spec::Status;

Status TilePort::check(const BusRequest& request, bool running) const {
  const auto tile = spec::Tile::unpack(request.tile);
  if (tile.reserved != 0 || tile.x >= build_.mesh_w || tile.y >= build_.mesh_h) {
    return Status::bad_address;
  }
  const Status status = request.write ? check_write(build_, request.address, request.data)
                                      : check_read(build_, request.address);
  const bool word_exists = status != Status::bad_address && status != Status::read_only;
  return word_exists && running ? Status::running : status;
}

void TilePort::begin(std::uint64_t cycle, const BusRequest& request) {
  const auto tile = spec::Tile::unpack(request.tile);
  const auto kind = request.write ? spec::FlitKind::write : spec::FlitKind::read;
  flit_ = Flit{};
  flit_.data = request.write ? request.data : 0;
  flit_.addr = request.address & ((1u << spec::kTileAddrBits) - 1);
  flit_.x = tile.x & 63u;
  flit_.y = tile.y & 63u;
  flit_.kind = static_cast<std::uint8_t>(kind) & 3u;
  state_ = State::offer;
  deadline_ = cycle + 1 + spec::kMeshTimeout;
}

std::optional<BusAnswer> TilePort::commit(std::uint64_t cycle, bool accepted, const Flit* reply) {
  const bool write = flit_.flit_kind() == spec::FlitKind::write;
  if (state_ == State::offer && accepted) {
    state_ = write ? State::idle : State::wait;
    return write ? std::optional(BusAnswer{Status::ok, flit_.data}) : std::nullopt;
  }
  if (replied_) {
    state_ = State::idle;
    return BusAnswer{Status::ok, *std::exchange(replied_, std::nullopt)};
  }
  if (state_ != State::idle && cycle >= deadline_) {
    state_ = State::idle;
    return BusAnswer{Status::timeout, write ? flit_.data : 0};
  }
  if (state_ == State::wait && reply != nullptr && reply->x == flit_.x && reply->y == flit_.y &&
      reply->addr == flit_.addr) {
    replied_ = reply->data;
  }
  return std::nullopt;
}

}  // namespace spikemesh::model
