// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
std::vector<std::vector<MapSource>> sources_of(const IntegerNetwork& network);

enum class MapMemory : std::uint8_t { neurons, synapses, axons, fanouts, plastics, rules };

/// What a memory would have to hold, and what it has.
struct MapMisfit {
  MapMemory memory = MapMemory::neurons;
  std::uint64_t needed = 0, available = 0;
  /// `it needs 1025 axons, but a tile has 1024`
  std::string text() const;
  /// `build with Axons=2048`, or that no build has so many.
  std::string remedy() const;
};

/// How full the memories of one tile are while neurons are put on it.
class MapTileFill {
 public:
  explicit MapTileFill(const spec::Build& build) : build_(&build) {}

  /// Adds a neuron as the next index, or says what has no room for it.
  std::optional<MapMisfit> add(std::uint32_t unit, const std::vector<MapSource>& sources,
                               std::uint32_t fanouts);
  const std::vector<std::uint32_t>& units() const { return units_; }

 private:
  const spec::Build* build_;
  std::vector<std::uint32_t> units_;
  std::optional<MapMisfit> add_plastic(const std::vector<MapSource>& sources, std::uint32_t lane);
  std::map<std::pair<std::uint32_t, std::uint8_t>, std::array<std::uint32_t, spec::kLanesMax>>
      rows_;  ///< synapses by lane, of a source and rule
  std::array<std::uint64_t, spec::kLanesMax> plastics_{};  ///< fan-in entries by lane
  std::set<std::uint8_t> rules_;
  std::uint64_t groups_ = 0, fanouts_ = 0;
};

}  // namespace spikemesh
