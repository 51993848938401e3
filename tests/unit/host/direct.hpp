// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "model/reference/reference.hpp"
#include "spikemesh/mapper.hpp"

/// Networks as their authors say them, run without a chip, and what a mapped one gives.
namespace spikemesh::test {

using Spike = std::tuple<std::uint64_t, std::string, std::uint32_t>;  // step, population, neuron
using Stimulus =
    std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>>;  // step -> {input of the
                                                                        // image, count}

inline spec::Build named(std::string_view name) {
  for (const spec::NamedBuild& build : spec::kBuilds)
    if (build.name == name) return build.build;
  FAIL("no such build");
  return {};
}

/// Runs an image on the reference.
inline std::vector<Spike> run(const Image& image, const Stimulus& stimulus) {
  model::Reference chip(image.build);
  for (const Block& block : image.blocks) chip.write(block.tile, block.address, block.words);
  chip.set_adapt_period(image.adapt_period);
  std::vector<Spike> spikes;
  for (std::uint64_t t = 0; t < stimulus.size(); ++t) {
    std::vector<std::uint32_t> payloads;
    for (const auto& [input, count] : stimulus[t])
      for (std::uint32_t i = 0; i < count; ++i)
        payloads.insert(payloads.end(), image.inputs[input].payloads.begin(),
                        image.inputs[input].payloads.end());
    for (const std::uint32_t label : chip.step(payloads))
      spikes.emplace_back(t, image.labels[label].population, image.labels[label].neuron);
  }
  CHECK(chip.bad_entries() == 0);
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

/// Every value of one raw neuron.
inline std::int64_t raw(const RawNeurons& n, Values<std::int64_t> RawNeurons::*member,
                        std::size_t i) {
  return (n.*member).get(i, 0);
}

/// The network itself, straight from docs/arithmetic.md: no tiles, axons or slots. Raw neurons,
/// whole weights.
class Direct {
 public:
  Direct(const Network& network, std::uint32_t adapt_period)
      : network_(network), period_(std::uint64_t{1} << adapt_period) {
    for (const Population& p : network.populations()) state_.emplace_back(p.size);
    acc_.resize(network.populations().size());
  }
  std::vector<Spike> run(const Stimulus& stimulus) {
    std::vector<Spike> spikes;
    for (std::uint64_t t = 0; t < stimulus.size(); ++t) {
      std::vector<std::map<std::uint32_t, std::uint32_t>> fired(network_.populations().size());
      for (std::uint32_t p = 0; p < network_.populations().size(); ++p)
        update(p, t, fired[p], spikes);
      for (const auto& [input, count] : stimulus[t]) fired[0][input] += count;
      deliver(t, fired);
    }
    std::sort(spikes.begin(), spikes.end());
    return spikes;
  }

 private:
  struct Neuron {
    std::int64_t v = 0, i = 0, adapt = 0, refractory = 0;
  };
  static std::int64_t clip(std::int64_t x) {
    return std::clamp<std::int64_t>(x, -8388608, 8388607);
  }
  std::int64_t decay(std::int64_t x, std::int64_t k) const {
    return x * k / (std::int64_t{1} << network_.decay_bits);
  }

  void update(std::uint32_t p, std::uint64_t t, std::map<std::uint32_t, std::uint32_t>& fired,
              std::vector<Spike>& spikes) {
    const Population& population = network_.populations()[p];
    const auto* n = std::get_if<RawNeurons>(&population.neurons);
    for (std::uint32_t j = 0; n && j < population.size; ++j) {
      Neuron& s = state_[p][j];
      const auto get = [&](auto member) { return raw(*n, member, j); };
      if (t % period_ == 0) s.adapt = decay(s.adapt, get(&RawNeurons::decay_adapt));
      const std::int64_t in = acc_[p].count({t, j}) ? acc_[p][{t, j}] : 0;
      s.i = clip(decay(s.i, get(&RawNeurons::decay_i)) +
                 in * (std::int64_t{1} << get(&RawNeurons::gain)) + get(&RawNeurons::bias));
      if (s.refractory > 0) {
        --s.refractory;
        continue;
      }
      s.v = clip(decay(s.v, get(&RawNeurons::decay_v)) + s.i);
      if (!(s.v > get(&RawNeurons::theta) + s.adapt / 65536)) continue;
      s.v = get(&RawNeurons::subtract) ? clip(s.v - get(&RawNeurons::theta))
                                       : get(&RawNeurons::v_reset);
      s.refractory = get(&RawNeurons::refractory);
      s.adapt = std::min<std::int64_t>(s.adapt + get(&RawNeurons::adapt_step),
                                       (std::int64_t{1} << 40) - 1);
      fired[j] = 1;
      if (std::binary_search(population.recorded.begin(), population.recorded.end(), j))
        spikes.emplace_back(t, population.name, j);
    }
  }
  void deliver(std::uint64_t t, std::vector<std::map<std::uint32_t, std::uint32_t>>& fired) {
    for (const Projection& projection : network_.projections())
      for (std::size_t i = 0; i < network_.synapse_count(projection); ++i) {
        const Synapse s = network_.synapse(projection, i);
        const auto hit = fired[projection.from].find(s.pre);
        if (hit != fired[projection.from].end())
          acc_[projection.to][{t + s.delay, s.post}] +=
              static_cast<std::int64_t>(s.weight) * hit->second;
      }
  }

  const Network& network_;
  std::uint64_t period_;
  std::vector<std::vector<Neuron>> state_;
  std::vector<std::map<std::pair<std::uint64_t, std::uint32_t>, std::int64_t>> acc_;
};

/// Recurrent, with every parameter in use; weights fit 8 bits and delays 7 steps, so that every
/// build takes it without relays.
inline Network lively(std::uint64_t seed, std::uint32_t hidden = 40, std::int64_t longest = 7) {
  std::mt19937_64 random(seed);
  const auto pick = [&](std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
  };
  const auto each = [&](std::uint32_t n, std::int64_t low, std::int64_t high) {
    std::vector<std::int64_t> values(n);
    for (auto& value : values) value = pick(low, high);
    return values;
  };
  Network network(1.0);
  network.adapt_period = 1;
  network.add_input("in", 10, {each(10, 1, 3)});
  RawNeurons neurons{.theta = each(hidden, 200, 400),
                     .v_reset = each(hidden, -50, 50),
                     .subtract = each(hidden, 0, 1),
                     .bias = each(hidden, -5, 10),
                     .decay_i = each(hidden, 0, 3000),
                     .decay_v = each(hidden, 3000, 4096),
                     .gain = each(hidden, 0, 1),
                     .refractory = each(hidden, 0, 3),
                     .adapt_step = each(hidden, 0, 1 << 22),
                     .decay_adapt = each(hidden, 3000, 4096)};
  network.add_neurons("hidden", hidden, neurons);
  network.add_neurons("out", 5, RawNeurons{.theta = 150, .subtract = 1, .decay_v = 3900});
  network.record(1);
  network.record(2, {0, 3, 4});
  const auto synapses = [&](std::uint32_t from, std::uint32_t to, int n, std::int64_t low,
                            std::int64_t high) {
    std::vector<Synapse> list;
    for (int i = 0; i < n; ++i)
      list.push_back({static_cast<std::uint32_t>(pick(0, network.populations()[from].size - 1)),
                      static_cast<std::uint32_t>(pick(0, network.populations()[to].size - 1)),
                      static_cast<double>(pick(low, high)),
                      static_cast<std::uint32_t>(pick(1, longest))});
    network.connect(from, to, list);
  };
  synapses(0, 1, 150, -30, 120);
  synapses(1, 1, 200, -100, 60);
  synapses(1, 2, 100, -60, 100);
  network.connect_all_to_all(2, 2, -20, 2, false);
  return network;
}

inline Stimulus noise(const Network& network, std::uint64_t seed, std::uint64_t steps) {
  std::mt19937_64 random(seed);
  const auto& hits = std::get<InputNeurons>(network.populations()[0].neurons).max_spikes_per_step;
  Stimulus stimulus(steps);
  for (auto& step : stimulus)
    for (std::uint32_t i = 0; i < network.populations()[0].size; ++i)
      if (random() % 3 == 0)
        step.emplace_back(i, 1 + random() % static_cast<std::uint64_t>(hits[i]));
  return stimulus;
}

}  // namespace spikemesh::test
