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

#include "direct.hpp"
#include "error_of.hpp"

using namespace spikemesh;
using namespace spikemesh::test;

namespace {

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
