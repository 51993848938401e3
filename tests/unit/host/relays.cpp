// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <set>

#include "direct.hpp"
#include "error_of.hpp"
#include "spikemesh/learned.hpp"

using namespace spikemesh;
using namespace spikemesh::test;

namespace {

spec::Build with_delays(const char* name, std::uint32_t longest) {
  spec::Build build = named(name);
  build.delay_max = longest;
  return build;
}

}  // namespace

TEST_CASE(
    "relays: a network with delays beyond the chip's gives the spikes of the network itself, "
    "however it is spread") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    CAPTURE(seed);
    Network network = lively(seed, 40, 60);  // its inputs fire up to three times in a step
    network.relays = true;
    const Stimulus stimulus = noise(network, seed, 200);
    const auto wanted = Direct(network, *network.adapt_period).run(stimulus);
    REQUIRE(wanted.size() > 100);
    for (const char* name : {"default", "ecp5", "odd"})
      for (const std::uint32_t tiles : {1, 4}) {
        CAPTURE(name);
        CAPTURE(tiles);
        spec::Build build = named(name);
        build.mesh_w = build.mesh_h = 5;
        const Mapped mapped = map_network(network, build, {.seed = seed, .min_tiles = tiles});
        CHECK(mapped.report.conversion.relays > 100);
        CHECK(run(mapped.image, stimulus) == wanted);
      }
  }
}

TEST_CASE("relays: a chip with short delays and relays fires as one with long delays without") {
  for (std::uint64_t seed = 5; seed <= 6; ++seed) {
    const Network network = lively(seed, 40, 15);
    const Stimulus stimulus = noise(network, seed, 150);
    const Mapped whole = map_network(network, with_delays("default", 15));
    CHECK(whole.report.conversion.relays == 0);
    const auto wanted = run(whole.image, stimulus);
    REQUIRE(wanted.size() > 100);
    for (const std::uint32_t longest : {1u, 3u, 7u}) {
      const Mapped mapped = map_network(network, with_delays("default", longest), {.relays = true});
      CHECK(mapped.report.conversion.relays > 0);
      CHECK(mapped.report.synapses == whole.report.synapses);
      CHECK(run(mapped.image, stimulus) == wanted);
    }
  }
}

TEST_CASE("relays: every spike of a step is passed on, however long the delay") {
  Network network(1.0);
  network.add_input("in", 2, {std::int64_t{5}});
  network.add_neurons("n", 1, RawNeurons{.theta = 100'000, .decay_v = 4096});
  network.add_neurons("often", 1, RawNeurons{});
  network.connect(0, 1, {{0, 0, 7, 500}});
  network.connect(0, 2, {{1, 0, 1, 1000}});
  network.record(2);
  network.relays = true;
  const Mapped mapped = map_network(network, named("default"));
  const auto hops = [](std::uint64_t delay) { return (delay - 1) / 15; };
  CHECK(mapped.report.conversion.relays == 5 * (hops(500) + hops(1000)));
  CHECK(mapped.report.conversion.relayed == 2);
  CHECK(mapped.report.conversion.relay_words == 5 * (hops(500) + hops(1000)) + 2 * 4);
  Stimulus stimulus(1010);
  stimulus[3] = {{0, 4}, {1, 5}};
  stimulus[4] = {{1, 1}};
  CHECK(run(mapped.image, stimulus) == std::vector<Spike>{{1003, "often", 0}, {1004, "often", 0}});
  model::Reference chip(mapped.image.build);
  for (const Block& block : mapped.image.blocks) chip.write(block.tile, block.address, block.words);
  const Image::Location& n = mapped.image.locations.at(0);
  for (std::uint64_t t = 0; t < 505; ++t) {
    std::vector<std::uint32_t> payloads;
    for (int i = 0; t == 3 && i < 4; ++i)
      for (const std::uint32_t payload : mapped.image.inputs.at(0).payloads)
        payloads.push_back(payload);
    chip.step(payloads);
    const auto v = spec::State0::unpack(
        chip.read(n.tile, spec::TileAddr{.index = 4 * n.index,
                                         .region = static_cast<std::uint32_t>(spec::Region::state)}
                              .pack()));
    CHECK(v.v == (t < 503 ? 0 : 28));
  }
}

TEST_CASE("relays: none is shown as a neuron of the author, and what they cost is told") {
  Network network = lively(2, 40, 40);
  network.relays = true;
  const Mapped mapped = map_network(network, named("default"), {.min_tiles = 5});
  CHECK(mapped.image.locations.size() == 45);
  CHECK(mapped.image.labels.size() == 43);
  CHECK(mapped.image.inputs.size() == 10);
  std::uint64_t authors = 0, relays = 0;
  for (const MapReport::Tile& tile : mapped.report.tiles) {
    for (const MapReport::Range& range : tile.ranges) {
      CHECK(network.find(range.population).has_value());
      authors += range.count;
    }
    relays += tile.relays;
    CHECK(tile.neurons.used >= tile.relays);
  }
  CHECK(authors == 45);
  CHECK(relays == mapped.report.conversion.relays);
  const std::string text = to_text(mapped.report);
  CHECK(text.find("Relay neurons: " + std::to_string(relays) + " pass on the spikes of ") !=
        std::string::npos);
  for (const char* key : {"\"relays_wanted\": true", "\"relays\": ", "\"relay_words\": "})
    CHECK(to_json(mapped.report).find(key) != std::string::npos);
}

TEST_CASE("relays: they change no weight, gain or scale of the author's neurons") {
  Network network(1.0);
  network.add_input("in", 20, {std::int64_t{2}});
  network.add_neurons("n", 30, PhysicalNeurons{.tau_m_ms = 20.0, .v_threshold = 1.0});
  network.connect_fixed_probability(0, 1, 0.5, 0.7, 1, 12);
  network.connect_fixed_probability(1, 1, 0.2, -0.3, 2, 9);
  const Converted whole = convert(network, with_delays("default", 15));
  const Converted relayed = convert(network, with_delays("default", 4), {}, true);
  REQUIRE(relayed.report.relays > 0);
  const std::uint32_t units = whole.network.units();
  for (std::uint32_t unit = 0; unit < units; ++unit) {
    CHECK(relayed.network.neurons[unit] == whole.network.neurons[unit]);
    CHECK(relayed.network.author_of(unit) == unit);
  }
  CHECK(relayed.network.units() == units + relayed.report.relays);
  CHECK(relayed.network.name_of(units) == "a relay of neuron 0 of \"in\"");
  const auto sum = [&](const Converted& converted, std::uint32_t target) {
    std::int64_t sum = 0;
    for (std::uint32_t unit = 0; unit < converted.network.units(); ++unit)
      for (std::uint64_t i = converted.network.row[unit]; i < converted.network.row[unit + 1];
           ++i) {
        const IntegerSynapse& one = converted.network.synapses[i];
        const IntegerNetwork::Relay* relay = converted.network.relay_of(unit);
        if (one.target == target && (relay == nullptr || relay->level == 0)) sum += one.weight;
      }
    return sum;
  };
  for (std::uint32_t target = 20; target < units; ++target)
    CHECK(sum(relayed, target) == sum(whole, target));
}

TEST_CASE("relays: a long delay is refused where nobody wants them, and before plastic synapses") {
  Network network(1.0);
  network.add_input("in", 2);
  network.add_neurons("n", 2, RawNeurons{.theta = 100});
  network.connect_all_to_all(0, 1, 5, 40);
  const auto error = [&](const MapOptions& options = {}) {
    return error_of([&] { map_network(network, named("default"), options); });
  };
  CHECK(
      error() ==
      "/projections/0/delay: 40, but this chip allows 1..15; shorten it or let relay neurons pass "
      "on what is late (relays, --relays)");
  CHECK(error({.relays = true}) == "");
  network.relays = true;
  CHECK(error() == "");
  CHECK(error({.relays = false}) != "");
  network.set_rule(
      0, network.add(LearningRule{.name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .w_max = 10}));
  CHECK(
      error() ==
      "/projections/0/delay: 40, but this chip allows 1..15; shorten it or remove its rule: relay "
      "neurons cannot stand before plastic synapses, whose pre trace would take their time");
}

TEST_CASE("relays: a number that asks for more of them than any chip has is refused at once") {
  Network network(1.0);
  network.add_input("in", 2, {std::int64_t{60000}});
  network.add_neurons("n", 2, RawNeurons{.theta = 100});
  network.connect_all_to_all(0, 1, 1, 0xffffffff);
  network.relays = true;
  const auto error = [&](const spec::Build& build) {
    return error_of([&] { map_network(network, build); });
  };
  CHECK(error(named("default")) ==
        "/projections: delays beyond the 15 steps of this chip need 34359738240000 relay neurons, "
        "but no chip of 4 x 4 tiles holds more than 32768 neurons; shorten them or lower the "
        "max_spikes_per_step of their inputs");
}
