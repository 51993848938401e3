// SPDX-License-Identifier: Apache-2.0
#include "map/mapper_spread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "map/mapper_grow.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr std::uint64_t kAddWork = 8;  // of adding a neuron, beside that for its sources

struct Bin {
  MapTileFill fill;
  std::optional<TilePlace> fixed;
};

class Partitioner {
 public:
  Partitioner(const IntegerNetwork& network, const spec::Build& build, std::uint32_t min_tiles,
              const MapSources& sources, const std::vector<std::uint32_t>& fanouts, MapOrder order,
              MapEffort& effort)
      : network_(network),
        build_(build),
        min_tiles_(min_tiles),
        sources_(sources),
        fanouts_(fanouts),
        order_(order),
        effort_(effort) {}

  std::vector<MapPart> run() {
    for (std::uint32_t id = 0; id < network_.parts.size(); ++id)
      if (!network_.parts[id].tiles.empty()) fill_fixed(id);
    for (Bin& bin : bins_) bin.fill.close();
    fill_free();
    std::vector<MapPart> parts;
    for (Bin& bin : bins_)
      if (!bin.fill.units().empty()) parts.push_back({bin.fill.units(), bin.fixed, {}});
    return parts;
  }

 private:
  std::string path(std::uint32_t population, const std::string& rest) const {
    const std::string file = network_.source.empty() ? "" : network_.source + ": ";
    return fmt::format("{}/populations/{}{}: ", file, population, rest);
  }
  std::optional<MapMisfit> add(Bin& bin, std::uint32_t unit) {
    effort_.spend(kAddWork + sources_.count(unit));
    return bin.fill.add(unit, sources_, fanouts_[unit]);
  }
  /// A neuron that even an empty tile does not take is refused by name.
  void check_alone(std::uint32_t unit) const {
    MapTileFill empty(build_);
    if (const auto misfit = empty.add(unit, sources_, fanouts_[unit]))
      throw MapNoRoom{fmt::format("{}{} {}", path(network_.part_of[network_.author_of(unit)], ""),
                                  network_.name_of(unit), misfit->text()),
                      *misfit, true};
  }

  std::size_t fixed_bin(std::uint32_t population, std::size_t i) {
    const TilePlace place = network_.parts[population].tiles[i];
    if (place.x >= build_.mesh_w || place.y >= build_.mesh_h)
      throw InputError(fmt::format("{}[{}, {}], but the mesh is {} x {}; name a tile in it",
                                   path(population, fmt::format("/tiles/{}", i)), place.x, place.y,
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
      throw MapNoRoom{
          fmt::format("{}{} has no room on them: the last {}", path(population, "/tiles"),
                      network_.name_of(unit), misfit->text()),
          *misfit, false, true};
    }
  }

  /// Neurons that may go anywhere, in the order in which they are put on tiles.
  class Queue {
   public:
    Queue(const IntegerNetwork& network, const MapSources& sources, MapOrder order)
        : network_(network) {
      for (const IntegerNetwork::Part& part : network.parts)
        if (!part.input && part.tiles.empty())
          for (std::uint32_t i = 0; i < part.size; ++i) units_.push_back(part.first + i);
      if (order == MapOrder::by_sources) grower_.emplace(network, sources, units_);
    }
    std::size_t left() const { return units_.size() - taken_; }
    /// None if the open tile takes no more of the populations that are left.
    std::optional<std::uint32_t> next() { return grower_ ? grower_->best() : units_[taken_]; }
    /// Another neuron in place of one that the open tile does not take: of another population.
    std::optional<std::uint32_t> instead_of(std::uint32_t unit) {
      if (!grower_) return std::nullopt;
      grower_->close(network_.part_of[unit]);
      return grower_->best();
    }
    /// Returns what it cost.
    std::uint64_t take(std::uint32_t unit) {
      ++taken_;
      if (!grower_) return 1;
      const std::uint64_t before = grower_->work();
      grower_->take(unit);
      return grower_->work() - before;
    }
    void begin_tile() {
      if (grower_) grower_->begin_tile();
    }

   private:
    const IntegerNetwork& network_;
    std::vector<std::uint32_t> units_;
    std::size_t taken_ = 0;
    std::optional<NeuronGrower> grower_;
  };

  /// Puts the next neuron that fits onto the tile; none if no neuron does.
  std::optional<std::uint32_t> add_next(Queue& queue, Bin& bin) {
    for (std::optional<std::uint32_t> unit = queue.next(); unit; unit = queue.instead_of(*unit))
      if (!add(bin, *unit)) return unit;
    return std::nullopt;
  }

  void fill_free() {
    Queue queue(network_, sources_, order_);
    const std::size_t tiles = std::size_t{build_.mesh_w} * build_.mesh_h;
    std::optional<std::size_t> open;
    std::size_t room = 0;
    while (queue.left() > 0) {
      std::optional<std::uint32_t> unit;
      if (open && room > 0) unit = add_next(queue, bins_[*open]);
      if (!unit) {
        queue.begin_tile();
        unit = queue.next();
        check_alone(*unit);
        if (open) bins_[*open].fill.close();
        if (bins_.size() == tiles) return squeeze_in(queue);
        open = bins_.size();
        const std::size_t wanted = min_tiles_ > bins_.size() ? min_tiles_ - bins_.size() : 0;
        room = wanted == 0 ? queue.left() : (queue.left() + wanted - 1) / wanted;
        bins_.push_back({MapTileFill(build_), std::nullopt});
        add(bins_.back(), *unit);
      }
      --room;
      take(queue, *unit);
    }
  }

  void take(Queue& queue, std::uint32_t unit) {
    effort_.left(queue.left());
    effort_.spend(queue.take(unit));
  }

  /// No tile is empty any more: the first with room takes the neuron.
  void squeeze_in(Queue& queue) {
    while (queue.left() > 0) {
      const std::uint32_t unit = queue.next().value();
      check_alone(unit);
      std::optional<MapMisfit> misfit;
      for (Bin& bin : bins_) {
        misfit = add(bin, unit);
        if (!misfit) break;
      }
      if (misfit)
        throw MapNoRoom{
            fmt::format("{}{} and {} more neurons have no room on {} x {} tiles: on the "
                        "last tile it {}",
                        path(network_.part_of[network_.author_of(unit)], ""),
                        network_.name_of(unit), queue.left() - 1, build_.mesh_w, build_.mesh_h,
                        misfit->text()),
            *misfit};
      take(queue, unit);
    }
  }

  const IntegerNetwork& network_;
  const spec::Build& build_;
  std::uint32_t min_tiles_;
  const MapSources& sources_;
  const std::vector<std::uint32_t>& fanouts_;
  MapOrder order_;
  MapEffort& effort_;
  std::vector<Bin> bins_;
};

}  // namespace

std::vector<MapPart> spread_neurons(const IntegerNetwork& network, const spec::Build& build,
                                    std::uint32_t min_tiles, const MapSources& sources,
                                    const std::vector<std::uint32_t>& fanouts, MapOrder order,
                                    MapEffort& effort) {
  return Partitioner(network, build, min_tiles, sources, fanouts, order, effort).run();
}

}  // namespace spikemesh
