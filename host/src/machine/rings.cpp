// SPDX-License-Identifier: Apache-2.0
#include "machine/rings.hpp"

#include <algorithm>
#include <utility>

namespace spikemesh {
namespace {

/// Words [index, index + count) of a ring, cut where it wraps: pairs {entry in the ring, entries}.
std::vector<std::pair<std::uint32_t, std::uint32_t>> ring_parts(std::uint32_t index,
                                                                std::uint32_t count,
                                                                std::uint32_t depth) {
  const std::uint32_t begin = index % depth;
  const std::uint32_t first = std::min(count, depth - begin);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> parts;
  if (first > 0) parts.emplace_back(begin, first);
  if (count > first) parts.emplace_back(0, count - first);
  return parts;
}

}  // namespace

std::vector<Block> ring_in_blocks(std::span<const InEntry> entries, std::uint32_t first,
                                  std::uint32_t depth) {
  auto entry = entries.begin();
  std::vector<Block> blocks;
  for (const auto& [begin, length] :
       ring_parts(first, static_cast<std::uint32_t>(entries.size()), depth)) {
    Block& block = blocks.emplace_back(Block{kHostTileField, spec::kRingInBase + 2 * begin, {}});
    block.words.reserve(2 * length);
    for (std::uint32_t i = 0; i < length; ++i, ++entry) {
      const spec::Entry word{.payload = entry->payload,
                             .kind = static_cast<std::uint32_t>(entry->kind)};
      block.words.insert(block.words.end(), {static_cast<std::uint32_t>(entry->step), word.pack()});
    }
  }
  return blocks;
}

std::vector<Extent> ring_out_extents(std::uint32_t first, std::uint32_t count,
                                     std::uint32_t depth) {
  std::vector<Extent> extents;
  for (const auto& [begin, length] : ring_parts(first, count, depth))
    extents.push_back({kHostTileField, spec::kRingOutBase + 2 * begin, 2 * length});
  return extents;
}

void append_spikes(std::span<const Block> blocks, std::uint64_t now,
                   std::vector<OutSpike>& spikes) {
  for (const Block& block : blocks) {
    for (std::size_t i = 0; i < block.words.size(); i += 2) {
      const auto ahead =
          static_cast<std::int32_t>(block.words[i] - static_cast<std::uint32_t>(now));
      const auto step = now + static_cast<std::uint64_t>(std::int64_t{ahead});
      spikes.push_back({step, spec::Entry::unpack(block.words[i + 1]).payload});
    }
  }
}

}  // namespace spikemesh
