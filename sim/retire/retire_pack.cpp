// SPDX-License-Identifier: Apache-2.0
#include "sim/retire/retire_pack.hpp"

#include <algorithm>
#include <stdexcept>

namespace spikemesh::sim {
namespace {

/// Sets `count` bits, which were zero, from bit `low` on.
void put(std::span<std::uint32_t> words, unsigned low, unsigned count, std::uint64_t value) {
  for (unsigned done = 0; done < count;) {
    const unsigned at = low + done, offset = at % 32;
    words[at / 32] |= static_cast<std::uint32_t>(value >> done << offset);
    done += 32 - offset;
  }
}

const spec::RetireSlot& slot_of(const Event& event) {
  const std::span<const spec::RetireSlot> slots =
      event.tile == kHostTile ? std::span<const spec::RetireSlot>(spec::kHostSlots)
                              : std::span<const spec::RetireSlot>(spec::kTileSlots);
  for (const spec::RetireSlot& slot : slots) {
    if (slot.kind == event.kind && slot.unit == event.unit) return slot;
  }
  throw std::logic_error("an event whose tile has no such kind and unit");
}

}  // namespace

void pack_event(const Event& event, std::span<std::uint32_t> words) {
  const unsigned low = slot_of(event).low;
  const unsigned bits = spec::kEvents[static_cast<unsigned>(event.kind)].bits;
  put(words, low, std::min(bits, 64u), event.data[0]);
  if (bits > 64) put(words, low + 64, bits - 64, event.data[1]);
  put(words, low + bits, 1, 1);
}

}  // namespace spikemesh::sim
