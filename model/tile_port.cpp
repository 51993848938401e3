// SPDX-License-Identifier: Apache-2.0
#include "model/tile_port.hpp"

namespace spikemesh::model {

using spec::Status;

namespace {
std::uint32_t words_of(const spec::Build& build, std::uint32_t region) {
  switch (static_cast<spec::Region>(region)) {
    case spec::Region::synapse:
      return build.synapses;
    case spec::Region::axon:
      return build.axons;
    case spec::Region::fanout:
      return build.fanouts;
    case spec::Region::neuron:
      return 8 * build.neurons;
    case spec::Region::state:
      return 4 * build.neurons;
    case spec::Region::accumulator:
      return (build.delay_max + 1) * build.neurons;
    case spec::Region::counter:
      return 7;
  }
  return 0;
}
}  // namespace

bool TilePort::known_word(const BusRequest& request) const {
  const auto tile = spec::Tile::unpack(request.tile);
  const auto word = spec::TileAddr::unpack(request.address);
  return tile.reserved == 0 && tile.x < build_.mesh_w && tile.y < build_.mesh_h &&
         request.address >> spec::kTileAddrBits == 0 && word.index < words_of(build_, word.region);
}

bool TilePort::bad_value(const BusRequest& request) const {
  const auto word = spec::TileAddr::unpack(request.address);
  const auto region = static_cast<spec::Region>(word.region);
  if (region == spec::Region::fanout) {
    const auto entry = spec::Fanout::unpack(request.data);
    const bool inside =
        entry.x < build_.mesh_w && entry.y < build_.mesh_h && entry.axon < build_.axons;
    return entry.mode != 0 || (entry.host == 0 && !inside);
  }
  const std::uint32_t field = word.index & 7;
  const bool decay = field == 3 || field == 4 || field == 6;
  return region == spec::Region::neuron && decay && request.data > 1u << build_.decay_bits;
}

Status TilePort::check(const BusRequest& request, bool running) const {
  if (!known_word(request)) {
    return Status::bad_address;
  }
  const auto region = static_cast<spec::Region>(spec::TileAddr::unpack(request.address).region);
  if (request.write && region == spec::Region::counter) {
    return Status::read_only;
  }
  if (running) {
    return Status::running;
  }
  return request.write && bad_value(request) ? Status::bad_value : Status::ok;
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
  if (state_ == State::wait && reply != nullptr && reply->x == flit_.x && reply->y == flit_.y &&
      reply->addr == flit_.addr) {
    state_ = State::idle;
    return BusAnswer{Status::ok, reply->data};
  }
  if (state_ != State::idle && cycle >= deadline_) {
    state_ = State::idle;
    return BusAnswer{Status::timeout, write ? flit_.data : 0};
  }
  return std::nullopt;
}

}  // namespace spikemesh::model
