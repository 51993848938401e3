// SPDX-License-Identifier: Apache-2.0
#include "sim/retire/rtl_events.hpp"

#include <algorithm>
#include <span>

namespace spikemesh::sim {
namespace {

void retire(RetireWords port, unsigned base, std::span<const spec::RetireSlot> slots,
            std::uint16_t tile, std::uint64_t cycle, EventSink& sink) {
  for (const spec::RetireSlot& slot : slots) {
    const unsigned low = base + slot.low;
    const unsigned bits = spec::kEvents[static_cast<unsigned>(slot.kind)].bits;
    if (port.bits(low + bits, 1) == 0) continue;
    sink.on(
        {cycle,
         tile,
         slot.kind,
         slot.unit,
         {port.bits(low, std::min(bits, 64u)), bits > 64 ? port.bits(low + 64, bits - 64) : 0}});
  }
}

}  // namespace

std::uint64_t RetireWords::bits(unsigned low, unsigned count) const {
  std::uint64_t value = 0;
  for (unsigned got = 0; got < count;) {
    const unsigned offset = (low + got) % 32;
    value |= std::uint64_t{words[(low + got) / 32] >> offset} << got;
    got += 32 - offset;
  }
  return count >= 64 ? value : value & ((std::uint64_t{1} << count) - 1);
}

void retire_tile(RetireWords port, unsigned base, std::uint16_t tile, std::uint64_t cycle,
                 EventSink& sink) {
  retire(port, base, spec::kTileSlots, tile, cycle, sink);
}

void retire_host(RetireWords port, std::uint64_t cycle, EventSink& sink) {
  retire(port, 0, spec::kHostSlots, kHostTile, cycle, sink);
}

}  // namespace spikemesh::sim
