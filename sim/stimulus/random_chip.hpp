// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sim/stimulus/features.hpp"
#include "sim/stimulus/random.hpp"
#include "spikemesh/image.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// A spike-in entry as it is in the ring.
struct RingEntry {
  std::uint32_t step = 0;   ///< low 32 bits of its step
  std::uint32_t entry = 0;  ///< spec::Entry, packed
};

/// A part of a run: what is put into the spike-in ring, and how far the chip runs then.
struct Segment {
  std::uint64_t until = 0;
  std::uint64_t steps = 0;  ///< up to `until`
  std::vector<RingEntry> entries;
};

/// What a random network is like.
enum class Mood : std::uint8_t {
  usual,
  dense,     ///< many spikes, most of them for one tile: congestion
  recorded,  ///< as dense, but nearly all for the host
  quiet,     ///< soon at rest: steps without an Update, until something wakes a tile
};

/// Memory contents that form a legal network, and a run of it, from a seed. It wants edges, not
/// sense: every field takes its extremes now and then, rows overlap, lists wrap around the end of
/// their memory.
struct RandomChip {
  spec::Build build;
  Mood mood = Mood::usual;
  std::map<std::uint16_t, std::map<std::uint32_t, std::uint32_t>>
      words;  ///< of a tile: address -> word
  std::map<std::uint16_t, std::vector<std::uint32_t>>
      neurons;                                                ///< of a tile: those with parameters
  std::map<std::uint16_t, std::vector<std::uint32_t>> axons;  ///< of a tile: those with a row
  bool learns = false;  ///< it has plastic axons, and begins with learning on
  std::uint32_t adapt_period = 0;
  std::uint32_t period = 0;
  spec::RingPolicy policy = spec::RingPolicy::stall;
  std::uint64_t first_step = 0;
  std::vector<Segment> segments;

  /// Consecutive words of a tile, at most `longest` together.
  std::vector<Block> blocks(std::size_t longest) const;
};

/// How much of everything there is.
struct RandomChipSize {
  std::uint32_t words = 4000;  ///< about how many words of memory are written
  std::uint32_t steps = 30;    ///< steps of the whole run, at most
};

/// Adds rules, plastic axons and lists of plastic inputs to a chip whose memories are filled.
void add_learning(RandomChip& chip, Random& random);

/// Sets fields of words to the limits of the build: those of rows and neurons, or of `learning`.
void add_limits(RandomChip& chip, bool learning, Random& random);

/// Chooses how a chip whose memories are filled runs, and what it is given.
void choose_run(RandomChip& chip, const RandomChipSize& size, Random& random);

/// Has, whatever the seed, at least a neuron that fires, an axon with synapses, a recorded neuron
/// and a spike-in entry. It uses only `features`.
RandomChip make_random_chip(const spec::Build& build, const RandomChipSize& size, Random& random,
                            const Features& features = {});

}  // namespace spikemesh::sim
