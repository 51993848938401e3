// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <random>
#include <utility>

#include "map/mapper_parts.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kWork = 20'000'000;  // edges looked at while placements are improved
constexpr std::uint32_t kNowhere = 0xffffffff;

class Placer {
 public:
  Placer(const IntegerNetwork& network, const spec::Build& build, std::vector<MapPart>& parts)
      : width_(build.mesh_w),
        tiles_(build.mesh_w * build.mesh_h),
        parts_(parts),
        edges_(parts.size()),
        host_(parts.size()),
        tile_of_(parts.size(), kNowhere),
        part_on_(tiles_, kNowhere) {
    count_traffic(network);
  }

  std::uint64_t run(std::uint64_t seed) {
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      if (parts_[part].fixed) put(part, parts_[part].fixed->x + parts_[part].fixed->y * width_);
    place_greedily();
    improve(seed);
    for (std::uint32_t part = 0; part < parts_.size(); ++part)
      parts_[part].place = {tile_of_[part] % width_, tile_of_[part] / width_};
    return total();
  }

 private:
  void count_traffic(const IntegerNetwork& network) {
    const std::vector<MapHome> homes = homes_of(network, parts_);
    for (std::uint32_t unit = 0; unit < network.units(); ++unit) {
      const std::uint32_t from = homes[unit].part;
      if (network.recorded[unit]) ++host_[from];
      for (const std::uint32_t to : target_parts(network, unit, homes)) {
        if (from == kNoPart) {
          ++host_[to];
        } else if (from != to) {
          edges_[from].emplace_back(to, 1);
          edges_[to].emplace_back(from, 1);
        }
      }
      if (from != kNoPart && edges_[from].size() > 4 * parts_.size()) merge(edges_[from]);
    }
    for (auto& list : edges_) merge(list);
  }

  using Edges = std::vector<std::pair<std::uint32_t, std::uint64_t>>;
  static void merge(Edges& list) {
    std::sort(list.begin(), list.end());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < list.size(); ++i)
      if (kept > 0 && list[kept - 1].first == list[i].first)
        list[kept - 1].second += list[i].second;
      else
        list[kept++] = list[i];
    list.resize(kept);
  }

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
  std::vector<Edges> edges_;         ///< both directions together
  std::vector<std::uint64_t> host_;  ///< flits from and to the host
  std::vector<std::uint32_t> tile_of_;
  std::vector<std::uint32_t> part_on_;
};

}  // namespace

std::uint64_t place_parts(const IntegerNetwork& network, const spec::Build& build,
                          std::uint64_t seed, std::vector<MapPart>& parts) {
  return Placer(network, build, parts).run(seed);
}

}  // namespace spikemesh
