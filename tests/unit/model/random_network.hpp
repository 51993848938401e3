// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "model/core/tile_memory.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// A word of a tile memory.
struct Word {
  std::uint16_t tile = 0;
  std::uint32_t address = 0;
  std::uint32_t data = 0;
};

/// Words of a network drawn from a seed: every tile has neurons of all kinds (both resets, gains,
/// refractory, adaptive, biased), rows of all lengths, fan-out lists to tiles and to the host.
/// `fanout`: most entries of a neuron's list.
class RandomNetwork {
 public:
  RandomNetwork(const spec::Build& build, std::uint32_t seed, std::uint32_t fanout = 6)
      : build_(build), rng_(seed), fanout_(fanout) {
    for (std::uint32_t y = 0; y < build.mesh_h; ++y) {
      for (std::uint32_t x = 0; x < build.mesh_w; ++x) draw_tile(x, y);
    }
  }

  const std::vector<Word>& words() const { return words_; }

  /// Payloads of host spikes for one step: `count` of them.
  std::vector<std::uint32_t> spikes(std::uint32_t count) {
    std::vector<std::uint32_t> payloads;
    while (payloads.size() < count) payloads.push_back(destination().pack());
    return payloads;
  }
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(rng_() % limit); }

 private:
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  std::int32_t between(std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(below(static_cast<std::uint32_t>(high - low + 1)));
  }

  spec::Fanout destination() {
    return {.axon = below(build_.axons), .x = below(build_.mesh_w), .y = below(build_.mesh_h)};
  }

  void put(spec::Region region, std::uint32_t index, std::uint32_t data) {
    words_.push_back({tile_, tile_address(region, index), data});
  }

  void draw_tile(std::uint32_t x, std::uint32_t y) {
    tile_ = static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
    const std::int32_t weight = 1 << (build_.weight_bits - 2);
    for (std::uint32_t i = 0; i < build_.synapses; ++i) {
      const std::uint32_t delay = one_in(5) ? 0 : 1 + below(build_.delay_max);
      put(spec::Region::synapse, i,
          spec::Synapse{.weight = between(-weight, weight + weight / 4),
                        .delay = delay,
                        .plastic = below(2),
                        .target = below(build_.neurons)}
              .pack());
    }
    const std::uint32_t groups = build_.synapses / build_.lanes;
    for (std::uint32_t a = 0; a < build_.axons; ++a) {
      put(spec::Region::axon, a,
          spec::Axon{.first = below(groups), .groups = one_in(6) ? 0 : below(12)}.pack());
    }
    for (std::uint32_t f = 0; f < build_.fanouts; ++f) {
      spec::Fanout entry = destination();
      if (one_in(4)) entry.host = 1, entry.axon = below(4096), entry.x = below(64);
      put(spec::Region::fanout, f, entry.pack());
    }
    for (std::uint32_t j = 0; j < build_.neurons; ++j) draw_neuron(j, weight);
  }

  void draw_neuron(std::uint32_t j, std::int32_t weight) {
    const std::uint32_t one = 1u << build_.decay_bits;
    const auto factor = [&] { return one_in(4) ? (one_in(2) ? 0 : one) : below(one); };
    const std::uint32_t words[8] = {
        spec::Neuron0{.theta = between(weight / 2, 3 * weight), .refractory = below(4)}.pack(),
        spec::Neuron1{.v_reset = between(-9, 9), .gain = below(3), .subtract = below(2)}.pack(),
        spec::Neuron2{.bias = one_in(8) ? between(0, weight) : 0}.pack(),
        spec::Neuron3{factor()}.pack(),
        spec::Neuron4{factor()}.pack(),
        one_in(2) ? 0 : below(static_cast<std::uint32_t>(weight) << 16),
        spec::Neuron6{factor()}.pack(),
        spec::Neuron7{.first = below(build_.fanouts), .count = below(fanout_ + 1)}.pack()};
    for (std::uint32_t field = 0; field < 8; ++field) {
      put(spec::Region::neuron, 8 * j + field, words[field]);
    }
  }

  spec::Build build_;
  std::mt19937 rng_;
  std::uint32_t fanout_;
  std::uint16_t tile_ = 0;
  std::vector<Word> words_;
};

}  // namespace spikemesh::model
