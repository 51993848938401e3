// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "map/mapper_effort.hpp"
#include "map/mapper_parts.hpp"
#include "map/mapper_spread.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr int kRounds = 16;  // of guessing how many tiles a neuron's spikes go to
// Where neurons share so much that an order by sources costs more than this, none is worth it.
constexpr std::uint64_t kOrderWork = 1'000'000'000;
// Of looking for a larger memory, and for a larger mesh, on which a refused network fits: below a
// second each.
constexpr std::uint64_t kRemedyWork = 40'000'000;

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

std::uint64_t neurons_of(const IntegerNetwork& network) {
  std::uint64_t neurons = 0;
  for (const IntegerNetwork::Part& part : network.parts) neurons += part.input ? 0 : part.size;
  return neurons;
}

void check_min_tiles(const IntegerNetwork& network, const spec::Build& build,
                     std::uint32_t min_tiles) {
  const std::uint32_t tiles = build.mesh_w * build.mesh_h;
  const bool own = min_tiles <= network.min_tiles;  // else the caller's (--min-tiles)
  const std::string place =
      own ? (network.source.empty() ? "" : network.source + ": ") + "/min_tiles" : "min_tiles";
  if (min_tiles > tiles) {
    const auto wanted = mesh_for(build, min_tiles);
    throw InputError(fmt::format(
        "{}: {}, but the mesh has {} tiles; lower it{}", place, min_tiles, tiles,
        wanted ? fmt::format(" or build with MeshW={}, MeshH={}", wanted->mesh_w, wanted->mesh_h)
               : ""));
  }
  const std::uint64_t neurons = neurons_of(network);
  if (min_tiles > 1 && min_tiles > neurons)
    throw InputError(
        fmt::format("{}: {}, but the network has {} neurons; lower it", place, min_tiles, neurons));
}

/// Partitions of one network on chips of several builds.
class Partitions {
 public:
  Partitions(const IntegerNetwork& network, std::uint32_t min_tiles, MapEffort& effort)
      : network_(network), min_tiles_(min_tiles), effort_(effort), sources_(network) {}

  /// Throws MapNoRoom, and Exhausted.
  std::vector<MapPart> on(const spec::Build& build, MapOrder order) const {
    std::vector<std::uint32_t> fanouts(network_.units());
    for (std::uint32_t unit = 0; unit < network_.units(); ++unit)
      fanouts[unit] = (network_.row[unit] != network_.row[unit + 1]) + network_.recorded[unit];
    for (int round = 0; round < kRounds; ++round) {
      std::vector<MapPart> parts =
          spread_neurons(network_, build, min_tiles_, sources_, fanouts, order, effort_);
      effort_.spend(network_.synapses.size());
      if (!count_fanouts(network_, build, parts, fanouts)) return parts;
    }
    const std::string file = network_.source.empty() ? "" : network_.source + ": ";
    throw MapNoRoom{fmt::format("{}/projections: the spikes of some tile need more than its {} "
                                "fan-out entries, however the neurons are spread",
                                file, build.fanouts),
                    {MapMemory::fanouts, build.fanouts + 1, build.fanouts}};
  }

  /// As numbered, or by sources where that takes fewer tiles.
  /// bound: of the work for the second.
  std::vector<MapPart> best(const spec::Build& build,
                            std::optional<std::uint64_t> bound = std::nullopt) const {
    std::optional<MapNoRoom> no_room;
    std::vector<MapPart> numbered;
    try {
      numbered = on(build, MapOrder::as_numbered);
      if (numbered.size() <= std::max<std::size_t>(min_tiles_, least(build) * 21 / 20 + 1))
        return numbered;
    } catch (const MapNoRoom& caught) {
      if (caught.alone && caught.misfit.memory != MapMemory::fanouts) throw;
      if (least(build) > std::size_t{build.mesh_w} * build.mesh_h) throw;  // in whatever order
      no_room = caught;
    }
    try {
      if (bound) effort_.allow(*bound);
      std::vector<MapPart> grown = on(build, MapOrder::by_sources);
      if (no_room || grown.size() < numbered.size()) return grown;
    } catch (const MapNoRoom&) {
    } catch (const MapEffort::Exhausted&) {
    }
    if (no_room) throw MapNoRoom(*no_room);
    return numbered;
  }

  /// What would help, each tried as long as that costs little: a larger memory, several of them, a
  /// larger mesh.
  std::string remedy(const spec::Build& build, const MapNoRoom& no_room) const {
    std::vector<std::string> ways;
    bool all_tried = true;
    if (no_room.fixed) ways.push_back("name more tiles");
    if (no_room.misfit.parameter() == nullptr)
      ways.push_back(no_room.misfit.remedy());
    else if (const std::string larger =
                 tried(all_tried, [&] { return larger_memories(build, no_room); });
             !larger.empty())
      ways.push_back(larger);
    if (!no_room.fixed && !no_room.alone)
      if (const auto wider = tried(all_tried, [&] { return larger_mesh(build); }))
        ways.push_back(fmt::format("build with MeshW={}, MeshH={}", wider->mesh_w, wider->mesh_h));
    if (ways.empty())
      ways.push_back(no_room.alone ? no_room.misfit.remedy()
                     : all_tried
                         ? "no larger memory of that kind and no mesh up to 64 x 64 would do: make "
                           "the network smaller, or give it fewer connections"
                         : fmt::format("make the network smaller, or give it fewer connections: it "
                                       "needs at least {} tiles, and what a larger chip would have "
                                       "to have is not searched for in a network of {} synapses",
                                       least(build), network_.synapses.size()));
    return fmt::format("{}", fmt::join(ways, " or "));
  }

 private:
  /// What `look` finds; nothing, and all_tried is false, where that costs too much.
  template <typename Look>
  auto tried(bool& all_tried, Look&& look) const -> decltype(look()) {
    try {
      effort_.allow(kRemedyWork);
      return look();
    } catch (const MapEffort::Exhausted&) {
      all_tried = false;
      return {};
    }
  }

  /// No partition has fewer tiles than this.
  std::size_t least(const spec::Build& build) const {
    const auto tiles = [](std::uint64_t count, std::uint32_t room) {
      return (count + room - 1) / room;
    };
    return std::max(tiles(neurons_of(network_), build.neurons),
                    tiles(network_.synapses.size(), build.synapses));
  }

  /// What does not fit; none if the network does.
  std::optional<MapNoRoom> misfit(const spec::Build& build) const {
    std::optional<MapNoRoom> no_room;
    for (const MapOrder order : {MapOrder::as_numbered, MapOrder::by_sources}) try {
        on(build, order);
        return std::nullopt;
      } catch (const MapNoRoom& caught) {
        if (!no_room) no_room = caught;
        if (caught.alone && caught.misfit.memory != MapMemory::fanouts) break;
      }
    return no_room;
  }

  /// `build with Axons=2048`: the memory that is too small, doubled until the network fits, and
  /// where that is not enough, those that are too small then; empty if none do.
  std::string larger_memories(const spec::Build& build, const MapNoRoom& no_room) const {
    const spec::BuildRule* const first = no_room.misfit.parameter();
    for (const bool one_memory : {true, false}) {
      spec::Build larger = build;
      std::optional<MapNoRoom> left = no_room;
      while (left) {
        const spec::BuildRule* rule = one_memory ? first : left->misfit.parameter();
        if (rule == nullptr || 2 * (larger.*rule->member) > rule->max) break;
        larger.*rule->member *= 2;
        left = misfit(larger);
      }
      if (!left) return "build with " + difference(build, larger);
    }
    return "";
  }

  /// `Axons=2048, Synapses=16384`
  static std::string difference(const spec::Build& build, const spec::Build& larger) {
    std::vector<std::string> changes;
    for (const spec::BuildRule& rule : spec::kBuildRules)
      if (build.*rule.member != larger.*rule.member)
        changes.push_back(fmt::format("{}={}", rule.name, larger.*rule.member));
    return fmt::format("{}", fmt::join(changes, ", "));
  }

  /// The smallest mesh that we find to be enough.
  std::optional<spec::Build> larger_mesh(const spec::Build& build) const {
    spec::Build largest = build;
    largest.mesh_w = largest.mesh_h = 64;
    try {
      const auto wanted = mesh_for(build, best(largest).size());
      effort_.allow(kRemedyWork);
      if (wanted && (wanted->mesh_w > build.mesh_w || wanted->mesh_h > build.mesh_h) &&
          !misfit(*wanted))
        return wanted;
    } catch (const MapNoRoom&) {
    }
    return std::nullopt;
  }

  const IntegerNetwork& network_;
  std::uint32_t min_tiles_;
  MapEffort& effort_;
  MapSources sources_;
};

}  // namespace

std::vector<MapPart> partition(const IntegerNetwork& network, const spec::Build& build,
                               std::uint32_t min_tiles, const MapProgress& progress) {
  check_min_tiles(network, build, min_tiles);
  MapEffort effort(progress, neurons_of(network));
  effort.show();
  const Partitions partitions(network, min_tiles, effort);
  try {
    std::vector<MapPart> parts = partitions.best(build, kOrderWork);
    if (parts.size() >= min_tiles) return parts;
    throw InputError(fmt::format(
        "{}/min_tiles: {}, but with the tiles that the populations name only {} are in use; "
        "lower it or name more tiles",
        network.source.empty() ? "" : network.source + ": ", min_tiles, parts.size()));
  } catch (const MapNoRoom& no_room) {
    throw InputError(no_room.message + "; " + partitions.remedy(build, no_room));
  }
}

}  // namespace spikemesh
