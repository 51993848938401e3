// SPDX-License-Identifier: Apache-2.0
#pragma once
// Networks that bring as many flits onto the mesh as they can, and a spike of every neuron to the
// host.

#include <algorithm>
#include <array>

#include "sim/stimulus/random_chip.hpp"

namespace spikemesh {

/// Where the spikes of a tile go, besides the host.
enum class Traffic : unsigned { all_to_all, all_to_one, all_to_host, across, any };
inline constexpr unsigned kTraffics = 5;
inline constexpr std::array<const char*, kTraffics> kTrafficNames{
    "all to all", "all to one", "all to host", "across the middle", "any"};

/// A network for every tile of a build, and `steps` steps of input spikes. Most neurons fire in
/// most steps; each has a label of its own, and sends it to the host in each spike.
class StressNetwork {
 public:
  StressNetwork(const spec::Build& build, Traffic traffic, std::uint32_t steps, sim::Random& random)
      : build_(build), traffic_(traffic), random_(random) {
    chip_.build = build;
    one_ = tile_at(random.below(build.mesh_w), random.below(build.mesh_h));
    for (std::uint32_t y = 0; y < build.mesh_h; ++y)
      for (std::uint32_t x = 0; x < build.mesh_w; ++x) fill_tile(x, y);
    for (std::uint32_t step = 0; step < steps; ++step) add_inputs(step);
  }

  const sim::RandomChip& chip() const { return chip_; }
  const std::vector<sim::RingEntry>& entries() const { return entries_; }
  /// Spikes to the host in a step, at most.
  std::uint64_t most_labels() const { return labels_; }

 private:
  static constexpr std::uint32_t kNeurons = 12;  ///< of a tile, at most
  static constexpr std::uint32_t kAxons = 8;     ///< of a tile, with a row

  static std::uint16_t tile_at(std::uint64_t x, std::uint64_t y) {
    const auto at = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    return static_cast<std::uint16_t>(spec::Tile{.x = at(x), .y = at(y)}.pack());
  }
  std::uint32_t axons() const { return std::min(kAxons, build_.axons); }
  std::uint32_t& word(std::uint16_t tile, spec::Region region, std::uint32_t index) {
    return chip_
        .words[tile]
              [spec::TileAddr{.index = index, .region = static_cast<std::uint32_t>(region)}.pack()];
  }

  void fill_tile(std::uint32_t x, std::uint32_t y) {
    const std::uint16_t tile = tile_at(x, y);
    const std::uint32_t neurons = std::min(kNeurons, build_.neurons);
    const std::uint32_t list = std::min(build_.fanouts / neurons, 40u);
    for (std::uint32_t neuron = 0; neuron < neurons; ++neuron) {
      chip_.neurons[tile].push_back(neuron);
      fill_neuron(tile, neuron, neuron * list, fill_list(tile, neuron, neuron * list, list));
    }
    for (std::uint32_t axon = 0; axon < axons(); ++axon) {
      const auto groups = static_cast<std::uint32_t>(1 + random_.below(3));
      word(tile, spec::Region::axon, axon) = spec::Axon{.first = 4 * axon, .groups = groups}.pack();
      for (std::uint32_t i = 0; i < groups * build_.lanes; ++i)
        word(tile, spec::Region::synapse, 4 * axon * build_.lanes + i) = synapse(neurons);
    }
  }

  std::uint32_t synapse(std::uint32_t neurons) {
    return spec::Synapse{.weight = static_cast<std::int32_t>(random_.between(-7, 7)),
                         .delay = static_cast<std::uint32_t>(1 + random_.below(build_.delay_max)),
                         .target = static_cast<std::uint32_t>(random_.below(neurons))}
        .pack();
  }

  void fill_neuron(std::uint16_t tile, std::uint32_t neuron, std::uint32_t first,
                   std::uint32_t count) {
    const auto field = [&](unsigned number) -> std::uint32_t& {
      return word(tile, spec::Region::neuron, neuron * 8 + number);
    };
    const std::uint32_t one = 1u << build_.decay_bits;
    field(0) = spec::Neuron0{.theta = static_cast<std::int32_t>(random_.between(20, 60)),
                             .refractory = static_cast<std::uint32_t>(random_.below(2))}
                   .pack();
    field(1) = spec::Neuron1{.gain = static_cast<std::uint32_t>(random_.below(3))}.pack();
    field(2) = spec::Neuron2{.bias = static_cast<std::int32_t>(random_.between(20, 70))}.pack();
    field(3) = one / 2;
    field(4) = one - static_cast<std::uint32_t>(random_.below(one / 8));
    field(7) = spec::Neuron7{.first = first, .count = count}.pack();
  }

  /// The neuron's label, and what its traffic is; in any order. Returns the length of the list.
  std::uint32_t fill_list(std::uint16_t tile, std::uint32_t neuron, std::uint32_t first,
                          std::uint32_t room) {
    const std::uint32_t label = tile * 64u + neuron;
    std::vector<std::uint32_t> list{spec::Fanout{.host = 1}.pack() | label};
    if (traffic_ == Traffic::all_to_host) list.insert(list.end(), 3, list.front());
    labels_ += list.size();
    for (const auto& [target, each] : targets(tile)) {
      for (std::uint32_t i = 0; i < each; ++i) {
        const spec::Tile place = spec::Tile::unpack(target);
        const auto axon = static_cast<std::uint32_t>(random_.below(axons()));
        list.push_back(spec::Fanout{.axon = axon, .x = place.x, .y = place.y}.pack());
      }
    }
    list.resize(std::min<std::size_t>(list.size(), room));
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random_.below(i)]);
    for (std::uint32_t i = 0; i < list.size(); ++i)
      word(tile, spec::Region::fanout, first + i) = list[i];
    return static_cast<std::uint32_t>(list.size());
  }

  /// Tiles that a spike of `tile` goes to, and to how many axons there.
  std::vector<std::pair<std::uint16_t, std::uint32_t>> targets(std::uint16_t tile) {
    const spec::Tile from = spec::Tile::unpack(tile);
    std::vector<std::pair<std::uint16_t, std::uint32_t>> all;
    switch (traffic_) {
      case Traffic::all_to_all:
        for (std::uint32_t y = 0; y < build_.mesh_h; ++y)
          for (std::uint32_t x = 0; x < build_.mesh_w; ++x) all.emplace_back(tile_at(x, y), 1);
        break;
      case Traffic::all_to_one:
        all.emplace_back(one_, 6);
        break;
      case Traffic::across:
        all.emplace_back(tile_at(build_.mesh_w - 1 - from.x, build_.mesh_h - 1 - from.y), 6);
        break;
      case Traffic::any:
        for (unsigned i = 0; i < 6; ++i)
          all.emplace_back(tile_at(random_.below(build_.mesh_w), random_.below(build_.mesh_h)), 1);
        break;
      case Traffic::all_to_host:
        break;
    }
    return all;
  }

  /// No more than the ring holds: the entries of a step have to be there when it begins.
  void add_inputs(std::uint32_t step) {
    for (std::uint64_t left = random_.below(build_.ring_in + 1); left > 0; --left) {
      const auto axon = static_cast<std::uint32_t>(random_.below(axons()));
      const auto x = static_cast<std::uint32_t>(random_.below(build_.mesh_w));
      const auto y = static_cast<std::uint32_t>(random_.below(build_.mesh_h));
      entries_.push_back({step, spec::Entry{.payload = axon | x << 12 | y << 18}.pack()});
    }
  }

  const spec::Build& build_;
  Traffic traffic_;
  sim::Random& random_;
  std::uint16_t one_ = 0;
  std::uint64_t labels_ = 0;
  sim::RandomChip chip_;
  std::vector<sim::RingEntry> entries_;
};

}  // namespace spikemesh
