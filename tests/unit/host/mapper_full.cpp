// SPDX-License-Identifier: Apache-2.0
// Memories to the last word: each can be filled by a network, one word more is refused, and what
// the refusal recommends helps.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <regex>
#include <string>

#include "error_of.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/mapper.hpp"

using namespace spikemesh;

namespace {

const std::vector<TilePlace> kHere{{0, 0}};

/// Neurons of one tile that `inputs` inputs reach with `each` synapses a pair.
Network all_to_all(std::uint32_t inputs, std::uint32_t neurons, std::uint32_t each = 1,
                   bool plastic = false) {
  Network network(1.0);
  network.add_neurons("n", neurons, RawNeurons{.theta = 5});
  network.place(0, kHere);
  if (inputs == 0) return network;
  network.add_input("in", inputs);
  if (plastic)
    network.add(LearningRule{.name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .w_max = 5});
  for (std::uint32_t i = 0; i < each; ++i) {
    const auto id = network.connect_all_to_all(1, 0, 1, 1);
    if (plastic) network.set_rule(id, 0);
  }
  return network;
}

/// Neurons of tile (0, 0) with `entries` fan-out entries: of all but one neuron, or of all, to the
/// host, and the others on axons of their own, static ones of every tile and then of rules.
Network spread(const spec::Build& build, std::uint32_t entries, bool all_recorded) {
  Network network(1.0);
  const std::uint32_t neurons = build.neurons, tiles = build.mesh_w * build.mesh_h;
  network.add_neurons("n", neurons, RawNeurons{.theta = 5});
  network.place(0, kHere);
  std::vector<std::uint32_t> recorded;
  for (std::uint32_t i = all_recorded ? 0 : 1; i < neurons; ++i) recorded.push_back(i);
  network.record(0, recorded);
  for (std::uint32_t tile = 1; tile < tiles; ++tile) {
    network.place(network.add_neurons(fmt::format("to{}", tile), 1, RawNeurons{}),
                  {{tile % build.mesh_w, tile / build.mesh_w}});
  }
  const std::uint32_t each = std::min({neurons, build.axons, build.synapses / build.lanes});
  std::vector<std::uint32_t> left(tiles, std::min(build.axons, build.synapses / build.lanes));
  std::uint32_t axons = entries - (neurons - 1);
  for (std::uint32_t kind = 0; kind <= spec::kRules && axons > 0; ++kind) {
    if (kind > 0)
      network.add(LearningRule{.name = fmt::format("r{}", kind),
                               .tau_pre_ms = 20,
                               .tau_post_ms = 20,
                               .a_plus = 0.1 * kind,
                               .w_max = 5});
    for (std::uint32_t at = 1; at <= tiles && axons > 0; ++at) {  // its own tile last
      const std::uint32_t tile = at % tiles, count = std::min({each, left[tile], axons});
      std::vector<Synapse> synapses;
      for (std::uint32_t i = 0; i < count; ++i) synapses.push_back({i, 0, 1, 1});
      if (synapses.empty()) continue;
      const auto id = network.connect(0, tile, synapses);
      if (kind > 0) network.set_rule(id, kind - 1);
      left[tile] -= count;
      axons -= count;
    }
  }
  return network;
}

spec::Build with(const std::string& changes) { return parse_build(changes, "build"); }

using Count = MapReport::Use MapReport::Tile::*;
MapReport::Use use_of(const Network& network, const spec::Build& build, Count count) {
  return map_network(network, build).report.tiles.at(0).*count;
}

/// The network fills the memory; the other, which needs one word more, is refused, and maps on the
/// build that the refusal names. Without `larger` the parameter is as large as it can be.
void check_full(const Network& full, const Network& more, const spec::Build& build, Count count,
                const std::string& parameter, bool larger) {
  CAPTURE(parameter);
  const MapReport::Use use = use_of(full, build, count);
  CHECK(use.used == use.available);
  const std::string message = error_of([&] { map_network(more, build); });
  CAPTURE(message);
  REQUIRE(message != "");
  std::smatch found;
  const bool names = std::regex_search(
      message, found,
      std::regex("build with ((?:\\w+=\\d+, )*" + parameter + "=\\d+(?:, \\w+=\\d+)*)"));
  CHECK(names == larger);
  const auto says = [&](const char* text) { return message.find(text) != std::string::npos; };
  CHECK((names || says("name more tiles") || says("no build has that many")));
  if (!names) return;
  auto json = to_json(build);
  const std::string changes = found[1].str();
  const std::regex change("(\\w+)=(\\d+)");
  for (std::sregex_iterator at(changes.begin(), changes.end(), change), end; at != end; ++at)
    json = std::regex_replace(json, std::regex("\"" + (*at)[1].str() + "\": *\\d+"),
                              fmt::format("\"{}\": {}", (*at)[1].str(), (*at)[2].str()));
  const spec::Build wanted = parse_build(json, "wanted");
  CHECK(wanted != build);
  CHECK_NOTHROW(map_network(more, wanted));
}

void check_synapses(const spec::Build& build) {
  const std::uint32_t neurons = std::min(build.neurons, build.synapses / 4);
  const std::uint32_t inputs = std::min(build.axons, build.synapses / neurons);
  const std::uint32_t each = build.synapses / neurons / inputs;
  REQUIRE(each * inputs * neurons == build.synapses);
  Network more = all_to_all(inputs, neurons, each);
  more.connect(1, 0, {{0, 0, 1, 1}});
  check_full(all_to_all(inputs, neurons, each), more, build, &MapReport::Tile::synapses, "Synapses",
             build.synapses < 65536);
}

/// A row takes a word of each lane: where these run out first, they are what a chip needs more of.
void check_axons(const spec::Build& build) {
  const std::uint32_t rows = build.synapses / build.lanes;
  if (build.axons <= rows)
    check_full(all_to_all(build.axons, build.lanes), all_to_all(build.axons + 1, build.lanes),
               build, &MapReport::Tile::axons, "Axons", build.axons < 4096);
  else
    check_full(all_to_all(rows, build.lanes), all_to_all(rows + 1, build.lanes), build,
               &MapReport::Tile::synapses, "Synapses", build.synapses < 65536);
}

void check_neurons(const spec::Build& build) {
  check_full(all_to_all(0, build.neurons), all_to_all(0, build.neurons + 1), build,
             &MapReport::Tile::neurons, "Neurons", build.neurons < 2048);
}

void check_plastics(const spec::Build& build) {
  const std::uint32_t neurons = std::min(build.neurons, build.plastics / 2);
  const std::uint32_t inputs = build.plastics / neurons;
  Network more = all_to_all(inputs, neurons, 1, true);
  more.set_rule(more.connect(1, 0, {{0, 0, 1, 1}}), 0);
  check_full(all_to_all(inputs, neurons, 1, true), more, build, &MapReport::Tile::plastics,
             "Plastics", build.plastics < 32768);
}

/// Fan-out entries beyond those to the host need axons: false where the tiles have fewer, so that
/// no network can use the whole memory.
bool check_fanouts(const spec::Build& build) {
  const std::uint64_t axons = std::min(build.axons, build.synapses / build.lanes);
  if (build.fanouts > axons * build.mesh_w * build.mesh_h + build.neurons - 1) return false;
  check_full(spread(build, build.fanouts, false), spread(build, build.fanouts, true), build,
             &MapReport::Tile::fanouts, "Fanouts", build.fanouts < 32768);
  return true;
}

void check_all(const spec::NamedBuild& named) {
  CAPTURE(std::string(named.name));
  check_neurons(named.build);
  check_axons(named.build);
  check_synapses(named.build);
  check_plastics(named.build);
}

}  // namespace

TEST_CASE("full: every memory of every named build holds a network to its last word, and no more") {
  for (const auto& named : spec::kBuilds) {
    check_all(named);
    CHECK(check_fanouts(named.build));
  }
}

TEST_CASE("full: so does every memory of every build of the cover, where its axons let it") {
  std::string never;
  for (const auto& named : spec::kCoverBuilds) {
    check_all(named);
    if (!check_fanouts(named.build)) never += fmt::format("{} ", named.name);
  }
  CHECK(never == "cover0 cover1 cover2 cover6 cover11 ");
}

TEST_CASE("full: where one larger memory is not enough, all that have to grow are named") {
  spec::Build build = load_build("tiny");
  build.synapses = 64;
  const std::string message = error_of([&] { map_network(all_to_all(65, 2), build); });
  CHECK(message ==
        "/populations/0: neuron 0 of \"n\" needs 65 axons, but a tile has 64; build with "
        "Synapses=256, Axons=128");
  build.synapses = 256;
  build.axons = 128;
  CHECK_NOTHROW(map_network(all_to_all(65, 2), build));
}

TEST_CASE("full: memories as large as the specification allows are filled to the last word, too") {
  for (const std::string lanes : {"1", "2", "4"}) {
    CAPTURE(lanes);
    const auto build = [&](const char* changes) {
      return with(fmt::format("{{\"Lanes\": {}, {}}}", lanes, changes));
    };
    check_neurons(build("\"Neurons\": 2048"));
    check_axons(build("\"Axons\": 4096, \"Synapses\": 16384"));
    check_synapses(build("\"Synapses\": 65536"));
    check_synapses(build("\"Synapses\": 32768"));
    check_plastics(build("\"Plastics\": 32768, \"Synapses\": 65536"));
  }
  check_fanouts(with(R"({"Fanouts": 32768, "Neurons": 1024, "MeshW": 64, "Axons": 4096})"));
}

TEST_CASE("full: the tiles of a whole mesh are filled, and what helps beyond is found by trying") {
  Network network(1.0);
  network.add_neurons("n", 16 * 256, RawNeurons{});
  spec::Build build = load_build("default");
  CHECK(map_network(network, build).report.tiles.size() == 16);
  Network more(1.0);
  more.add_neurons("n", 3 * 16 * 256, RawNeurons{});
  CHECK(
      error_of([&] { map_network(more, build); }) ==
      "/populations/0: neuron 4096 of \"n\" and 8191 more neurons have no room on 4 x 4 tiles: on "
      "the last tile it needs 257 neurons, but a tile has 256; build with Neurons=1024 or build "
      "with MeshW=7, MeshH=7");
  build.mesh_w = build.mesh_h = 64;
  build.neurons = 2048;
  build.fanouts = 4;
  Network talkative(1.0);
  talkative.add_neurons("n", 4096 * 4 + 1, RawNeurons{});
  talkative.record(0);
  CHECK(error_of([&] { map_network(talkative, build); })
            .find("on the last tile it needs 5 fan-out entries, but a tile has 4; build with "
                  "Fanouts=8") != std::string::npos);
}

TEST_CASE("full: a source with more words into one neuron than a row counts is refused by name") {
  Network network(1.0);
  network.add_input("in", 1);
  network.add_neurons("n", 1, RawNeurons{});
  network.connect(0, 1, std::vector<Synapse>(8191, {0, 0, 1, 1}));
  const spec::Build build = with(R"({"Synapses": 65536})");
  CHECK(map_network(network, build).report.synapses == 8191);
  network.connect(0, 1, {{0, 0, 1, 1}});
  CHECK(error_of([&] { map_network(network, build); }) ==
        "/populations/1: neuron 0 of \"n\" needs 8192 groups of synapse words from one source, but "
        "a row counts 8191; spread the source's targets over more tiles (min_tiles, tiles), or let "
        "one synapse stand for several between the same neurons");
}

namespace {

/// Adds a valid convolution of side^2 pixels, numbered channel by channel, with weight 1.
Network::Id convolve(Network& network, Network::Id from, std::uint32_t side, std::uint32_t channels,
                     std::uint32_t kernel, std::uint32_t filters) {
  const std::uint32_t out = side - kernel + 1;
  const auto to = network.add_neurons(fmt::format("conv{}", from), filters * out * out,
                                      RawNeurons{.theta = 100});
  std::vector<Synapse> synapses;
  for (std::uint32_t f = 0; f < filters; ++f)
    for (std::uint32_t pixel = 0; pixel < out * out; ++pixel)
      for (std::uint32_t k = 0; k < channels * kernel * kernel; ++k) {
        const std::uint32_t c = k / (kernel * kernel), y = pixel / out + k / kernel % kernel;
        synapses.push_back(
            {(c * side + y) * side + pixel % out + k % kernel, f * out * out + pixel, 1, 1});
      }
  network.connect(from, to, synapses);
  return to;
}

std::size_t tiles_of(std::uint32_t side, std::uint32_t channels, std::uint32_t kernel1,
                     std::uint32_t filters1, std::uint32_t kernel2, std::uint32_t filters2) {
  Network network(1.0);
  const auto in = network.add_input("in", side * side * channels);
  const auto first = convolve(network, in, side, channels, kernel1, filters1);
  network.record(convolve(network, first, side - kernel1 + 1, filters1, kernel2, filters2));
  spec::Build build = load_build("default");
  build.mesh_w = build.mesh_h = 12;
  const MapReport report = map_network(network, build).report;
  CHECK(report.synapses > 1'090'000);
  return report.tiles.size();
}

}  // namespace

TEST_CASE("full: convolutions numbered channel by channel fit where their synapses do") {
  CHECK(tiles_of(24, 2, 7, 20, 3, 10) <= 144);  // 9,040 neurons, 1,095,840 synapses: 134 at least
  CHECK(tiles_of(34, 3, 7, 8, 3, 4) <= 144);    // 8,976 neurons, 1,116,672 synapses: 137
}
