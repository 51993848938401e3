// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "model/event.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// 32-bit words of a retire port of `bits` bits, and one for those who read a word too far.
constexpr std::size_t retire_words(unsigned bits) { return bits / 32 + 1; }

/// Sets the field of an event, with its valid bit, in the packed struct retire_tile_t
/// (retire_host_t for the host tile): what retire_tile and retire_host
/// (sim/retire/rtl_events.hpp) would read it from. The field was zero. `words`: lowest first.
void pack_event(const Event& event, std::span<std::uint32_t> words);

}  // namespace spikemesh::sim
