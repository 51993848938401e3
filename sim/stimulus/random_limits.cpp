// SPDX-License-Identifier: Apache-2.0
// Fields of a random chip at the limits of its build (limits.hpp).
#include <algorithm>
#include <iterator>
#include <optional>

#include "model/core/tile_memory.hpp"
#include "sim/stimulus/chances.hpp"
#include "sim/stimulus/limits.hpp"
#include "sim/stimulus/random_chip.hpp"

namespace spikemesh::sim {
namespace {

using model::tile_address;
using spec::Region;

bool is(const FieldLimits& of, Region region, unsigned word, std::string_view field) {
  return of.word->region == region && of.word->word == word && of.field->name == field;
}

/// Regions of learning, whose words are there only when rows and lists are.
bool of_learning(Region region) {
  switch (region) {
    case Region::rule:
    case Region::table:
    case Region::fanin:
    case Region::learn:
    case Region::pre_trace:
    case Region::post_trace:
      return true;
    default:
      return false;
  }
}

class Limiter {
 public:
  Limiter(RandomChip& chip, bool learning, Random& random) : chip_(chip), random_(random) {
    for (const FieldLimits& of : field_limits(chip.build)) {
      if (of_learning(of.word->region) == learning && !decides_meaning(of)) fields_.push_back(of);
    }
  }

  void limit_tile(std::uint16_t tile) {
    for (std::uint64_t left = kLimitsLeast + below(kLimitsMore); left > 0; --left) {
      const FieldLimits& of = random_.pick(fields_);
      const std::optional<std::uint32_t> value = of.at(random_.pick(kLimitShares));
      const std::optional<std::uint32_t> index = value ? place(tile, *of.word) : std::nullopt;
      if (index && affordable(of, *value)) put(tile, of, *index, *value);
    }
  }

 private:
  /// What makes words plastic, or says which: it is chosen so that learning is defined
  /// (docs/blocks/learn.md), and takes its limits there.
  static bool decides_meaning(const FieldLimits& of) {
    return is(of, Region::axon, 0, "plastic") || is(of, Region::fanin, 0, "row") ||
           is(of, Region::learn, 0, "first") || is(of, Region::learn, 0, "count");
  }
  /// A row or list as long as its counter can count takes a cycle or more for each entry, each
  /// time.
  bool affordable(const FieldLimits& of, std::uint32_t value) {
    const bool list = is(of, Region::neuron, 7, "count");
    if (!list && !is(of, Region::axon, 0, "groups")) return true;
    const bool crowded = chip_.mood == Mood::dense || chip_.mood == Mood::recorded;
    if (value <= kShortWalk) return !crowded || value <= kCrowdedWalk;
    if (crowded || long_walk_ || !random_.chance(kLongWalk)) return false;
    return long_walk_ = true;
  }
  std::uint32_t below(std::uint64_t limit) {
    return static_cast<std::uint32_t>(random_.below(limit));
  }
  std::uint32_t read(std::uint16_t tile, Region region, std::uint32_t index) const {
    const auto& words = chip_.words.at(tile);
    const auto found = words.find(tile_address(region, index));
    return found == words.end() ? 0 : found->second;
  }

  /// A word of this kind that matters, if there is one.
  std::optional<std::uint32_t> place(std::uint16_t tile, const spec::TileWord& word) {
    const spec::Build& build = chip_.build;
    const std::uint32_t neuron = random_.pick(chip_.neurons.at(tile));
    const std::uint32_t axon = random_.pick(chip_.axons.at(tile));
    switch (word.region) {
      case Region::neuron:
      case Region::state:
      case Region::post_trace:
        return neuron * word.stride + word.word;
      case Region::axon:
      case Region::pre_trace:
        return axon;
      case Region::accumulator:
        return below(build.delay_max + 1) * build.neurons + neuron;
      case Region::synapse: {
        const auto row = spec::Axon::unpack(read(tile, Region::axon, axon));
        if (row.groups == 0) return std::nullopt;
        const std::uint32_t at = row.first * build.lanes + below(row.groups * build.lanes);
        return at % build.synapses;
      }
      case Region::fanout: {
        const auto list = spec::Neuron7::unpack(read(tile, Region::neuron, neuron * 8 + 7));
        if (list.count == 0) return std::nullopt;
        return (list.first + below(list.count)) % build.fanouts;
      }
      default:
        return written(tile, word);
    }
  }
  /// One that was written.
  std::optional<std::uint32_t> written(std::uint16_t tile, const spec::TileWord& word) {
    std::vector<std::uint32_t> found;
    const auto& words = chip_.words.at(tile);
    const std::uint32_t first = tile_address(word.region, 0);
    for (auto at = words.lower_bound(first);
         at != words.end() && at->first < first + (1u << spec::kIndexBits); ++at) {
      if ((at->first - first) % word.stride == word.word) found.push_back(at->first - first);
    }
    if (found.empty()) return std::nullopt;
    return random_.pick(found);
  }

  void put(std::uint16_t tile, const FieldLimits& of, std::uint32_t index, std::uint32_t value) {
    const std::uint32_t address = tile_address(of.word->region, index);
    const std::uint32_t word = of.put(read(tile, of.word->region, index), value);
    if (model::check_write(chip_.build, address, word) != spec::Status::ok) return;
    chip_.words[tile][address] = word;
    // A long list is walked once.
    if (!is(of, Region::neuron, 7, "count") || value <= kCrowdedWalk) return;
    const std::uint32_t first = index - of.word->word;
    auto neuron = spec::Neuron0::unpack(read(tile, Region::neuron, first));
    neuron.refractory = 255;
    chip_.words[tile][tile_address(Region::neuron, first)] = neuron.pack();
  }

  RandomChip& chip_;
  Random& random_;
  std::vector<FieldLimits> fields_;
  bool long_walk_ = false;  ///< this chip has one
};

}  // namespace

void add_limits(RandomChip& chip, bool learning, Random& random) {
  if (chip.mood == Mood::quiet) return;  // few of them keep a tile at rest
  Limiter limiter(chip, learning, random);
  for (const auto& [tile, neurons] : chip.neurons) limiter.limit_tile(tile);
}

}  // namespace spikemesh::sim
