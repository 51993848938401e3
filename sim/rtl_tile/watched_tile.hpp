// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "model/noc/foreign_tile.hpp"

namespace spikemesh::sim {

/// A foreign tile that also shows what passes between its router and its core.
class WatchedTile : public model::ForeignTile {
 public:
  struct CorePort {
    bool seen = false;  ///< else nothing is known: the tile has no core with the ports of ours
    bool ready = false;
    std::optional<model::Flit> offered;
  };
  /// As it was in the cycle that was clocked last.
  virtual const CorePort& core_port() const = 0;
};

}  // namespace spikemesh::sim
