// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/verification/verify.md

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "model/event.hpp"
#include "model/noc/flit.hpp"

namespace spikemesh::model {

/// What every tile sees in one cycle (the broadcast of docs/blocks/step.md).
struct Broadcast {
  spec::Phase phase = spec::Phase::step;
  std::uint32_t slot = 0;
  bool adapt_due = false;
  bool learning = false;
  std::uint16_t now = 0;   ///< low bits of the step
  std::uint64_t step = 0;  ///< of a phase step; no tile sees more of it than `now`
  std::uint32_t mask = 0;
};

/// A tile that is simulated elsewhere, by the ports of rtl/noc/sm_tile.sv: router, core, and the
/// stages of the links that lead to it. Bits and indices are those of spec::Port; bit 0, local, is
/// unused, as that port is inside.
///
/// A cycle has two halves, so that foreign tiles may be neighbours: `offers`, from the registers of
/// all receivers; then `clock`, which takes what was offered to it and ends with the clock edge.
class ForeignTile {
 public:
  using Flits = std::array<std::optional<Flit>, spec::kPorts>;

  virtual ~ForeignTile() = default;
  /// Cycle `cycle`, with reset asserted.
  virtual void reset(std::uint64_t cycle) = 0;
  /// Input ports that take a flit in the coming cycle.
  virtual unsigned ready() const = 0;
  /// Its leaf of the quiet tree, in the coming cycle, if nothing arrives.
  virtual bool busy() const = 0;
  /// Its leaf of the tree beside it: a plastic neuron fired, and waits for the Learn phase.
  virtual bool learn_need() const = 0;
  /// Flits that leave in this cycle, by output; `receivers`: those that are ready.
  virtual Flits offers(std::uint64_t cycle, unsigned receivers) = 0;
  /// The rest of the cycle. Events go to `sink`, if any. Returns its leaf of the quiet tree.
  virtual bool clock(std::uint64_t cycle, const Flits& arrivals, const Broadcast* broadcast,
                     EventSink* sink) = 0;
};

/// Where a foreign tile is, and who makes it, newly powered on.
struct ForeignPlace {
  std::uint32_t x, y;
  std::function<std::unique_ptr<ForeignTile>()> make;
};
using ForeignPlaces = std::vector<ForeignPlace>;

}  // namespace spikemesh::model
