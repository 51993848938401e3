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
  std::string file;  ///< SystemVerilog that holds sm_tile or modules inside it
};

/// "X,Y=FILE.sv". Throws InputError, naming `option`, if it is not.
RtlTile parse_rtl_tile(const std::string& text, const std::string& option);
/// The same as text.
std::string to_string(const RtlTile& tile);

struct RtlTiles {
  std::vector<RtlTile> places;
  Compare compare = Compare::cycles;
  /// Flits that left the tiles and were found in order: those of all devices made with these.
  std::shared_ptr<std::uint64_t> flits = std::make_shared<std::uint64_t>(0);
  bool empty() const { return places.empty(); }
};
/// " --rtl-tile X,Y=FILE ... --compare C": for a command that reruns; empty without tiles.
std::string to_options(const RtlTiles& tiles);

/// Verilates and compiles what was not compiled before (sim/rtl_tile/build_tile.hpp) and says how
/// to make the tiles. `waves`: an FST of each, FILE with the tile's name in it. A tile that breaks
/// the rules of its ports throws Mismatch, with `rerun`.
/// Throws InputError for a place outside the mesh, a file that cannot be read or does not compile.
model::ForeignPlaces load_rtl_tiles(const RtlTiles& tiles, const spec::Build& build,
                                    const std::optional<std::string>& waves, const Rerun& rerun);

}  // namespace spikemesh::sim
