// SPDX-License-Identifier: Apache-2.0
// Learning rules of a network: from JSON to the words of tiles, and back into a network file.
#include "spikemesh/learned.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "error_of.hpp"
#include "sim/run/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/network_json.hpp"

using namespace spikemesh;

namespace {

constexpr const char* kHead = R"({"spikemesh_network": 1, "dt_ms": 1, "populations": [
  {"name": "in", "size": 6, "input": {}},
  {"name": "out", "size": 9, "record": true,
   "neuron": {"tau_m_ms": 20, "v_threshold": 1, "r": 20, "adapt_step": 0.1}}],)";

std::string rule(const std::string& more = "", const std::string& name = "hebb") {
  return R"({"name": ")" + name +
         R"(", "tau_pre_ms": 20, "tau_post_ms": 20, "w_min": 0, "w_max": 1)" + more + "}";
}

Network parse(const std::string& rules, const std::string& projections) {
  return parse_network(
      std::string(kHead) + "\"rules\": [" + rules + "], \"projections\": [" + projections + "]}",
      "n.json");
}

const std::string kDense =
    R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.4, "rule": "hebb"})";

std::string error_of_map(const std::string& rules, const std::string& projections) {
  return error_of([&] { map_network(parse(rules, projections), load_build("odd")); });
}

std::vector<std::vector<InEntry>> busy(const Image& image, std::uint64_t steps) {
  std::vector<std::vector<InEntry>> samples(1);
  samples[0].push_back({0, 1, spec::EntryKind::learning});
  for (std::uint64_t t = 0; t < steps; ++t)
    for (const Image::Input& input : image.inputs)
      if ((t + 3 * input.neuron) % 7 == 0)
        for (const std::uint32_t payload : input.payloads)
          samples[0].push_back({t, payload, spec::EntryKind::spike});
  return samples;
}

}  // namespace

TEST_CASE("rules: what was learned is saved, and maps to the same words again") {
  const Network network = parse(
      rule(R"(, "a_plus": 0.05, "a_minus": -0.03, "x_target": 0.1)") + "," +
          R"({"name": "inh", "tau_pre_ms": 9, "tau_post_ms": 20, "w_min": -1, "w_max": 0, "a_plus": -0.1, "bounds": "soft"})",
      kDense +
          R"(, {"from": "out", "to": "out", "connect": "all_to_all", "allow_self": false, "weight": -0.1, "rule": "inh"})");
  const spec::Build build = load_build("odd");
  const Mapped mapped = map_network(network, build, {.min_tiles = 3});
  CHECK(mapped.image.plastics.size() == 6 * 9 + 9 * 8);
  sim::ReferenceMachine machine(build);
  machine.load(mapped.image);
  run_samples(machine, busy(mapped.image, 300), 300, 0);
  const Network learned = read_learned(network, mapped, machine);
  CHECK_FALSE(learned.projections()[0].weight == network.projections()[0].weight);
  const auto folder = std::filesystem::temp_directory_path() / "spikemesh_learned";
  std::filesystem::create_directories(folder);
  save_network(learned, folder / "net.json");
  const Network loaded = load_network(folder / "net.json");
  CHECK(loaded == learned);
  std::filesystem::remove_all(folder);

  const Mapped again = map_network(loaded, build, {.min_tiles = 3});
  sim::ReferenceMachine fresh(build);
  fresh.load(again.image);
  std::size_t compared = 0, adapted = 0;
  for (const std::uint16_t tile : {0, 1, 2, 64, 65, 66}) {
    for (const spec::Region region :
         {spec::Region::synapse, spec::Region::rule, spec::Region::table, spec::Region::fanin,
          spec::Region::learn}) {
      const std::uint32_t base =
          spec::TileAddr{.region = static_cast<std::uint32_t>(region)}.pack();
      const std::uint32_t words = spec::region_words(build, region);
      CHECK(machine.read(tile, base, words) == fresh.read(tile, base, words));
      compared += words;
    }
    for (std::uint32_t j = 0; j < build.neurons; ++j) {
      const std::uint32_t at =
          spec::TileAddr{.index = 4 * j + 2,
                         .region = static_cast<std::uint32_t>(spec::Region::state)}
              .pack();
      CHECK(machine.read(tile, at, 2) == fresh.read(tile, at, 2));
      adapted += machine.read(tile, at, 1).front() != 0;
    }
  }
  CHECK(compared > 6000);
  CHECK(adapted == 9);
}

TEST_CASE("rules: weights that learned do not depend on mesh and placement") {
  const Network network = parse(rule(R"(, "a_plus": 0.05, "a_minus": -0.03)"), kDense);
  std::vector<Network> learned;
  for (const char* build : {"odd", "cover7", "cover4"}) {
    for (const std::uint32_t tiles : {1u, 2u, 3u}) {
      spec::Build chip = load_build(build);
      chip.weight_bits = 8;
      chip.decay_bits = 14;
      chip.plastics = 256;
      const Mapped mapped = map_network(network, chip, {.seed = tiles, .min_tiles = tiles});
      sim::ReferenceMachine machine(chip);
      machine.load(mapped.image);
      run_samples(machine, busy(mapped.image, 200), 200, 0);
      learned.push_back(read_learned(network, mapped, machine));
    }
  }
  CHECK(learned.size() == 9);
  for (const Network& one : learned) CHECK(one == learned.front());
  CHECK_FALSE(learned.front().projections()[0].weight == network.projections()[0].weight);
}

TEST_CASE("rules: a plastic synapse of weight 0 is one, a static one is none") {
  const std::string zero = R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 0)";
  const spec::Build build = load_build("odd");
  CHECK(map_network(parse(rule(), zero + R"(, "rule": "hebb"})"), build).report.synapses == 54);
  CHECK(map_network(parse(rule(), zero + "}"), build).report.synapses == 0);
}

TEST_CASE("rules: one axon for each source, tile and rule, and one for its static synapses") {
  const Network network = parse(
      rule() + "," + rule("", "other"),
      kDense + R"(, {"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.1})" +
          R"(, {"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.1, "rule": "other"})");
  const Mapped mapped = map_network(network, load_build("odd"));
  CHECK(mapped.report.tiles.at(0).axons.used == 3 * 6);
  CHECK(mapped.report.tiles.at(0).plastics.used == 2 * 54);
  CHECK(mapped.image.inputs.at(0).payloads.size() == 3);
}

TEST_CASE("rules: unknown keys, names and bad values are errors with their path") {
  CHECK(error_of([] { parse(rule(R"(, "a_pluss": 1)"), kDense); }).find("/rules/0") !=
        std::string::npos);
  CHECK(
      error_of([] {
        parse(
            rule(),
            R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.4, "rule": "habb"})");
      }) == "n.json: /projections/0/rule: no rule \"habb\"; there are hebb");
  CHECK(error_of([] { parse(rule(R"(, "x_target": -1)"), kDense); }) ==
        "n.json: /rules/0/x_target: -1, but a trace is never below 0");
  CHECK(
      error_of([] {
        parse(
            rule(),
            R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 1.5, "rule": "hebb"})");
      }) ==
      "n.json: /projections/0/weight: 1.5, but its rule \"hebb\" keeps weights in 0..1; begin "
      "there");
  CHECK(error_of([] { parse(rule() + "," + rule(), kDense); }) ==
        "n.json: /rules/1/name: \"hebb\" is the name of /rules/0, too; rename one");
}

TEST_CASE("rules: what the chip cannot hold is refused by name") {
  const auto starts = [](const std::string& text, const std::string& begin) {
    CAPTURE(text);
    CHECK(text.rfind(begin, 0) == 0);
  };
  starts(error_of_map(
             R"({"name": "hebb", "tau_pre_ms": 200, "tau_post_ms": 20, "w_min": 0, "w_max": 1})",
             kDense),
         "n.json: /rules/0/tau_pre_ms: 200 ms are 200 steps, but a trace ends after 128 steps");
  starts(error_of_map(rule(R"(, "x_target": 100)"), kDense),
         "n.json: /rules/0/x_target: 100, but a trace of this chip holds 16 spikes at most");
  starts(error_of_map(rule(R"(, "a_plus": 900, "bounds": "soft")"), kDense),
         "n.json: /rules/0/a_plus: 900, but this chip allows");
  starts(error_of_map(rule(R"(, "a_plus": 0.00001)"), kDense),
         "n.json: /rules/0/a_plus: 1e-05 is below the resolution of this chip");
  const std::string other =
      R"(, {"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.1, "rule": "slow"})";
  const std::string slow =
      R"(,{"name": "slow", "tau_pre_ms": 20, "tau_post_ms": 30, "w_min": 0, "w_max": 1})";
  starts(
      error_of_map(rule() + slow, kDense + other),
      "n.json: /projections/1/rule: neuron 0 of \"out\" learns by \"hebb\" and by \"slow\", which "
      "differ in tau_post_ms or post_max");
  std::string rules, projections;
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const std::string comma = rules.empty() ? "" : ",";
    rules += comma + rule(std::string(R"(, "a_plus": 0.0)") + std::to_string(name[0]), name);
    projections +=
        comma + R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 0.1, "rule": ")" +
        name + "\"}";
  }
  starts(error_of_map(rules, projections),
         "n.json: /populations/1: neuron 0 of \"out\" needs 5 learning rules, but a tile has 4");
}

TEST_CASE("rules: the proof counts a plastic weight at its bound, and fan-in memory can be full") {
  Network network(1);
  const auto in = network.add_input("in", 1, {.max_spikes_per_step = std::int64_t{1000}});
  const auto out = network.add_neurons("out", 1, RawNeurons{.theta = std::int64_t{100}});
  LearningRule one{.name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .w_max = 30000};
  network.add(one);
  Projection p{.from = in, .to = out, .connect = Connect::all_to_all, .weight = 5.0, .rule = 0u};
  network.add(p);
  CHECK(error_of([&] {
          map_network(network, load_build("tiny"));
        }).find("can add up to 30000000") != std::string::npos);

  Network wide(1);
  const auto many = wide.add_input("in", 40);
  const auto neurons = wide.add_neurons("out", 4, RawNeurons{.theta = std::int64_t{100}});
  one.w_max = 100;
  wide.add(one);
  p.from = many, p.to = neurons;
  wide.add(p);
  spec::Build build = load_build("tiny");
  CHECK(error_of([&] { map_network(wide, build); }).find("plastic fan-in entries") !=
        std::string::npos);
  build.plastics = 256;
  CHECK_NOTHROW(map_network(wide, build));
}

namespace {

/// A network that learns, drawn from a seed: scales, bounds and rules of all kinds and signs.
Network random_learner(std::mt19937_64& random) {
  const auto unit = [&] { return static_cast<double>(random() >> 11) * 0x1p-53; };
  const auto between = [&](double low, double high) { return low + (high - low) * unit(); };
  const auto one_in = [&](int n) { return random() % static_cast<unsigned>(n) == 0; };
  Network network(1.0);
  network.exponential = one_in(2);
  network.add_input("in", 5);
  if (one_in(4)) {
    network.add_neurons("out", 4, RawNeurons{.theta = 1000, .adapt_step = 5, .decay_adapt = 4096});
  } else {
    std::vector<double> tau(4), threshold(4);
    for (double& value : tau) value = between(5, 60);
    for (double& value : threshold) value = std::exp(between(-5, 5));
    network.add_neurons("out", 4,
                        PhysicalNeurons{.tau_m_ms = one_in(2) ? tau : std::vector<double>{20},
                                        .v_threshold = threshold,
                                        .r = one_in(4) ? -2.0 : 1.0,
                                        .adapt_step = 0.01});
    if (one_in(4)) network.v_scale = std::exp(between(4, 8));
  }
  const bool raw = std::holds_alternative<RawNeurons>(network.populations()[1].neurons);
  const double size = std::exp(between(-4, 3)), low = one_in(2) ? 0 : -size * unit();
  const auto rule = network.add(LearningRule{.name = "r",
                                             .tau_pre_ms = 20,
                                             .tau_post_ms = 20,
                                             .w_min = low,
                                             .w_max = size,
                                             .soft = one_in(2)});
  Projection p{.from = 0, .to = 1, .connect = Connect::all_to_all};
  p.weight = between(low, size);
  if (raw) p.weight_scale = 100 / size;
  if (one_in(2)) {
    p.connect = Connect::dense;
    std::vector<double> weights(20);
    for (double& weight : weights) weight = one_in(5) ? size : between(low, size);
    p.weight = std::move(weights);
  }
  p.rule = rule;
  network.add(std::move(p));
  return network;
}

/// Any weight within its rule's bounds as the chip has them, the bounds most of all.
void learn_anything(sim::ReferenceMachine& machine, const Network& network, const Image& image,
                    std::mt19937_64& random) {
  const LearningRule& rule = network.rules().front();
  for (const Image::Plastic& place : image.plastics) {
    const std::uint32_t at =
        spec::TileAddr{.index = place.index,
                       .region = static_cast<std::uint32_t>(spec::Region::synapse)}
            .pack();
    auto synapse = spec::Synapse::unpack(machine.read(place.tile, at, 1).front());
    const auto [low, high] =
        std::minmax({std::lround(rule.w_min * place.scale), std::lround(rule.w_max * place.scale)});
    const auto span = static_cast<std::uint64_t>(high - low), pick = random() % 4;
    const std::uint64_t above = pick == 0 ? 0 : pick == 1 ? span : random() % (span + 1);
    synapse.weight = static_cast<std::int32_t>(low + static_cast<long>(above)) & 0xffff;
    const std::vector<std::uint32_t> words{synapse.pack()};
    machine.write(place.tile, at, words);
  }
  for (const Image::Location& location : image.locations) {
    const std::uint32_t at =
        spec::TileAddr{.index = 4 * location.index + 2,
                       .region = static_cast<std::uint32_t>(spec::Region::state)}
            .pack();
    const std::vector<std::uint32_t> words{static_cast<std::uint32_t>(random()),
                                           static_cast<std::uint32_t>(random() & 0xff)};
    machine.write(location.tile, at, words);
  }
}

}  // namespace

TEST_CASE(
    "rules: whatever was learned, the saved network loads and is the same chip, bit for bit") {
  const auto folder = std::filesystem::temp_directory_path() / "spikemesh_learned_any";
  std::filesystem::create_directories(folder);
  std::mt19937_64 random(20260112);
  const spec::Build build = load_build("tiny");
  std::size_t words = 0, cases = 0;
  for (int round = 0; round < 1000; ++round) {
    CAPTURE(round);
    const Network network = random_learner(random);
    const Mapped mapped = map_network(network, build);
    sim::ReferenceMachine machine(build);
    machine.load(mapped.image);
    learn_anything(machine, network, mapped.image, random);
    save_network(read_learned(network, mapped, machine), folder / "net.json");
    const Mapped again = map_network(load_network(folder / "net.json"), build);
    sim::ReferenceMachine fresh(build);
    fresh.load(again.image);
    bool same = again.image.adapt_period == mapped.image.adapt_period;
    for (const spec::Region region :
         {spec::Region::synapse, spec::Region::axon, spec::Region::rule, spec::Region::table,
          spec::Region::fanin, spec::Region::learn, spec::Region::neuron, spec::Region::state}) {
      const std::uint32_t base =
          spec::TileAddr{.region = static_cast<std::uint32_t>(region)}.pack();
      const std::uint32_t count = region_words(build, region);
      same = same && machine.read(0, base, count) == fresh.read(0, base, count);
      words += count;
    }
    CHECK(same);
    ++cases;
  }
  CHECK(cases == 1000);
  CHECK(words > 1000 * 500);
  std::filesystem::remove_all(folder);
}
