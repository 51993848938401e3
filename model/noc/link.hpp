// SPDX-License-Identifier: Apache-2.0
#pragma once
// docs/blocks/noc.md

#include <array>
#include <cstdint>

#include "model/noc/fifo.hpp"
#include "model/noc/flit.hpp"

namespace spikemesh::model {

/// The stages of a link, or of the way from a core to its router: FIFOs of depth 2 each. The
/// receiver's input buffer that follows is not among them. Stage 0 is at the sender.
class Link {
 public:
  static constexpr unsigned kDepth = 2;
  static constexpr unsigned kStagesMax = 14;  ///< LinkLatency - 1 and RouterLatency - 1

  bool ready() const { return stages_[0].fifo.ready(kDepth); }
  /// Returns true if the link is full now for its sender.
  bool push(const Flit& flit) {
    stages_[0].put(flit);
    return !ready();
  }

  /// Stages whose head moves on in this cycle, one bit each; `receiver_ready` of the input buffer.
  unsigned evaluate(unsigned stages, bool receiver_ready) const {
    unsigned moves = 0;
    bool next_ready = receiver_ready;
    for (unsigned s = stages; s-- > 0;) {
      moves |= static_cast<unsigned>(stages_[s].fifo.valid() && next_ready) << s;
      next_ready = stages_[s].fifo.ready(kDepth);
    }
    return moves;
  }
  /// Commits `moves`; a flit that leaves the last stage goes to `out`.
  /// Returns true if stage 0 was full: its sender sees the link ready again.
  bool commit(unsigned stages, unsigned moves, Flit& out) {
    const bool freed = (moves & 1) != 0 && !ready();
    if (moves >> (stages - 1) & 1) out = stages_[stages - 1].take();
    for (unsigned s = stages - 1; s-- > 0;) {
      if (moves >> s & 1) stages_[s + 1].put(stages_[s].take());
    }
    return freed;
  }

  bool any_valid(unsigned stages) const {
    unsigned count = 0;
    for (unsigned s = 0; s < stages; ++s) count += stages_[s].fifo.count();
    return count != 0;
  }
  void reset() { stages_ = {}; }

 private:
  struct Stage {
    Fifo fifo;
    std::array<Flit, kDepth> slots;

    void put(const Flit& flit) { slots[fifo.push(kDepth)] = flit; }
    Flit take() {
      const Flit flit = slots[fifo.head()];
      fifo.pop(kDepth);
      return flit;
    }
  };
  std::array<Stage, kStagesMax> stages_{};
};

}  // namespace spikemesh::model
