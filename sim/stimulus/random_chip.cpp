// SPDX-License-Identifier: Apache-2.0
#include "sim/stimulus/random_chip.hpp"

#include <algorithm>
#include <iterator>

#include "sim/stimulus/chances.hpp"
#include "sim/stimulus/words.hpp"

namespace spikemesh::sim {
namespace {

using spec::Region;

/// Fills the memories of one chip, tile by tile.
class Filler {
 public:
  Filler(RandomChip& chip, const RandomChipSize& size, Random& random)
      : chip_(chip), build_(chip.build), random_(random) {
    // A neuron costs about 8 words of parameters, some fan-out and state; an axon a row.
    const std::uint32_t tiles = build_.mesh_w * build_.mesh_h;
    neurons_ = std::clamp(size.words / tiles / 24, 2u, build_.neurons);
    axons_ = std::clamp(size.words / tiles / 30, 2u, build_.axons);
    dense_ = chip.mood == Mood::dense || chip.mood == Mood::recorded;
    quiet_ = chip.mood == Mood::quiet;
  }

  void fill() {
    for (std::uint32_t y = 0; y < build_.mesh_h; ++y) {
      for (std::uint32_t x = 0; x < build_.mesh_w; ++x) choose_places(x, y);
    }
    for (const auto& [tile, neurons] : chip_.neurons) {
      for (const std::uint32_t neuron : neurons) fill_neuron(tile, neuron);
      for (const std::uint32_t axon : chip_.axons[tile]) fill_row(tile, axon);
      if (random_.chance(kStateOfTile)) fill_state(tile);
      if (!quiet_ && random_.chance(kClippedAdaptation))
        clip_adaptation(tile, random_.pick(neurons));
    }
    add_limits(chip_, false, random_);
    make_it_fire();
  }

 private:
  std::uint32_t& word(std::uint16_t tile, Region region, std::uint32_t index) {
    return chip_.words[tile][address(region, index)];
  }

  /// Neurons in a few runs, so that they can be read back together; the ends of the memory are
  /// wanted.
  void choose_places(std::uint32_t x, std::uint32_t y) {
    const auto tile = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
    std::vector<std::uint32_t>& neurons = chip_.neurons[tile];
    while (neurons.size() < neurons_) {
      auto at = static_cast<std::uint32_t>(
          random_.chance(kNeuronAtEnd) ? build_.neurons - 1 : random_.below(build_.neurons));
      for (std::uint64_t run = 1 + random_.below(8); run > 0 && neurons.size() < neurons_; --run) {
        if (std::find(neurons.begin(), neurons.end(), at) == neurons.end()) neurons.push_back(at);
        at = (at + 1) % build_.neurons;
      }
    }
    std::vector<std::uint32_t>& axons = chip_.axons[tile];
    while (axons.size() < axons_) {
      const auto at = static_cast<std::uint32_t>(
          random_.chance(kAxonAtEnd) ? build_.axons - 1 : random_.below(build_.axons));
      if (std::find(axons.begin(), axons.end(), at) == axons.end()) axons.push_back(at);
    }
  }

  /// A signed value of the width of V: small, medium, extreme.
  std::int32_t level() {
    constexpr std::int32_t kLimit = 1 << (spec::kStateBits - 1);
    switch (quiet_ ? random_.pick(kQuietLevels) : random_.pick(kLevels)) {
      case Level::small:
        return static_cast<std::int32_t>(random_.between(-300, 300));
      case Level::usual:
        return static_cast<std::int32_t>(random_.between(-300, 3000));
      case Level::anywhere:
        return static_cast<std::int32_t>(random_.between(-kLimit, kLimit - 1));
      case Level::extreme:
        break;
    }
    return random_.chance(kLowest) ? -kLimit : kLimit - 1;
  }

  std::uint32_t decay() {
    const std::uint32_t one = 1u << build_.decay_bits;
    switch (quiet_ ? random_.pick(kQuietDecays) : random_.pick(kDecays)) {
      case DecayFactor::zero:
        return 0;
      case DecayFactor::one:
        return one;
      case DecayFactor::near_one:
        return one - static_cast<std::uint32_t>(random_.below(one / 16));
      case DecayFactor::anywhere:
        break;
    }
    return static_cast<std::uint32_t>(random_.below(one + 1));
  }

  void fill_neuron(std::uint16_t tile, std::uint32_t neuron) {
    const MoodChances& chances = chances_of(chip_.mood);
    const auto field = [&](unsigned number) -> std::uint32_t& {
      return word(tile, Region::neuron, neuron * 8 + number);
    };
    const std::int32_t theta =
        quiet_ ? static_cast<std::int32_t>(random_.between(2000, 4000000)) : level();
    field(0) = spec::Neuron0{.theta = theta, .refractory = refractory()}.pack();
    const auto gain = static_cast<std::uint32_t>(
        random_.chance(chances.low_gain) ? random_.below(4) : random_.below(16));
    field(1) = spec::Neuron1{.v_reset = random_.chance(kResetToZero) ? 0 : level(),
                             .gain = gain,
                             .subtract = random_.word() & 1u}
                   .pack();
    field(2) = spec::Neuron2{.bias = random_.chance(chances.biased) ? level() : 0}.pack();
    field(3) = random_.chance(chances.current_decays) ? 0 : decay();
    field(4) = decay();
    if (random_.chance(kAdapts)) {
      field(5) = random_.word() >> random_.below(32);
      field(6) = decay();
    }
    fill_fanout(tile, neuron);
  }

  std::uint32_t refractory() {
    switch (random_.pick(kRefractory)) {
      case Refractory::none:
        return 0;
      case Refractory::few:
        return static_cast<std::uint32_t>(random_.below(6));
      case Refractory::longest:
        break;
    }
    return 255;
  }

  void fill_fanout(std::uint16_t tile, std::uint32_t neuron) {
    const unsigned wanted = dense_ ? 24 : random_.chance(kLongList) ? 20 : 4;
    const auto most = std::min(build_.fanouts, wanted);
    const auto count = static_cast<std::uint32_t>(random_.below(most + 1));
    const auto first = static_cast<std::uint32_t>(
        random_.chance(kListAtEnd) ? build_.fanouts - 1 : random_.below(build_.fanouts));
    word(tile, Region::neuron, neuron * 8 + 7) =
        spec::Neuron7{.first = first, .count = count}.pack();
    for (std::uint32_t i = 0; i < count; ++i) {
      word(tile, Region::fanout, (first + i) % build_.fanouts) = fanout();
    }
  }

  std::uint32_t fanout() {
    const MoodChances& chances = chances_of(chip_.mood);
    if (random_.chance(chances.labelled)) {  // a label: 24 bits of any value
      return spec::Fanout{
          .axon = random_.word(), .x = random_.word(), .y = random_.word(), .host = 1}
          .pack();
    }
    const std::uint16_t target =
        random_.chance(chances.to_one_tile) ? chip_.neurons.rbegin()->first : any_tile();
    const spec::Tile place = spec::Tile::unpack(target);
    return spec::Fanout{.axon = any_axon(target), .x = place.x, .y = place.y}.pack();
  }

  std::uint16_t any_tile() {
    const auto x = static_cast<std::uint32_t>(random_.below(build_.mesh_w));
    const auto y = static_cast<std::uint32_t>(random_.below(build_.mesh_h));
    return static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
  }

  std::uint32_t any_axon(std::uint16_t tile) {
    if (random_.chance(kAxonWithoutRow))
      return static_cast<std::uint32_t>(random_.below(build_.axons));
    return random_.pick(chip_.axons[tile]);
  }

  void fill_row(std::uint16_t tile, std::uint32_t axon) {
    const std::uint32_t all_groups = build_.synapses / build_.lanes;
    auto first = static_cast<std::uint32_t>(random_.chance(kRowAtEnd) ? all_groups - 1
                                                                      : random_.below(all_groups));
    const auto groups = static_cast<std::uint32_t>(
        random_.chance(kLongRow) ? random_.below(std::min(kLongestRow, all_groups))
                                 : random_.below(7));
    if (random_.chance(kUnstoredBits)) first |= 0x8000u;  // bits that the build may not store
    word(tile, Region::axon, axon) = spec::Axon{.first = first, .groups = groups}.pack();
    for (std::uint32_t i = 0; i < groups * build_.lanes; ++i) {
      const std::uint32_t index = (first % all_groups * build_.lanes + i) % build_.synapses;
      word(tile, Region::synapse, index) = synapse(tile);
    }
  }

  std::uint32_t synapse(std::uint16_t tile) {
    if (random_.chance(kEmptySynapse))
      return random_.chance(kEmptyIsZero) ? 0 : random_.word() & 0xffffu;  // empty: delay 0
    const bool small = random_.chance(chances_of(chip_.mood).small_weight);
    const std::int32_t weight = small ? static_cast<std::int32_t>(random_.between(-40, 120))
                                      : static_cast<std::int32_t>(random_.word());
    std::uint32_t target =
        random_.chance(kTargetKnown) ? random_.pick(chip_.neurons[tile]) : random_.word();
    if (random_.chance(kTargetTooHigh)) target |= random_.word() & ~(build_.neurons - 1);
    return spec::Synapse{
        .weight = weight, .delay = random_.word(), .plastic = random_.word(), .target = target}
        .pack();
  }

  void fill_state(std::uint16_t tile) {
    for (const std::uint32_t neuron : chip_.neurons[tile]) {
      if (!random_.chance(kStateOfNeuron)) continue;
      word(tile, Region::state, neuron * 4) =
          spec::State0{.v = level(), .refractory = static_cast<std::uint32_t>(random_.below(4))}
              .pack();
      word(tile, Region::state, neuron * 4 + 1) = spec::State1{.i = level()}.pack();
      if (random_.chance(kAdaptLow)) word(tile, Region::state, neuron * 4 + 2) = random_.word();
      if (random_.chance(kAdaptHigh))
        word(tile, Region::state, neuron * 4 + 3) = random_.word() & 0xffu;
      const auto slot = static_cast<std::uint32_t>(random_.below(build_.delay_max + 1));
      word(tile, Region::accumulator, slot * build_.neurons + neuron) =
          spec::Accumulator{.value = level()}.pack();
    }
  }

  /// A neuron whose first spike takes its adaptive threshold beyond 40 bits: only a potential near
  /// its upper end is above the lowest threshold and so high an adaptation.
  void clip_adaptation(std::uint16_t tile, std::uint32_t neuron) {
    constexpr std::int32_t kLimit = 1 << (spec::kStateBits - 1);
    const std::uint32_t one = 1u << build_.decay_bits;
    const std::uint32_t parameters = neuron * 8, state = neuron * 4;
    word(tile, Region::neuron, parameters) = spec::Neuron0{.theta = -kLimit}.pack();
    word(tile, Region::neuron, parameters + 2) = spec::Neuron2{.bias = kLimit - 1}.pack();
    word(tile, Region::neuron, parameters + 4) = one;
    word(tile, Region::neuron, parameters + 5) = 0xffffffffu;
    word(tile, Region::neuron, parameters + 6) = one;
    word(tile, Region::state, state) = spec::State0{.v = kLimit - 1}.pack();
    word(tile, Region::state, state + 2) = random_.word() & 0xfff0ffffu;
    word(tile, Region::state, state + 3) = 0xff;
  }

  /// A neuron of tile (0,0) that fires in every step, is recorded, and drives a row that is not
  /// empty.
  void make_it_fire() {
    const std::uint16_t tile = 0;
    const std::uint32_t neuron = chip_.neurons[tile].front();
    const std::uint16_t target = any_tile();
    const spec::Tile place = spec::Tile::unpack(target);
    const std::uint32_t axon = chip_.axons[target].front();
    const auto first = static_cast<std::uint32_t>(random_.below(build_.fanouts));
    for (unsigned field = 0; field < 7; ++field) word(tile, Region::neuron, neuron * 8 + field) = 0;
    for (unsigned field = 0; field < 4; ++field) word(tile, Region::state, neuron * 4 + field) = 0;
    if (quiet_) {
      word(tile, Region::neuron, neuron * 8 + 4) = 1u << build_.decay_bits;
      word(tile, Region::state, neuron * 4) = spec::State0{.v = 1000000}.pack();
    } else {
      word(tile, Region::neuron, neuron * 8 + 2) = spec::Neuron2{.bias = 1000000}.pack();
    }
    word(tile, Region::neuron, neuron * 8 + 7) = spec::Neuron7{.first = first, .count = 2}.pack();
    word(tile, Region::fanout, first) = spec::Fanout{.axon = neuron, .host = 1}.pack();
    word(tile, Region::fanout, (first + 1) % build_.fanouts) =
        spec::Fanout{.axon = axon, .x = place.x, .y = place.y}.pack();
    word(target, Region::axon, axon) = spec::Axon{.first = 0, .groups = 1}.pack();
    word(target, Region::synapse, 0) = spec::Synapse{.weight = 5, .delay = 1, .target = 0}.pack();
  }

  RandomChip& chip_;
  const spec::Build& build_;
  Random& random_;
  std::uint32_t neurons_ = 0, axons_ = 0;
  bool dense_ = false, quiet_ = false;
};

std::uint64_t first_step_of(FirstStep first, Random& random) {
  switch (first) {
    case FirstStep::zero:
      return 0;
    case FirstStep::low_word_wraps:
      return 0xfffffff0u + random.below(16);
    case FirstStep::anywhere:
      break;
  }
  return random.seed();
}

}  // namespace

std::vector<Block> RandomChip::blocks(std::size_t longest) const {
  std::vector<Block> out;
  for (const auto& [tile, memory] : words) {
    for (const auto& [at, value] : memory) {
      const bool follows = !out.empty() && out.back().tile == tile &&
                           out.back().words.size() < longest &&
                           out.back().address + out.back().words.size() == at;
      if (!follows) out.push_back({.tile = tile, .address = at, .words = {}});
      out.back().words.push_back(value);
    }
  }
  return out;
}

static void leave_out(RandomChip& chip, const Features& features) {
  for (auto& [tile, words] : chip.words) {
    for (auto& [at, word] : words) {
      const spec::TileAddr place = spec::TileAddr::unpack(at);
      word = features.without(static_cast<Region>(place.region), place.index, word);
    }
  }
}

RandomChip make_random_chip(const spec::Build& build, const RandomChipSize& size, Random& random,
                            const Features& features) {
  RandomChip chip;
  chip.build = build;
  chip.mood = random.pick(kMoods);
  Filler(chip, size, random).fill();
  chip.learns = random.chance(kLearns) && features.has(Feature::stdp);
  chip.first_step = first_step_of(random.pick(kFirstSteps), random);
  if (chip.learns) add_learning(chip, random);
  if (!features.all()) leave_out(chip, features);
  choose_run(chip, size, random);
  return chip;
}

}  // namespace spikemesh::sim
