// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spikemesh/convert.hpp"

namespace spikemesh {

/// How many synapses a neuron has from one source, static or of one rule.
struct MapSource {
  std::uint32_t source = 0, count = 0;
  std::uint8_t rule = 0;  ///< as IntegerSynapse
};

/// Sources of every unit, ascending.
///
/// It has a source for each synapse, which takes a third of a list that counts them: such lists of
/// all units together would be as large as the network.
class MapSources {
 public:
  explicit MapSources(const IntegerNetwork& network);
  /// Valid until the next call.
  std::span<const MapSource> of(std::uint32_t unit) const;
  /// How many of() has.
  std::uint32_t count(std::uint32_t unit) const { return counts_[unit]; }

 private:
  void list(std::uint32_t unit) const;

  std::vector<std::uint64_t> first_;   ///< of a unit in the next two
  std::vector<std::uint32_t> source_;  ///< of each synapse, ascending for each unit
  std::vector<std::uint8_t> rule_;     ///< of each synapse; empty: all are static
  std::vector<std::uint32_t> counts_;
  mutable std::vector<MapSource> listed_;  ///< of the unit that was asked for last
};

enum class MapMemory : std::uint8_t {
  neurons,
  synapses,
  row,
  axons,
  fanouts,
  plastics,
  list,
  rules
};

/// What a memory would have to hold, and what it has.
struct MapMisfit {
  MapMemory memory = MapMemory::neurons;
  std::uint64_t needed = 0, available = 0;
  /// `needs 1025 axons, but a tile has 1024`
  std::string text() const;
  /// The build parameter that sizes the memory; nullptr: none does.
  const spec::BuildRule* parameter() const;
  /// Smallest value of that parameter with which a single neuron fits: `build with Axons=2048`, or
  /// what else can be done.
  std::string remedy() const;
};

/// How full the memories of one tile are while neurons are put on it.
class MapTileFill {
 public:
  explicit MapTileFill(const spec::Build& build) : build_(&build), rows_(build.lanes) {}

  /// Adds a neuron as the next index, or says what has no room for it.
  std::optional<MapMisfit> add(std::uint32_t unit, const MapSources& sources,
                               std::uint32_t fanouts);
  /// Nothing will be added soon: lets go of the rows, which take a quarter of the memory that the
  /// synapses of the tile take. add() makes them again where it needs them.
  void close() { rows_ = Rows(build_->lanes), closed_ = true; }
  const std::vector<std::uint32_t>& units() const { return units_; }

 private:
  /// Rows of the tile by source and rule: a hash table, as this is looked at for every synapse.
  class Rows {
   public:
    explicit Rows(std::uint32_t lanes) : lanes_(lanes) {}
    /// Synapses of each lane; empty: there is no such row.
    std::span<const std::uint32_t> find(const MapSource& source) const;
    std::span<std::uint32_t> at(const MapSource& source);
    std::size_t size() const { return size_; }

   private:
    static std::uint64_t key_of(const MapSource& source) {
      return (std::uint64_t{source.source} << 8 | source.rule) + 1;
    }
    std::size_t slot_of(std::uint64_t key) const;
    void grow();
    std::uint32_t lanes_;
    std::vector<std::uint64_t> keys_;    ///< 0: free
    std::vector<std::uint32_t> counts_;  ///< of each key: a synapse count for each lane
    std::size_t size_ = 0;
  };
  void open(const MapSources& sources);
  std::optional<MapMisfit> add_rows(std::span<const MapSource> sources, std::uint32_t lane);
  std::optional<MapMisfit> add_plastic(std::span<const MapSource> sources, std::uint32_t lane);

  const spec::Build* build_;
  std::vector<std::uint32_t> units_;
  Rows rows_;
  std::array<std::uint64_t, spec::kLanesMax> plastics_{};  ///< fan-in entries by lane
  std::set<std::uint8_t> rules_;
  std::uint64_t groups_ = 0, fanouts_ = 0;
  bool closed_ = false;
};

}  // namespace spikemesh
