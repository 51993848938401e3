// SPDX-License-Identifier: Apache-2.0
#include "model/noc/foreign_tiles.hpp"

#include <algorithm>
#include <stdexcept>

namespace spikemesh::model {

ForeignTiles::ForeignTiles(const spec::Build& build, EventSink* sink, const ForeignPlaces& places)
    : sink_(sink), index_(std::size_t{build.mesh_w} * build.mesh_h, -1) {
  for (const ForeignPlace& place : places) {
    if (place.x >= build.mesh_w || place.y >= build.mesh_h) {
      throw std::invalid_argument("mesh: a foreign tile stands outside of it");
    }
    const std::uint32_t number = place.y * build.mesh_w + place.x;
    if (index_[number] >= 0) throw std::invalid_argument("mesh: two foreign tiles in one place");
    index_[number] = static_cast<std::int32_t>(tiles_.size());
    tiles_.push_back({number, place.make()});
  }
}

void ForeignTiles::reset(std::uint64_t cycle) {
  for (Tile& tile : tiles_) {
    tile.it->reset(cycle);
    tile.arrivals = tile.offers = {};
    tile.told = kAllReady;
  }
  next_ = cycle + 1;
  busy_ = was_busy_ = false;
}

void ForeignTiles::skip_rest(std::uint64_t cycle) {
  next_ = tiles_.empty() ? cycle : std::max(next_, cycle - std::min(cycle, kIdleClocks));
}

void ForeignTiles::clock_all(std::uint64_t cycle, const Broadcast* broadcast) {
  busy_ = was_busy_ = false;
  for (Tile& tile : tiles_) {
    was_busy_ |= tile.it->clock(cycle, tile.arrivals, broadcast, sink_);
    busy_ |= tile.it->busy();
    tile.arrivals = {};
  }
  next_ = cycle + 1;
}

}  // namespace spikemesh::model
