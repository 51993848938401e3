// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "map/mapper_parts.hpp"
#include "map/mapper_tile_fill.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr int kRounds = 16;  // of guessing how many tiles a neuron's spikes go to

struct Bin {
  MapTileFill fill;
  std::optional<TilePlace> fixed;
};

/// One partition, with a guess of how many fan-out entries each neuron needs.
class Partitioner {
 public:
  Partitioner(const IntegerNetwork& network, const spec::Build& build, std::uint32_t min_tiles,
              const std::vector<std::vector<MapSource>>& sources,
              const std::vector<std::uint32_t>& fanouts)
      : network_(network),
        build_(build),
        min_tiles_(min_tiles),
        sources_(sources),
        fanouts_(fanouts) {}

  std::vector<MapPart> run() {
    for (std::uint32_t id = 0; id < network_.parts.size(); ++id)
      if (!network_.parts[id].tiles.empty()) fill_fixed(id);
    fill_free();
    std::vector<MapPart> parts;
    for (Bin& bin : bins_)
      if (!bin.fill.units().empty()) parts.push_back({bin.fill.units(), bin.fixed, {}});
    return parts;
  }

 private:
  [[noreturn]] void fail(std::uint32_t population, const std::string& rest,
                         const std::string& message) const {
    const std::string file = network_.source.empty() ? "" : network_.source + ": ";
    throw InputError(fmt::format("{}/populations/{}{}: {}", file, population, rest, message));
  }
  std::optional<MapMisfit> add(Bin& bin, std::uint32_t unit) {
    return bin.fill.add(unit, sources_[unit], fanouts_[unit]);
  }
  /// A neuron that even an empty tile does not take is refused by name.
  void check_alone(std::uint32_t unit) const {
    MapTileFill empty(build_);
    if (const auto misfit = empty.add(unit, sources_[unit], fanouts_[unit]))
      fail(network_.part_of[unit], "",
           fmt::format("{} {}; {}", network_.name_of(unit), misfit->text(), misfit->remedy()));
  }

  std::size_t fixed_bin(std::uint32_t population, std::size_t i) {
    const TilePlace place = network_.parts[population].tiles[i];
    if (place.x >= build_.mesh_w || place.y >= build_.mesh_h)
      fail(population, fmt::format("/tiles/{}", i),
           fmt::format("[{}, {}], but the mesh is {} x {}; name a tile in it", place.x, place.y,
                       build_.mesh_w, build_.mesh_h));
    for (std::size_t bin = 0; bin < bins_.size(); ++bin)
      if (bins_[bin].fixed == place) return bin;
    bins_.push_back({MapTileFill(build_), place});
    return bins_.size() - 1;
  }

  /// Spreads a population evenly over the tiles that it names.
  void fill_fixed(std::uint32_t population) {
    const IntegerNetwork::Part& part = network_.parts[population];
    std::vector<std::size_t> bins;
    for (std::size_t i = 0; i < part.tiles.size(); ++i) bins.push_back(fixed_bin(population, i));
    std::size_t at = 0, left = 0;
    for (std::uint32_t i = 0; i < part.size; ++i) {
      const std::uint32_t unit = part.first + i;
      if (left == 0 && i > 0) at = std::min(at + 1, bins.size() - 1);
      if (left == 0) left = (part.size - i + bins.size() - at - 1) / (bins.size() - at);
      --left;
      auto misfit = add(bins_[bins[at]], unit);
      for (std::size_t other = 0; misfit && other < bins.size(); ++other)
        if (other != at && !add(bins_[bins[other]], unit)) misfit.reset();
      if (!misfit) continue;
      check_alone(unit);
      fail(population, "/tiles",
           fmt::format("{} has no room on them: the last {}; name more tiles or {}",
                       network_.name_of(unit), misfit->text(), misfit->remedy()));
    }
  }

  void fill_free() {
    std::vector<std::uint32_t> units;
    for (const IntegerNetwork::Part& part : network_.parts)
      if (!part.input && part.tiles.empty())
        for (std::uint32_t i = 0; i < part.size; ++i) units.push_back(part.first + i);
    const std::size_t tiles = std::size_t{build_.mesh_w} * build_.mesh_h;
    std::optional<std::size_t> open;
    std::size_t room = 0;
    for (std::size_t i = 0; i < units.size(); ++i) {
      if (open && room > 0 && !add(bins_[*open], units[i])) {
        --room;
        continue;
      }
      check_alone(units[i]);
      if (bins_.size() == tiles) {
        squeeze_in(units, i);
        continue;
      }
      open = bins_.size();
      bins_.push_back({MapTileFill(build_), std::nullopt});
      const std::size_t bins_before = bins_.size() - 1;
      const std::size_t wanted = min_tiles_ > bins_before ? min_tiles_ - bins_before : 0;
      const std::size_t left = units.size() - i;
      room = wanted == 0 ? left : (left + wanted - 1) / wanted;
      add(bins_.back(), units[i]);
      --room;
    }
  }

  /// No tile is empty any more: the first with room takes the neuron.
  void squeeze_in(const std::vector<std::uint32_t>& units, std::size_t i) {
    const std::uint32_t unit = units[i];
    std::optional<MapMisfit> misfit;
    for (Bin& bin : bins_) {
      misfit = add(bin, unit);
      if (!misfit) return;
    }
    fail(network_.part_of[unit], "",
         fmt::format("{} and {} more neurons have no room on {} x {} tiles: on the last tile it "
                     "{}; {} or build a larger mesh "
                     "(MeshW, MeshH)",
                     network_.name_of(unit), units.size() - i - 1, build_.mesh_w, build_.mesh_h,
                     misfit->text(), misfit->remedy()));
  }

  const IntegerNetwork& network_;
  const spec::Build& build_;
  std::uint32_t min_tiles_;
  const std::vector<std::vector<MapSource>>& sources_;
  const std::vector<std::uint32_t>& fanouts_;
  std::vector<Bin> bins_;
};

/// Fan-out entries that each neuron needs with this partition; true if some tile has not enough.
bool count_fanouts(const IntegerNetwork& network, const spec::Build& build,
                   const std::vector<MapPart>& parts, std::vector<std::uint32_t>& fanouts) {
  const std::vector<MapHome> homes = homes_of(network, parts);
  bool over = false;
  for (const MapPart& part : parts) {
    std::uint64_t sum = 0;
    for (const std::uint32_t unit : part.units) {
      const auto needed = static_cast<std::uint32_t>(target_parts(network, unit, homes).size() +
                                                     network.recorded[unit]);
      sum += needed;
      fanouts[unit] = std::max(fanouts[unit], needed);
    }
    over = over || sum > build.fanouts;
  }
  return over;
}

void check_min_tiles(const IntegerNetwork& network, const spec::Build& build,
                     std::uint32_t min_tiles) {
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  const bool own = min_tiles <= network.min_tiles;  // else the caller's (--min-tiles)
  const std::string place =
      own ? (network.source.empty() ? "" : network.source + ": ") + "/min_tiles" : "min_tiles";
  if (min_tiles > tiles)
    throw InputError(fmt::format(
        "{}: {}, but the mesh has {} tiles; lower it or build with a larger MeshW, MeshH", place,
        min_tiles, tiles));
  std::uint64_t neurons = 0;
  for (const IntegerNetwork::Part& part : network.parts) neurons += part.input ? 0 : part.size;
  if (min_tiles > 1 && min_tiles > neurons)
    throw InputError(
        fmt::format("{}: {}, but the network has {} neurons; lower it", place, min_tiles, neurons));
}

}  // namespace

std::vector<MapHome> homes_of(const IntegerNetwork& network, const std::vector<MapPart>& parts) {
  std::vector<MapHome> homes(network.units(), {kNoPart, 0});
  for (std::uint32_t part = 0; part < parts.size(); ++part)
    for (std::uint32_t index = 0; index < parts[part].units.size(); ++index)
      homes[parts[part].units[index]] = {part, index};
  return homes;
}

std::vector<std::uint32_t> target_parts(const IntegerNetwork& network, std::uint32_t source,
                                        const std::vector<MapHome>& homes) {
  std::vector<std::pair<std::uint32_t, std::uint8_t>> axons;  // part, rule
  for (std::uint64_t i = network.row[source]; i < network.row[source + 1]; ++i) {
    const IntegerSynapse& synapse = network.synapses[i];
    const std::pair axon{homes[synapse.target].part, synapse.rule};
    if (axons.empty() || axons.back() != axon) axons.push_back(axon);
  }
  std::sort(axons.begin(), axons.end());
  axons.erase(std::unique(axons.begin(), axons.end()), axons.end());
  std::vector<std::uint32_t> parts;
  for (const auto& axon : axons) parts.push_back(axon.first);
  return parts;
}

std::vector<MapPart> partition(const IntegerNetwork& network, const spec::Build& build,
                               std::uint32_t min_tiles) {
  check_min_tiles(network, build, min_tiles);
  const std::string file = network.source.empty() ? "" : network.source + ": ";
  const auto sources = sources_of(network);
  std::vector<std::uint32_t> fanouts(network.units());
  for (std::uint32_t unit = 0; unit < network.units(); ++unit)
    fanouts[unit] = (network.row[unit] != network.row[unit + 1]) + network.recorded[unit];
  for (int round = 0; round < kRounds; ++round) {
    std::vector<MapPart> parts = Partitioner(network, build, min_tiles, sources, fanouts).run();
    if (count_fanouts(network, build, parts, fanouts)) continue;
    if (parts.size() >= min_tiles) return parts;
    throw InputError(fmt::format(
        "{}/min_tiles: {}, but with the tiles that the populations name only {} are in use; "
        "lower it or name more tiles",
        file, min_tiles, parts.size()));
  }
  throw InputError(fmt::format(
      "{}/projections: the spikes of some tile need more than its {} fan-out entries, however "
      "the neurons are spread; build with a larger Fanouts",
      file, build.fanouts));
}

}  // namespace spikemesh
