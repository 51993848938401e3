// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "spikemesh/image.hpp"
#include "spikemesh/machine.hpp"
#include "tests/unit/model/random_network.hpp"

namespace spikemesh::model {

inline bool to_host(const Word& word) {
  const auto at = spec::TileAddr::unpack(word.address);
  return at.region == static_cast<std::uint32_t>(spec::Region::fanout) &&
         spec::Fanout::unpack(word.data).host != 0;
}

/// The network to be loaded; without what goes to the host, unless `host`.
inline Image image_of(const spec::Build& build, const RandomNetwork& network, bool host = false) {
  Image image;
  image.build = build;
  image.adapt_period = 2;
  TileMemory stored(build);  // cuts bits that the build does not store
  for (Word word : network.words()) {
    if (!host && to_host(word)) continue;
    stored.write(word.address, word.data);
    word.data = stored.read(word.address);
    const bool follows =
        !image.blocks.empty() && image.blocks.back().tile == word.tile &&
        image.blocks.back().address + image.blocks.back().words.size() == word.address;
    if (follows)
      image.blocks.back().words.push_back(word.data);
    else
      image.blocks.push_back({word.tile, word.address, {word.data}});
  }
  return image;
}

/// `spikes` to each step.
inline std::vector<InEntry> entries_of(RandomNetwork& network, std::uint64_t first,
                                       std::uint64_t steps, std::uint32_t spikes) {
  std::vector<InEntry> entries;
  for (std::uint64_t step = first; step < first + steps; ++step)
    for (const std::uint32_t payload : network.spikes(spikes)) entries.push_back({step, payload});
  return entries;
}

}  // namespace spikemesh::model
