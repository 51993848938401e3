// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/mapper.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "error_of.hpp"
#include "model/reference/reference.hpp"

using namespace spikemesh;

namespace {

using Spike = std::tuple<std::uint64_t, std::string, std::uint32_t>;  // step, population, neuron
using Stimulus =
    std::vector<std::vector<std::pair<std::uint32_t, std::uint32_t>>>;  // step -> {input of the
                                                                        // image, count}

spec::Build named(std::string_view name) {
  for (const spec::NamedBuild& build : spec::kBuilds)
    if (build.name == name) return build.build;
  FAIL("no such build");
  return {};
}

/// Runs an image on the reference.
std::vector<Spike> run(const Image& image, const Stimulus& stimulus) {
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
std::int64_t raw(const RawNeurons& n, Values<std::int64_t> RawNeurons::*member, std::size_t i) {
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
/// build takes it.
Network lively(std::uint64_t seed, std::uint32_t hidden = 40) {
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
                      static_cast<std::uint32_t>(pick(1, 7))});
    network.connect(from, to, list);
  };
  synapses(0, 1, 150, -30, 120);
  synapses(1, 1, 200, -100, 60);
  synapses(1, 2, 100, -60, 100);
  network.connect_all_to_all(2, 2, -20, 2, false);
  return network;
}

Stimulus noise(const Network& network, std::uint64_t seed, std::uint64_t steps) {
  std::mt19937_64 random(seed);
  const auto& hits = std::get<InputNeurons>(network.populations()[0].neurons).max_spikes_per_step;
  Stimulus stimulus(steps);
  for (auto& step : stimulus)
    for (std::uint32_t i = 0; i < network.populations()[0].size; ++i)
      if (random() % 3 == 0)
        step.emplace_back(i, 1 + random() % static_cast<std::uint64_t>(hits[i]));
  return stimulus;
}

const Block* block(const Image& image, std::uint16_t tile, spec::Region region) {
  for (const Block& b : image.blocks)
    if (b.tile == tile &&
        spec::TileAddr::unpack(b.address).region == static_cast<std::uint32_t>(region))
      return &b;
  return nullptr;
}

void check_within_limits(const MapReport& report) {
  for (const MapReport::Tile& tile : report.tiles)
    for (const MapReport::Use& use : {tile.neurons, tile.synapses, tile.axons, tile.fanouts})
      CHECK(use.used <= use.available);
}

}  // namespace

TEST_CASE(
    "mapper: a mapped network gives the spikes of the network itself, on every build and however "
    "it is spread") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    const Network network = lively(seed);
    const Stimulus stimulus = noise(network, seed, 200);
    const auto wanted = Direct(network, *network.adapt_period).run(stimulus);
    REQUIRE(wanted.size() > 100);
    for (const char* name : {"default", "ecp5", "odd"})
      for (const std::uint32_t tiles : {1, 3, 4}) {
        CAPTURE(name);
        CAPTURE(tiles);
        const Mapped mapped = map_network(network, named(name), {.seed = seed, .min_tiles = tiles});
        CHECK(mapped.report.tiles.size() >= tiles);
        check_within_limits(mapped.report);
        CHECK(run(mapped.image, stimulus) == wanted);
      }
  }
}

TEST_CASE("mapper: neither mesh size, lanes nor placement seed changes a spike") {
  const Network network = lively(9);
  const Stimulus stimulus = noise(network, 9, 150);
  const auto wanted = run(map_network(network, named("default")).image, stimulus);
  REQUIRE(wanted.size() > 100);
  for (const std::uint32_t lanes : {1, 2, 4})
    for (const std::uint32_t width : {1, 2, 7})
      for (const std::uint64_t seed : {1, 2}) {
        spec::Build build = named("default");
        build.lanes = lanes;
        build.mesh_w = width;
        build.mesh_h = 5;
        build.neurons = 16;
        CHECK(run(map_network(network, build, {.seed = seed}).image, stimulus) == wanted);
      }
}

TEST_CASE("mapper: the same network, build and seed give the same image") {
  const auto words = [] {
    std::vector<std::uint32_t> all;
    for (const Block& b :
         map_network(lively(3), named("odd"), {.seed = 5, .min_tiles = 4}).image.blocks) {
      all.push_back(b.tile);
      all.push_back(b.address);
      all.insert(all.end(), b.words.begin(), b.words.end());
    }
    return all;
  };
  CHECK(words() == words());
}

TEST_CASE("mapper: rows are padded so that a synapse stands in its target's lane") {
  spec::Build build = named("tiny");
  build.lanes = 4;
  Network network(1.0);
  network.add_input("in", 1);
  network.add_neurons("n", 8, RawNeurons{});
  // lanes of the targets: 0 0 0 (from 0, 4, 4), 1 (from 5), none in 2, 3 (from 7)
  network.connect(0, 1, {{0, 0, 1, 1}, {0, 4, 2, 2}, {0, 4, 3, 3}, {0, 5, 4, 4}, {0, 7, -5, 15}});
  const Mapped mapped = map_network(network, build);
  const Block* synapses = block(mapped.image, 0, spec::Region::synapse);
  REQUIRE(synapses != nullptr);
  REQUIRE(synapses->words.size() == 9);  // three groups of four, the empty end left out
  std::multiset<int> weights;
  for (std::size_t i = 0; i < synapses->words.size(); ++i) {
    const auto word = spec::Synapse::unpack(synapses->words[i]);
    if (word.delay == 0) {
      CHECK(synapses->words[i] == 0);
      continue;
    }
    CHECK(word.target % 4 == i % 4);
    weights.insert(word.weight);
  }
  CHECK(weights == std::multiset<int>{1, 2, 3, 4, -5});
  const auto axon = spec::Axon::unpack(block(mapped.image, 0, spec::Region::axon)->words.at(0));
  CHECK(axon == spec::Axon{.first = 0, .groups = 3});
  CHECK(mapped.report.tiles.at(0).synapses.used == 12);
  CHECK(mapped.report.tiles.at(0).padding == 7);
}

TEST_CASE(
    "mapper: a source has one axon on each tile with a target, and a recorded neuron one label") {
  const Network network = lively(2);
  const Mapped mapped = map_network(network, named("default"), {.min_tiles = 5});
  std::map<std::pair<std::string, std::uint32_t>, std::uint16_t> home;
  for (const auto& l : mapped.image.locations) home[{l.population, l.neuron}] = l.tile;
  CHECK(home.size() == 45);
  std::map<std::uint32_t, std::set<std::uint16_t>> wanted;  // input -> tiles
  const Projection& projection = network.projections()[0];
  for (std::size_t i = 0; i < network.synapse_count(projection); ++i) {
    const Synapse s = network.synapse(projection, i);
    if (s.weight != 0) wanted[s.pre].insert(home.at({"hidden", s.post}));
  }
  REQUIRE(mapped.image.inputs.size() == 10);
  for (const auto& input : mapped.image.inputs) {
    std::set<std::uint16_t> tiles;
    for (const std::uint32_t payload : input.payloads)
      tiles.insert(static_cast<std::uint16_t>(payload >> 12));
    CHECK(tiles.size() == input.payloads.size());
    CHECK(tiles == wanted[input.neuron]);
  }
  CHECK(mapped.image.labels.size() == 43);
}

TEST_CASE("mapper: a population with tiles goes there and nowhere else, spread evenly") {
  Network network = lively(4);
  network.place(1, {{3, 3}, {1, 2}});
  const Mapped mapped = map_network(network, named("default"));
  std::map<std::uint16_t, int> count;
  for (const auto& l : mapped.image.locations)
    if (l.population == "hidden") ++count[l.tile];
  CHECK(count == std::map<std::uint16_t, int>{{3 | 3 << 6, 20}, {1 | 2 << 6, 20}});
  network.place(2, {{4, 0}});
  CHECK(error_of([&] { map_network(network, named("default")); }) ==
        "/populations/2/tiles/0: [4, 0], but the mesh is 4 x 4; name a tile in it");
}

TEST_CASE("mapper: parts that talk to each other come to lie together") {
  // A ring of eight groups, each on a tile of its own: neighbours talk much.
  Network network(1.0);
  network.add_input("in", 1);
  network.min_tiles = 8;
  for (int g = 0; g < 8; ++g)
    network.add_neurons(std::string(1, static_cast<char>('a' + g)), 16, RawNeurons{});
  for (std::uint32_t g = 0; g < 8; ++g) network.connect_all_to_all(1 + g, 1 + (g * 3 + 3) % 8, 1);
  network.connect_all_to_all(0, 1, 1);
  const Mapped mapped = map_network(network, named("default"));
  CHECK(mapped.report.tiles.size() == 8);
  // every spike of a group crosses at least one link to another group; the input crosses the host
  // link
  CHECK(mapped.report.flit_hops >= 8 * 16 + 1);
  CHECK(mapped.report.flit_hops <= 8 * 16 + 1 + 8);
}

TEST_CASE("mapper: what does not fit a tile is refused with memory, need and remedy") {
  spec::Build build = named("tiny");
  Network axons(1.0);
  axons.add_input("in", 65);
  axons.add_neurons("n", 1, RawNeurons{});
  axons.connect_all_to_all(0, 1, 1);
  CHECK(
      error_of([&] { map_network(axons, build); }) ==
      "/populations/1: neuron 0 of \"n\" needs 65 axons, but a tile has 64; build with Axons=128");
  Network synapses(1.0);
  synapses.add_input("in", 1);
  synapses.add_neurons("n", 1, RawNeurons{});
  synapses.connect(0, 1, std::vector<Synapse>(257, {0, 0, 1, 1}));
  CHECK(error_of([&] { map_network(synapses, build); }) ==
        "/populations/1: neuron 0 of \"n\" needs 257 synapse words, but a tile has 256; build with "
        "Synapses=512");
  Network neurons(1.0);
  neurons.add_neurons("n", 19, RawNeurons{});
  CHECK(error_of([&] { map_network(neurons, build); }) ==
        "/populations/0: neuron 16 of \"n\" and 2 more neurons have no room on 1 x 1 tiles: on the "
        "last tile it needs 17 neurons, but a "
        "tile has 16; build with Neurons=32 or build with MeshW=2, MeshH=1");
}

TEST_CASE("mapper: fan-out lists that are too long for a tile make it take fewer neurons") {
  spec::Build build = named("default");
  build.neurons = 16;
  build.fanouts = 64;
  Network network(1.0);
  network.add_neurons("a", 16, RawNeurons{});
  network.add_neurons("b", 64, RawNeurons{});
  network.record(0);
  network.connect_all_to_all(
      0, 1, 1);  // each of "a" needs at least four tiles and the host: five entries
  const Mapped mapped = map_network(network, build);
  check_within_limits(mapped.report);
  std::set<std::uint16_t> tiles;
  for (const auto& l : mapped.image.locations)
    if (l.population == "a") tiles.insert(l.tile);
  CHECK(tiles.size() >= 2);
  build.fanouts = 4;
  CHECK(error_of([&] {
          map_network(network, build);
        }).find(" fan-out entries, but a tile has 4; build with Fanouts=8") != std::string::npos);
}

TEST_CASE("mapper: a spread over more tiles than there are, or than neurons, is refused") {
  Network network = lively(1);
  CHECK(error_of([&] { map_network(network, named("ecp5"), {.min_tiles = 5}); }) ==
        "min_tiles: 5, but the mesh has 4 tiles; lower it or build with MeshW=3, MeshH=2");
  Network small(1.0);
  small.add_neurons("n", 3, RawNeurons{});
  CHECK(error_of([&] { map_network(small, named("default"), {.min_tiles = 4}); }) ==
        "min_tiles: 4, but the network has 3 neurons; lower it");
  CHECK(map_network(small, named("default"), {.min_tiles = 3}).report.tiles.size() == 3);
}

TEST_CASE("mapper: a network that breaks the overflow proof is not mapped") {
  Network network(1.0);
  network.add_input("in", 1, {std::int64_t{300}});
  network.add_neurons("n", 1, RawNeurons{});
  network.connect_all_to_all(0, 1, 32767);
  CHECK(error_of([&] {
          map_network(network, named("default"));
        }).find("its inputs can add up to 9830100 in one step") != std::string::npos);
}

TEST_CASE("mapper: unused memories get no words, and every block lies in its memory") {
  const Mapped mapped = map_network(lively(6), named("odd"));
  std::set<std::uint16_t> used;
  for (const MapReport::Tile& tile : mapped.report.tiles)
    used.insert(static_cast<std::uint16_t>(tile.x | tile.y << 6));
  REQUIRE_FALSE(mapped.image.blocks.empty());
  for (const Block& b : mapped.image.blocks) {
    CHECK(used.count(b.tile) == 1);
    CHECK(b.words.back() != 0);
  }
}

TEST_CASE("mapper: the report is told as a table and as JSON with a schema version") {
  const Mapped mapped = map_network(lively(6), named("default"), {.min_tiles = 2});
  const auto json = nlohmann::json::parse(to_json(mapped.report));
  CHECK(json.at("schema") == "spikemesh-map-2");
  CHECK(json.at("tiles").size() == 2);
  CHECK(json.at("tiles").at(0).at("neurons").at("available") == 256);
  CHECK(json.at("build").at("MeshW") == 4);
  std::uint64_t neurons = 0;
  for (const auto& tile : json.at("tiles"))
    for (const auto& range : tile.at("populations"))
      neurons += range.at("count").get<std::uint64_t>();
  CHECK(neurons == 45);
  const std::string text = to_text(mapped.report);
  CHECK(text.find("hidden[0..") != std::string::npos);
  CHECK(text.find("2 of 16 tiles") != std::string::npos);
  CHECK(text.find("\nFullest memory: ") != std::string::npos);
  CHECK(text.find("plastic") == std::string::npos);
}

TEST_CASE("mapper: a network of inputs alone is refused with what is missing") {
  Network network(1.0);
  network.add_input("in", 3);
  CHECK(error_of([&] { map_network(network, named("tiny")); }) ==
        "/populations: the network has no neurons, so a chip has nothing to do; add a population "
        "with \"neuron\" or \"raw\"");
}
