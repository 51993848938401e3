// SPDX-License-Identifier: Apache-2.0
#pragma once
// Defects of a chip that was manufactured, for tests of what has to find them.

#include <cstdint>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// A bit of a word of a tile's memory that is `value` whatever is written. `address` as in
/// spec::TileAddr.
struct StuckBit {
  std::uint32_t x = 0, y = 0;
  std::uint32_t address = 0;
  unsigned bit = 0;
  bool value = false;
};

enum class LinkDefect : std::uint8_t {
  never_ready,  ///< the sender never sees its receiver ready
  never_valid,  ///< the receiver never sees what the sender sends: it is lost
  stuck         ///< a bit of the flit's data is `value`
};

/// A link of the mesh, in one direction: that of router (x, y) to its neighbour at `port`, where
/// west of (0,0) is the host; or that of the host to (0,0), if from_host is set.
struct BrokenLink {
  bool from_host = false;
  std::uint32_t x = 0, y = 0;
  spec::Port port = spec::Port::west;
  LinkDefect defect = LinkDefect::never_ready;
  unsigned bit = 0;  ///< of the data, for a stuck bit
  bool value = false;
};

struct Faults {
  std::vector<StuckBit> bits;
  std::vector<BrokenLink> links;
  bool empty() const { return bits.empty() && links.empty(); }
};

/// The build has this link.
constexpr bool has_link(const spec::Build& build, const BrokenLink& link) {
  if (link.from_host) return true;
  if (link.x >= build.mesh_w || link.y >= build.mesh_h) return false;
  switch (link.port) {
    case spec::Port::north:
      return link.y > 0;
    case spec::Port::east:
      return link.x + 1 < build.mesh_w;
    case spec::Port::south:
      return link.y + 1 < build.mesh_h;
    case spec::Port::west:
      return link.x > 0 || link.y == 0;
    default:
      return false;
  }
}

/// The build keeps this bit of this word, which can be written.
bool has_bit(const spec::Build& build, const StuckBit& bit);

}  // namespace spikemesh::model
