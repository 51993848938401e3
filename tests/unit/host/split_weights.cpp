// SPDX-License-Identifier: Apache-2.0
// Strong synapses over several words (docs/network.md, "Strong synapses beside weak ones").
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "error_of.hpp"
#include "spikemesh/mapper.hpp"

using namespace spikemesh;

namespace {

const spec::Build kBuild = spec::kBuilds[0].build;

/// Inputs with these weights, each of its own, into one neuron.
Network weights_into_one(std::vector<double> weights, PhysicalNeurons neurons) {
  Network network(1.0);
  network.add_input("in", static_cast<std::uint32_t>(weights.size()));
  network.add_neurons("n", 1, std::move(neurons));
  network.connect_dense(0, 1, std::move(weights));
  return network;
}

/// Sums of the words of each source.
std::map<std::uint32_t, std::int64_t> sums_of(const IntegerNetwork& network) {
  std::map<std::uint32_t, std::int64_t> sums;
  for (std::uint32_t unit = 0; unit < network.units(); ++unit)
    for (std::uint64_t i = network.row[unit]; i < network.row[unit + 1]; ++i)
      sums[unit] += network.synapses[i].weight;
  return sums;
}

const PhysicalNeurons kNeuron{.beta = 0.5, .v_threshold = 65.536};

}  // namespace

TEST_CASE("split weights: 400 beside 0.01 keeps 1 % in the fewest words that a gain allows") {
  // 2^18 / 65.536 = 4000 raw units in one unit of v: 1,600,000, 40 and 42.8 without a gain. With a
  // gain of 1 the last would be 21.4, which rounds by 1.9 %.
  Network network = weights_into_one({400, 0.01, 0.0107}, kNeuron);
  const Converted told = convert(network, kBuild);
  REQUIRE(told.report.warnings().size() == 1);
  CHECK(told.report.warnings()[0].find(
            "2 of 3 weights are off by more than 1 % (most at "
            "/projections/0/weight/1/0); weights there are multiples of "
            "0.016 because one into the same neuron is 400: weaken that, "
            "or let it take several words (split_weights)") != std::string::npos);
  CHECK(told.report.split == 0);
  network.split_weights = 0.01;
  const Converted split = convert(network, kBuild);
  CHECK(split.report.v_scale("n", 0) == 4000.0);
  CHECK(split.network.neurons[3].gain == 0);
  CHECK(split.report.split == 1);
  CHECK(split.report.split_words == 49);  // ceil(1,600,000 / 32767)
  CHECK(sums_of(split.network) ==
        std::map<std::uint32_t, std::int64_t>{{0, 1'600'000}, {1, 40}, {2, 43}});
  CHECK(split.report.projections.at(0).weight.max < 0.01);
  CHECK(split.report.warnings().empty());
  CHECK(convert(network, kBuild, 0).report.split == 0);  // the caller's word counts
  CHECK(convert(weights_into_one({400, 0.01}, kNeuron), kBuild, 0.01).report.split_words == 7);
}

TEST_CASE(
    "split weights: any weights keep the bound that the finest unit allows, in no more words "
    "than the next gain would break it with") {
  std::uint64_t state = 1, splits = 0;
  const auto draw = [&] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 40) / (1 << 24);
  };
  for (int round = 0; round < 300; ++round) {
    const std::uint32_t bits = 8 + round % 9;
    const double bound = std::pow(10, -3 + 2.5 * draw());
    std::vector<double> weights;
    for (int i = 0; i < 2 + round % 9; ++i)
      weights.push_back((draw() < 0.3 ? -1 : 1) * std::pow(10, -3 + 4 * draw()));
    spec::Build build = kBuild;
    build.weight_bits = bits;
    const Network network = weights_into_one(weights, {.beta = 0.5, .v_threshold = 1.0});
    const Converted plain = convert(network, build), split = convert(network, build, bound);
    const auto unit = static_cast<std::uint32_t>(weights.size());
    const std::uint32_t gain = split.network.neurons[unit].gain,
                        unsplit = plain.network.neurons[unit].gain;
    const double scale = split.report.v_scale("n", 0);
    CHECK(scale == plain.report.v_scale("n", 0));
    CHECK(gain <= unsplit);
    const auto worst = [&](std::uint32_t shift) {
      double error = 0;
      for (const double weight : weights) {
        const double exact = std::ldexp(weight * scale, -static_cast<int>(shift));
        error = std::max(error, std::abs(std::round(exact) / exact - 1));
      }
      return error;
    };
    for (std::uint32_t above = gain + 1; above <= unsplit; ++above)
      CHECK(worst(above) > bound * (1 - 1e-6));
    if (worst(gain) > bound * (1 + 1e-6)) CHECK(gain == 0);
    std::uint64_t words = 0;
    for (const auto& [source, sum] : sums_of(split.network)) {
      const double exact = std::ldexp(weights[source] * scale, -static_cast<int>(gain));
      CHECK(static_cast<double>(sum) == std::round(exact));
      const double most = std::ldexp(1.0, static_cast<int>(bits) - 1) - 1;
      words += std::max<std::uint64_t>(
          1, static_cast<std::uint64_t>(std::ceil(std::abs(std::round(exact)) / most)));
    }
    CHECK(split.network.synapses.size() == words);
    CHECK(prove_no_overflow(split.network) <= 8388607);
    splits += split.report.split;
  }
  CHECK(splits > 300);
}

TEST_CASE("split weights: neurons that keep the bound in single words stay what they are") {
  const Network network = weights_into_one({0.5, -0.25, 0.01}, {.beta = 0.5, .v_threshold = 1.0});
  const Converted plain = convert(network, kBuild), split = convert(network, kBuild, 0.01);
  CHECK(plain.network.neurons[3].gain == 3);
  CHECK(split.network.synapses == plain.network.synapses);
  CHECK(split.network.neurons == plain.network.neurons);
}

TEST_CASE("split weights: the proof of the accumulators counts every word") {
  Network network = weights_into_one({400, 0.01, 0.0107}, kNeuron);
  network.split_weights = 0.01;
  CHECK(prove_no_overflow(convert(network, kBuild).network) == 1'600'083);
  // Six spikes in a step would be 9.6 million with gain 0: the gain goes as far as the sums allow.
  Network often(1.0);
  often.add_input("in", 3, {.max_spikes_per_step = std::int64_t{6}});
  often.add_neurons("n", 1, kNeuron);
  often.connect_dense(0, 1, {400, 0.01, 0.0107});
  const Converted held = convert(often, kBuild, 0.01);
  CHECK(held.network.neurons[3].gain == 1);
  CHECK(prove_no_overflow(held.network) == 6 * (800'000 + 20 + 21));
  Network raw(1.0);
  raw.add_input("in", 2);
  raw.add_neurons("n", 1, RawNeurons{});
  raw.connect_dense(0, 1, {8'388'000, 608});
  CHECK(error_of([&] { prove_no_overflow(convert(raw, kBuild, 0.01).network); }).find("8388608") !=
        std::string::npos);
}

TEST_CASE(
    "split weights: a raw weight beyond a word takes several, up to what an accumulator holds") {
  Network network(1.0);
  network.add_input("in", 1);
  network.add_neurons("n", 1, RawNeurons{});
  const Network::Id id = network.connect_all_to_all(0, 1, -100'000);
  CHECK(error_of([&] { convert(network, kBuild); }) ==
        "/projections/0/weight: -100000, but this chip allows -32768..32767; make it smaller (and "
        "the neuron's gain larger) or let it take several words (split_weights)");
  const Converted split = convert(network, kBuild, 0.01);
  std::vector<int> words;
  for (const IntegerSynapse& synapse : split.network.synapses) words.push_back(synapse.weight);
  CHECK(words == std::vector<int>{-25'000, -25'000, -25'000, -25'000});
  network.set_weights(id, {-32'768});
  CHECK(convert(network, kBuild, 0.01).network.synapses.size() == 1);
  network.set_weights(id, {8'388'608});
  CHECK(error_of([&] { convert(network, kBuild, 0.01); }) ==
        "/projections/0/weight: 8388608, but this chip allows -8388608..8388607; make it smaller "
        "(and the neuron's gain larger)");
  network.set_weights(id, {8'000'000});
  spec::Build narrow = kBuild;
  narrow.weight_bits = 8;
  CHECK(error_of([&] { convert(network, narrow, 0.01); }) ==
        "/projections/0/weight: 8000000 takes 62993 words with split_weights = 0.01, but a row has "
        "at most 8191; raise split_weights or build with WeightBits=16");
}

TEST_CASE(
    "split weights: a plastic synapse is refused where it would take several words, with "
    "remedies that work") {
  const auto network = [](double w_max) {
    Network made(1.0);
    made.add_input("weak", 1);
    made.add_input("strong", 1);
    made.add_neurons("n", 1, kNeuron);
    const auto rule = made.add(LearningRule{
        .name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .a_plus = 0.01, .w_max = w_max});
    made.connect_all_to_all(0, 2, 0.0107);
    made.set_rule(made.connect_all_to_all(1, 2, 0.1), rule);
    return made;
  };
  const auto refused = [&](double w_max, double bound) {
    return error_of([&] { convert(network(w_max), kBuild, bound); });
  };
  CHECK(
      refused(400, 0.01) ==
      "/projections/1/rule: weights of neuron 0 of \"n\" learn up to 400, which takes 49 words so "
      "that the weak weights beside them keep split_weights = 0.01, but a plastic synapse has one "
      "word; keep the bounds within 8.18 or raise split_weights to 0.5");
  CHECK(refused(8.18, 0.01) == "");
  CHECK(refused(400, 0.5) == "");
  CHECK(refused(400, 0.0) == "");
  const std::string less = refused(30, 0.01);
  const auto at = less.find("raise split_weights to ");
  REQUIRE(at != std::string::npos);
  const double kept = std::stod(less.substr(at + 23));
  CHECK(kept < 0.1);
  CHECK(refused(30, kept) == "");
}

TEST_CASE("split weights: the report and the map tell what they cost, and words lie in one row") {
  Network network = weights_into_one({400, 0.01, 0.0107}, kNeuron);
  network.record(1);
  const Mapped mapped = map_network(network, kBuild, {.split_weights = 0.01});
  CHECK(mapped.report.synapses == 3);
  CHECK(mapped.report.tiles.at(0).synapses.used == 51);
  CHECK(mapped.report.tiles.at(0).axons.used == 3);
  const std::string text = to_text(mapped.report), json = to_json(mapped.report);
  CHECK(text.find("Split weights (split_weights = 0.01): 1 synapses are split over 49 words") !=
        std::string::npos);
  CHECK(text.find("or finer; 1 synapses are split over 49 words") != std::string::npos);
  for (const char* part : {"\"split_weights\": 0.01", "\"split\": 1", "\"split_words\": 49"})
    CHECK(json.find(part) != std::string::npos);
}

TEST_CASE("split weights: a bound that is no error is refused") {
  Network network = weights_into_one({1}, kNeuron);
  for (const double bad : {-0.1, 1.0, 2.0, std::nan("")}) {
    CHECK(error_of([&] {
            map_network(network, kBuild, {.split_weights = bad});
          }).find("split_weights: ") == 0);
    network.split_weights = bad;
    CHECK(error_of([&] { convert(network, kBuild); }).find("/split_weights: ") == 0);
  }
}

TEST_CASE(
    "split weights: weights that are off by more than 1 % are told, even if few weigh little "
    "beside a strong one") {
  // The error of the strong one hides theirs in the mean: 2 of 3 are off by up to a half.
  const auto report = convert(weights_into_one({400, 0.021, 0.043}, kNeuron), kBuild).report;
  const RoundingError& weights = report.projections.at(0).weight;
  CHECK(weights.rms < kLossBound);
  CHECK(weights.vanished == 0);
  CHECK(weights.coarse == 2);
  REQUIRE(report.warnings().size() == 1);
  CHECK(report.warnings()[0].find("2 of 3 weights are off by more than 1 % (most at "
                                  "/projections/0/weight/1/0)") != std::string::npos);
}
