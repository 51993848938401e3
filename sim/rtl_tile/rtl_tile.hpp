// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/verification/verify.md

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/noc/foreign_tile.hpp"
#include "sim/lockstep/mismatch.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// How strict a mesh with RTL tiles is looked at.
enum class Compare : std::uint8_t {
  cycles,  ///< as the model's tile in every cycle
  order,   ///< in any cycle, but nothing lost, doubled, changed, misrouted or reordered in a flow
  spikes,  ///< only what comes out of the chip
};
/// For the command line.
inline const std::map<std::string, Compare> kCompares{
    {"cycles", Compare::cycles}, {"order", Compare::order}, {"spikes", Compare::spikes}};

/// A user's RTL in place of the model's tile (x, y).
struct RtlTile {
  std::uint32_t x = 0, y = 0;
  std::string file;  ///< SystemVerilog that holds sm_tile or modules inside it (source_list.hpp)
};

/// Flits that crossed an RTL tile.
struct TileFlits {
  std::uint64_t left = 0;     ///< by a link
  std::uint64_t to_core = 0;  ///< offered to its core, where that is seen
  std::uint64_t spikes = 0;   ///< of both
  bool core_seen = false;

  std::uint64_t all() const { return left + to_core; }
};

/// "X,Y=FILE.sv". Throws InputError, naming `option`, if it is not.
RtlTile parse_rtl_tile(const std::string& text, const std::string& option);
/// The same as text.
std::string to_string(const RtlTile& tile);

struct RtlTiles {
  std::vector<RtlTile> places;
  Compare compare = Compare::cycles;
  /// Of each place: those of all devices made with these.
  std::shared_ptr<std::vector<TileFlits>> flits = std::make_shared<std::vector<TileFlits>>();
  bool empty() const { return places.empty(); }
};
/// A line for each place: how many flits crossed it, and which.
std::string flits_text(const RtlTiles& tiles);
/// Throws Error when no spike crossed one of the places: all that did was the host's, which reads
/// the counters of every tile.
void require_spikes(const RtlTiles& tiles);
/// " --rtl-tile X,Y=FILE ... --compare C": for a command that reruns; empty without tiles.
std::string to_options(const RtlTiles& tiles);

/// Verilates and compiles what was not compiled before (sim/rtl_tile/build_tile.hpp) and says how
/// to make the tiles. `waves`: an FST of each, FILE with the tile's name in it, and a save file.
/// `power_on`: seed of what their registers and memories hold before the reset. A tile that breaks
/// the rules of its ports throws Mismatch, with `rerun`.
/// Throws InputError for a place outside the mesh, a file that cannot be read or does not compile.
model::ForeignPlaces load_rtl_tiles(const RtlTiles& tiles, const spec::Build& build,
                                    const std::optional<std::string>& waves, const Rerun& rerun,
                                    std::uint64_t power_on);

}  // namespace spikemesh::sim
