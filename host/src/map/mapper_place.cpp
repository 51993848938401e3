// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "map/mapper_parts.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kWork = 20'000'000;  // edges looked at while placements are improved
constexpr std::uint32_t kNowhere = 0xffffffff;
constexpr std::size_t kUnmerged = 64;  // edges between two parts that a list may have on its own

class Placer {
 public:
  Placer(const PartTraffic& traffic, const spec::Build& build, std::vector<MapPart>& parts)
      : width_(build.mesh_w),
        tiles_(build.mesh_w * build.mesh_h),
        parts_(parts),
        edges_(traffic.edges),
        host_(traffic.host),
        tile_of_(parts.size(), kNowhere),
        part_on_(tiles_, kNowhere) {}

  void run(std::uint64_t seed) {
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      if (parts_[part].fixed) put(part, parts_[part].fixed->x + parts_[part].fixed->y * width_);
    place_greedily();
    improve(seed);
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      parts_[part].place = {tile_of_[part] % width_, tile_of_[part] / width_};
  }

  /// Flit-hops of the parts where they are.
  std::uint64_t flit_hops() {
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      tile_of_[part] = parts_[part].place.x + parts_[part].place.y * width_;
    return total();
  }

 private:
  std::uint64_t hops(std::uint32_t a, std::uint32_t b) const {
    const auto apart = [](std::uint32_t p, std::uint32_t q) { return p > q ? p - q : q - p; };
    return apart(a % width_, b % width_) + apart(a / width_, b / width_);
  }
  /// The host hangs on the west port of tile (0, 0): one link more.
  std::uint64_t host_cost(std::uint32_t part, std::uint32_t tile) const {
    return host_[part] * (hops(0, tile) + 1);
  }

  /// Flit-hops of a part on a tile, to those that have one; `moved` is thought on tile `moved_to`.
  std::uint64_t cost(std::uint32_t part, std::uint32_t tile, std::uint32_t moved = kNowhere,
                     std::uint32_t moved_to = kNowhere) const {
    std::uint64_t sum = host_cost(part, tile);
    for (const auto& [other, flits] : edges_[part]) {
      const std::uint32_t there = other == moved ? moved_to : tile_of_[other];
      if (there != kNowhere) sum += flits * hops(tile, there);
    }
    return sum;
  }

  void put(std::uint32_t part, std::uint32_t tile) {
    tile_of_[part] = tile;
    part_on_[tile] = part;
  }

  /// Next the part that talks most with the host and those that have a tile; on the cheapest free
  /// tile.
  void place_greedily() {
    std::vector<std::uint64_t> pull = host_;
    const auto placed = [&](std::uint32_t part) {
      for (const auto& [other, flits] : edges_[part]) pull[other] += flits;
    };
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      if (tile_of_[part] != kNowhere) placed(part);
    for (std::size_t round = 0; round < parts_.size(); ++round) {
      std::uint32_t next = kNowhere;
      for (std::uint32_t part = 0; part < parts_.size(); ++part)
        if (tile_of_[part] == kNowhere && (next == kNowhere || pull[part] > pull[next]))
          next = part;
      if (next == kNowhere) return;
      put(next, cheapest_tile(next));
      placed(next);
    }
  }

  std::uint32_t cheapest_tile(std::uint32_t part) const {
    std::uint32_t best = kNowhere;
    std::uint64_t least = 0;
    for (std::uint32_t tile = 0; tile < tiles_; ++tile) {
      if (part_on_[tile] != kNowhere) continue;
      const std::uint64_t here = cost(part, tile);
      if (best == kNowhere || here < least) best = tile, least = here;
    }
    return best;
  }

  std::uint64_t total() const {
    std::uint64_t sum = 0;
    for (std::uint32_t part = 0; part < parts_.size(); ++part) {
      sum += host_cost(part, tile_of_[part]);
      for (const auto& [other, flits] : edges_[part])
        if (other > part) sum += flits * hops(tile_of_[part], tile_of_[other]);
    }
    return sum;
  }

  /// Random exchanges of two tiles (one may be empty), kept unless flit-hops rise by more than a
  /// threshold that falls to zero (integers only: the same on every machine). The best placement
  /// met stays.
  void improve(std::uint64_t seed) {
    if (tiles_ < 2 || parts_.empty()) return;
    std::mt19937_64 random(seed);
    std::uint64_t now = total(), best = now;
    const std::uint64_t slack = now / (2 * parts_.size()) + 1;
    std::vector<std::uint32_t> best_tiles = tile_of_;
    for (std::uint64_t work = 0; work < kWork;) {
      const auto part = static_cast<std::uint32_t>(random() % parts_.size());
      const auto there = static_cast<std::uint32_t>(random() % tiles_);
      const std::uint32_t here = tile_of_[part], other = part_on_[there];
      work += kWork / (4000 * (parts_.size() + 1)) + 1 + edges_[part].size() +
              (other == kNowhere ? 0 : edges_[other].size());
      if (here == there || parts_[part].fixed || (other != kNowhere && parts_[other].fixed))
        continue;
      std::uint64_t before = cost(part, here), after = cost(part, there, other, here);
      if (other != kNowhere) {
        before += cost(other, there);
        after += cost(other, here, part, there);
      }
      if (after > before + slack * (kWork - std::min(work, kWork)) / kWork) continue;
      part_on_[here] = kNowhere;
      if (other != kNowhere) put(other, here);
      put(part, there);
      now = now + after - before;
      if (now < best) best = now, best_tiles = tile_of_;
    }
    tile_of_ = best_tiles;
  }

  std::uint32_t width_, tiles_;
  std::vector<MapPart>& parts_;
  const std::vector<PartTraffic::Edges>& edges_;
  const std::vector<std::uint64_t>& host_;
  std::vector<std::uint32_t> tile_of_;
  std::vector<std::uint32_t> part_on_;
};

/// Tiles that no part of the network's own is fixed on, row by row.
std::vector<TilePlace> free_tiles(const spec::Build& build, const std::vector<MapPart>& parts) {
  std::vector<TilePlace> tiles;
  for (std::uint32_t y = 0; y < build.mesh_h; ++y)
    for (std::uint32_t x = 0; x < build.mesh_w; ++x)
      if (std::none_of(parts.begin(), parts.end(), [&](const MapPart& part) {
            return part.fixed && part.fixed->x == x && part.fixed->y == y;
          }))
        tiles.push_back({x, y});
  return tiles;
}

/// Parts that are not fixed take the tiles in turn.
void place_in_turn(const std::vector<TilePlace>& tiles, std::vector<MapPart>& parts) {
  auto next = tiles.begin();
  for (MapPart& part : parts) part.place = part.fixed ? *part.fixed : *next++;
}

void place_randomly(const spec::Build& build, std::uint64_t seed, std::vector<MapPart>& parts) {
  std::vector<TilePlace> tiles = free_tiles(build, parts);
  std::mt19937_64 random(seed);
  for (std::size_t i = tiles.size(); i > 1; --i) std::swap(tiles[i - 1], tiles[random() % i]);
  place_in_turn(tiles, parts);
}

/// Each part gets the tile of its number.
void place_as_given(const spec::Build& build, const std::vector<TilePlace>& tiles,
                    std::vector<MapPart>& parts) {
  if (tiles.size() < parts.size())
    throw InputError(
        fmt::format("placement: {} tiles, but the network takes {} here; give one for "
                    "each",
                    tiles.size(), parts.size()));
  std::set<std::pair<std::uint32_t, std::uint32_t>> taken;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const TilePlace& tile = tiles[i];
    if (tile.x >= build.mesh_w || tile.y >= build.mesh_h)
      throw InputError(
          fmt::format("placement: tile ({}, {}), but the mesh has {} x {}; choose one "
                      "of these",
                      tile.x, tile.y, build.mesh_w, build.mesh_h));
    if (!taken.emplace(tile.x, tile.y).second)
      throw InputError(fmt::format("placement: tile ({}, {}) stands there twice; choose another",
                                   tile.x, tile.y));
    if (parts[i].fixed && (parts[i].fixed->x != tile.x || parts[i].fixed->y != tile.y))
      throw InputError(
          fmt::format("placement: tile ({}, {}) for neurons that the network puts on "
                      "({}, {}); give that one",
                      tile.x, tile.y, parts[i].fixed->x, parts[i].fixed->y));
    parts[i].place = tile;
  }
}

void merge(PartTraffic::Edges& list) {
  std::sort(list.begin(), list.end());
  std::size_t kept = 0;
  for (std::size_t i = 0; i < list.size(); ++i)
    if (kept > 0 && list[kept - 1].first == list[i].first)
      list[kept - 1].second += list[i].second;
    else
      list[kept++] = list[i];
  list.resize(kept);
}

/// Spikes of a neuron or input, which are those of its relays as well.
std::uint64_t spikes_of(const IntegerNetwork& network, std::uint32_t unit, const Traffic* traffic) {
  if (traffic == nullptr) return 1;
  unit = network.author_of(unit);
  const auto found = traffic->find(network.parts[network.part_of[unit]].name);
  if (found == traffic->end()) return 1;
  const std::uint32_t index = network.index_of(unit);
  return index < found->second.size() ? found->second[index] : 0;
}

}  // namespace

PartTraffic part_traffic(const IntegerNetwork& network, const std::vector<MapPart>& parts,
                         const Traffic* traffic) {
  PartTraffic made{std::vector<PartTraffic::Edges>(parts.size()),
                   std::vector<std::uint64_t>(parts.size())};
  const std::vector<MapHome> homes = homes_of(network, parts);
  std::vector<std::size_t> merged(parts.size());  // how long each list was then
  const auto add = [&](std::uint32_t from, std::uint32_t to, std::uint64_t flits) {
    PartTraffic::Edges& list = made.edges[from];
    list.emplace_back(to, flits);
    if (list.size() < 2 * merged[from] + kUnmerged) return;
    merge(list);
    merged[from] = list.size();
  };
  for (std::uint32_t unit = 0; unit < network.units(); ++unit) {
    const std::uint32_t from = homes[unit].part;
    const std::uint64_t spikes = spikes_of(network, unit, traffic);
    if (spikes == 0) continue;
    if (network.recorded[unit]) made.host[from] += spikes;
    for (const std::uint32_t to : target_parts(network, unit, homes)) {
      if (from == kNoPart) {
        made.host[to] += spikes;
      } else if (from != to) {
        add(from, to, spikes);
        add(to, from, spikes);
      }
    }
  }
  for (auto& list : made.edges) merge(list);
  return made;
}

std::uint64_t place_parts(const PartTraffic& traffic, const spec::Build& build,
                          const MapOptions& options, std::vector<MapPart>& parts) {
  switch (options.placement) {
    case Placement::annealed:
      Placer(traffic, build, parts).run(options.seed);
      break;
    case Placement::row_major:
      place_in_turn(free_tiles(build, parts), parts);
      break;
    case Placement::random:
      place_randomly(build, options.seed, parts);
      break;
    case Placement::spectral:
      place_spectrally(traffic, build, parts);
      break;
    case Placement::given:
      place_as_given(build, options.tiles, parts);
      break;
  }
  return Placer(traffic, build, parts).flit_hops();
}

std::uint64_t place_parts(const IntegerNetwork& network, const spec::Build& build,
                          const MapOptions& options, std::vector<MapPart>& parts) {
  const PartTraffic once = part_traffic(network, parts, nullptr);
  if (!options.traffic) return place_parts(once, build, options, parts);
  place_parts(part_traffic(network, parts, options.traffic.get()), build, options, parts);
  return Placer(once, build, parts).flit_hops();
}

}  // namespace spikemesh
