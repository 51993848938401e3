// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstdint>

namespace spikemesh::model {

/// Registers of a FIFO (docs/blocks/noc.md) whose slots lie with its owner, slot 0..depth-1.
/// Ready and valid come from registers: a full FIFO is not ready even in a cycle that pops it.
class Fifo {
 public:
  bool valid() const { return count_ > 0; }
  bool ready(unsigned depth) const { return count_ < depth; }
  unsigned count() const { return count_; }
  unsigned head() const { return head_; }

  /// The slot that takes the new entry.
  unsigned push(unsigned depth) {
    assert(count_ < depth);
    const unsigned slot = head_ + count_;
    ++count_;
    return slot < depth ? slot : slot - depth;
  }
  void pop(unsigned depth) {
    assert(count_ > 0);
    --count_;
    // An empty one begins anew, so that a FIFO that holds little stays in few lines of the cache.
    const unsigned next = head_ + 1u, stays = unsigned{count_ > 0} & unsigned{next < depth};
    head_ = static_cast<std::uint16_t>(next & -stays);
  }
  void reset() { head_ = count_ = 0; }

 private:
  std::uint16_t head_ = 0;
  std::uint16_t count_ = 0;
};

}  // namespace spikemesh::model
