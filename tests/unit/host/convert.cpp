// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/convert.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

const spec::Build kBuild = spec::kBuilds[0].build;

/// One input, one population of neurons of this kind, one weight.
template <typename Neurons>
Network one(Neurons neurons, double weight, double dt_ms = 1.0) {
  Network network(dt_ms);
  network.add_input("in", 1);
  network.add_neurons("n", 1, neurons);
  network.connect_all_to_all(0, 1, weight);
  return network;
}

std::string error(const Network& network, const spec::Build& build = kBuild) {
  return error_of([&] { convert(network, build); });
}

spec::Build with(std::uint32_t spec::Build::*member, std::uint32_t value) {
  spec::Build build = kBuild;
  build.*member = value;
  return build;
}

}  // namespace

TEST_CASE("convert: raw neurons and weights stay what they are") {
  RawNeurons raw{.theta = -5,
                 .v_reset = 7,
                 .subtract = 1,
                 .bias = -8388608,
                 .decay_i = 4096,
                 .decay_v = 1,
                 .gain = 15,
                 .refractory = 255,
                 .adapt_step = 4294967295,
                 .decay_adapt = 4000};
  const Converted result = convert(one(raw, -32768), kBuild);
  const NeuronParameters& n = result.network.neurons[1];
  CHECK(n == NeuronParameters{-5, 7, -8388608, 255, 15, 1, 4096, 1, 4000, 4294967295u});
  CHECK(result.network.synapses == std::vector<IntegerSynapse>{{1, -32768, 1}});
  CHECK(result.report.populations.empty());
  CHECK(result.report.weights().count == 0);
  CHECK(result.report.warnings().empty());
}

TEST_CASE("convert: raw decay factors move to the chip's fraction bits only where that is exact") {
  Network network = one(RawNeurons{.decay_v = 4095}, 1);
  CHECK(convert(network, with(&spec::Build::decay_bits, 14)).network.neurons[1].decay_v ==
        4095 * 4);
  network = one(RawNeurons{.decay_v = 16380}, 1);
  network.decay_bits = 14;
  CHECK(convert(network, kBuild).network.neurons[1].decay_v == 4095);
  network = one(RawNeurons{.decay_v = 16381}, 1);
  network.decay_bits = 14;
  CHECK(error(network) ==
        "/populations/1/raw/decay_v: 16381 / 2^14, but this chip has multiples of 1 / 2^12; use a "
        "multiple of 4 "
        "or build with DecayBits=14");
  CHECK(error(one(RawNeurons{.decay_i = 4097}, 1)) ==
        "/populations/1/raw/decay_i: 4097, but 0..4096 are allowed (decay_bits is 12)");
}

TEST_CASE("convert: a delay beyond the chip's is refused with the build that has it") {
  const spec::Build build = with(&spec::Build::delay_max, 7);
  Network network(1.0);
  network.source = "net.json";
  network.add_input("in", 2);
  network.add_neurons("n", 2, RawNeurons{});
  network.connect_all_to_all(0, 1, 1, 7);
  CHECK(error(network, build) == "");
  network.connect_all_to_all(0, 1, 1, 12);
  CHECK(error(network, build) ==
        "net.json: /projections/1/delay: 12, but this chip allows 1..7; shorten it or build with "
        "DelayMax=15 or let relay neurons pass on what is late (relays, --relays)");
  Network dense(1.0);
  dense.add_input("in", 2);
  dense.add_neurons("n", 2, RawNeurons{});
  dense.connect_dense(0, 1, {1, 2, 3, 4}, std::vector<std::uint32_t>{1, 2, 17, 4});
  CHECK(error(dense) ==
        "/projections/0/delay/1/0: 17, but this chip allows 1..15; shorten it "
        "or let relay neurons pass on what is late (relays, --relays)");
  Network zero(1.0);
  zero.add_input("in", 1);
  zero.add_neurons("n", 1, RawNeurons{});
  zero.connect(0, 1, {{0, 0, 1, 1}, {0, 0, 1, 0}});
  CHECK(error(zero) == "/projections/0/delay/1: 0, but this chip allows 1..15; make it longer");
}

TEST_CASE("convert: a weight beyond the chip's is refused with the build that has it") {
  const spec::Build build = with(&spec::Build::weight_bits, 8);
  CHECK(error(one(RawNeurons{}, 127), build) == "");
  CHECK(error(one(RawNeurons{}, -128), build) == "");
  CHECK(error(one(RawNeurons{}, 128), build) ==
        "/projections/0/weight: 128, but this chip allows -128..127; make it smaller (and "
        "the neuron's gain larger) or build with WeightBits=9 or let it take several words "
        "(split_weights)");
  CHECK(error(one(RawNeurons{}, 32768)) ==
        "/projections/0/weight: 32768, but this chip allows -32768..32767; make it smaller (and "
        "the neuron's gain larger) or let it take several words (split_weights)");
  CHECK(error(one(RawNeurons{}, 0.5)) ==
        "/projections/0/weight: 0.5, but weights into raw neurons are integers; round it or give "
        "the projection a weight_scale");
}

TEST_CASE("convert: weight_scale turns numbers into raw weights and reports what rounding did") {
  Network network(1.0);
  network.add_input("in", 1);
  network.add_neurons("n", 3, RawNeurons{});
  Projection projection;
  projection.from = 0;
  projection.to = 1;
  projection.connect = Connect::dense;
  projection.weight = std::vector<double>{1.01, -0.5, 0.001};
  projection.weight_scale = 100;
  network.add(projection);
  const Converted result = convert(network, kBuild);
  CHECK(result.network.synapses == std::vector<IntegerSynapse>{{1, 101, 1}, {2, -50, 1}});
  const RoundingError weights = result.report.weights();
  CHECK(weights.vanished == 1);
  CHECK(weights.count == 3);
  CHECK(weights.max == doctest::Approx(1.0));
  CHECK(weights.worst == "/projections/0/weight/0/2");
}

TEST_CASE("convert: Euler decay, scale, weight and bias follow the page's formulas") {
  // a = 0.75, b = 0.9; factor = (1 - a) * w_in * (1 - b) * r = 0.25 * 2 * 0.1 * 3 = 0.15
  PhysicalNeurons neurons{.tau_m_ms = 10.0,
                          .tau_syn_ms = 4.0,
                          .v_threshold = 1.5,
                          .v_rest = -0.5,
                          .v_reset = 0.0,
                          .r = 3.0,
                          .w_in = 2.0,
                          .bias = 0.1,
                          .t_refractory_ms = 2.0};
  Network network = one(neurons, 0.7);
  network.v_scale = 1000;
  const Converted result = convert(network, kBuild);
  const NeuronParameters& n = result.network.neurons[1];
  CHECK(n.decay_i == 3072);
  CHECK(n.decay_v == 3686);  // 0.9 * 4096 = 3686.4
  CHECK(n.theta == 2000);
  CHECK(n.v_reset == 500);
  CHECK(n.bias == 15);
  CHECK(n.refractory == 2);
  CHECK(n.gain == 0);
  CHECK(result.network.synapses.front().weight == 105);  // 0.7 * 0.15 * 1000
  const PopulationConversion& report = result.report.populations.at(0);
  CHECK(report.tau_m.max == doctest::Approx(std::abs(0.1 / (1 - 3686 / 4096.0) - 1)));
  CHECK(report.tau_syn.max == doctest::Approx(0));
  CHECK(report.v_scale == 1000.0);
  // 0.7 times the factor with 1 - b as the chip has it: 105.103
  CHECK(result.report.weights().max == doctest::Approx(1 - 105 / 105.1025).epsilon(0.001));
}

TEST_CASE("convert: exponential decay uses exp(-dt/tau) and scales by one minus it") {
  Network network = one(PhysicalNeurons{.tau_m_ms = 10.0, .v_threshold = 1.0}, 1.0);
  network.exponential = true;
  network.v_scale = 4096;
  const Converted result = convert(network, kBuild);
  CHECK(result.network.neurons[1].decay_v == std::lround(4096 * std::exp(-0.1)));
  CHECK(result.network.neurons[1].decay_i == 0);
  CHECK(result.network.synapses.front().weight == std::lround(4096 * (1 - std::exp(-0.1))));
}

TEST_CASE("convert: alpha and beta are factors a step and scale nothing") {
  Network network =
      one(PhysicalNeurons{.beta = 0.5, .alpha = 0.25, .v_threshold = 1.0, .subtract = true}, 0.5);
  network.v_scale = 4096;
  const Converted result = convert(network, kBuild);
  const NeuronParameters& n = result.network.neurons[1];
  CHECK(n == NeuronParameters{.theta = 4096, .subtract = 1, .decay_i = 1024, .decay_v = 2048});
  CHECK(result.network.synapses.front().weight == 2048);
}

TEST_CASE(
    "convert: the scale comes from the range of a neuron's own state, and gives way to one "
    "weight") {
  const auto converted = [](double weight, double beta) {
    return convert(one(PhysicalNeurons{.beta = beta, .v_threshold = 0.5}, weight), kBuild);
  };
  const auto scale = [&](double weight, double beta = 0.5) {
    return converted(weight, beta).report.v_scale("n", 0);
  };
  CHECK(scale(-0.01) == 524288.0);  // 2^18 / 0.5
  CHECK(scale(8) == 524288.0);      // 16 thresholds: 2^22
  CHECK(scale(8.1) == 262144.0);
  CHECK(scale(-8) == 8192.0);  // 2^16: V has room for 128 of them below rest
  CHECK(scale(-2) == 32768.0);
  CHECK(scale(-2.1) == 16384.0);
  CHECK(scale(-0.01, 0.96) == 524288.0);    // truncation pulls by 12.5 units
  CHECK(scale(-0.01, 0.98) == 1048576.0);   // by 25
  CHECK(scale(-0.01, 0.999) == 2097152.0);  // by 500: as much as there is
  CHECK(scale(0.01, 0.999) == 8388608.0);   // but V that is never below rest needs less room
  CHECK(scale(1e5) == 8192.0);              // 2^12 / 0.5: less only where no gain would do
  CHECK(scale(1e6) == 1024.0);              // 32767 * 2^15 / 1e6 and down to a power of two
  CHECK(converted(1e5, 0.5).report.projections.at(0).clipped == 1);
  CHECK(converted(8.1, 0.5).report.projections.at(0).clipped == 0);
  CHECK(converted(3.0, 0.5).report.populations.at(0).gain_max == 6);
}

TEST_CASE("convert: a strong input of one neuron costs its neighbour no precision") {
  Network network(1.0);
  network.add_input("in", 1);
  network.add_neurons("n", 3, PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0});
  network.connect(0, 1, {{0, 0, 0.25, 1}, {0, 1, 1000, 1}, {0, 2, 0.25, 1}});
  const Converted result = convert(network, kBuild);
  const Values<double>& scale = result.report.populations.at(0).v_scale;
  CHECK(scale.all() == std::vector<double>{262144, 4096, 262144});
  CHECK(result.network.neurons[1].theta == 262144);
  CHECK(result.network.neurons[2].theta == 4096);
  CHECK(result.report.warnings().empty());
}

TEST_CASE("convert: all targets of a plastic projection learn by weights of one scale") {
  Network network(1.0);
  network.add_input("in", 2);
  network.add_neurons(
      "n", 3, PhysicalNeurons{.tau_m_ms = std::vector<double>{10, 20, 40}, .v_threshold = 1.0});
  const auto rule = network.add(LearningRule{.name = "r",
                                             .tau_pre_ms = 20,
                                             .tau_post_ms = 20,
                                             .a_plus = 0.1,
                                             .a_minus = -0.1,
                                             .w_max = 1});
  const auto id = network.connect_all_to_all(0, 1, 0.5);
  network.connect(0, 1, {{0, 1, 500, 1}});
  CHECK(convert(network, kBuild).report.populations.at(0).v_scale.size() == 3);
  network.set_rule(id, rule);
  const Converted result = convert(network, kBuild);
  REQUIRE(result.network.rules.size() == 1);
  std::vector<int> weights;
  for (const IntegerSynapse& synapse : result.network.synapses)
    if (synapse.rule != 0) weights.push_back(synapse.weight);
  REQUIRE(weights.size() == 6);
  for (const int weight : weights) CHECK(weight == weights.front());
  CHECK(result.network.neurons[2].gain == result.network.neurons[4].gain);
}

TEST_CASE("convert: weights that vanish beside a strong one are told with projection and count") {
  Network network(1.0);
  network.source = "net.json";
  network.add_input("big", 1);
  network.add_input("small", 500);
  network.add_neurons("o", 1,
                      PhysicalNeurons{.tau_m_ms = 20.0, .tau_syn_ms = 5.0, .v_threshold = 1.0});
  network.connect_all_to_all(1, 2, 0.01);
  network.connect_all_to_all(0, 2, 1000);
  const auto warnings = convert(network, kBuild).report.warnings();
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("net.json: /projections/0 (\"small\" to \"o\"): 500 of 500 weights became "
                         "0; weights there are multiples of ") == 0);
  CHECK(warnings[0].find("because one into the same neuron is 1000") != std::string::npos);
}

TEST_CASE("convert: whatever a population loses is told in one line") {
  const auto warnings = [](PhysicalNeurons neurons, std::optional<double> v_scale = {}) {
    Network network = one(std::move(neurons), 1);
    network.v_scale = v_scale;
    std::string lines;
    for (const std::string& line : convert(network, kBuild).report.warnings()) lines += line + "\n";
    return lines;
  };
  CHECK(warnings({.tau_m_ms = 20.0, .v_threshold = 1.0}) == "");
  CHECK(warnings({.tau_m_ms = 20.0, .v_threshold = 1.0, .t_refractory_ms = 0.4}) ==
        "/populations/1 (\"n\"): 1 of 1 refractory times became 0\n");
  CHECK(warnings({.beta = 0.0, .v_threshold = 0.4, .v_reset = 0.1, .bias = 0.01}, 1) ==
        "/populations/1 (\"n\"): 1 of 1 thresholds became 0; 1 of 1 reset values became 0; 1 of 1 "
        "biases became 0\n");
  CHECK(warnings({.beta = 0.0, .v_threshold = 1.4}, 1) ==
        "/populations/1 (\"n\"): thresholds are off by 29 % (most at "
        "/populations/1/neuron/v_threshold)\n");
  CHECK(warnings({.beta = 0.5, .v_threshold = 100.0, .adapt_step = 1e-6}, 1) ==
        "/populations/1 (\"n\"): 1 of 1 adaptation steps became 0\n");
  CHECK(warnings({.beta = 0.9995, .v_threshold = 1.0}, 4096)
            .find("truncation is expected to pull V towards v_rest by 25 % of the threshold") !=
        std::string::npos);
  CHECK(warnings({.tau_m_ms = 200.5, .v_threshold = 1.0})
            .find("membrane time constants are off by") != std::string::npos);
  CHECK(warnings({.tau_m_ms = 20.0, .v_threshold = -50.0, .v_reset = -65.0})
            .find("v_threshold is below v_rest, which is 0 unless given") != std::string::npos);
}

TEST_CASE("convert: an adaptive threshold to begin with is kept where no spike raises it") {
  const auto decay = [](PhysicalNeurons neurons) {
    Network network = one(std::move(neurons), 1);
    network.set_adapt(1, {0.5});
    const Converted result = convert(network, kBuild);
    CHECK(result.network.adapt[1] == std::llround(0.5 * 65536 * result.report.v_scale("n", 0)));
    return result.network.neurons[1].decay_adapt;
  };
  CHECK(decay({.beta = 1.0, .v_threshold = 1.0}) == 4096);
  CHECK(decay({.beta = 1.0, .v_threshold = 1.0, .adapt_step = 0.0}) == 4096);
  CHECK(decay({.beta = 1.0, .v_threshold = 1.0, .adapt_step = 0.0, .tau_adapt_ms = 16.0}) == 3840);
}

TEST_CASE("convert: narrow weights are used in full through the gain") {
  const Converted result = convert(one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0}, -0.9),
                                   with(&spec::Build::weight_bits, 8));
  const int weight = result.network.synapses.front().weight;
  CHECK(weight < -63);
  CHECK(weight >= -128);
  const double back = std::ldexp(weight, static_cast<int>(result.network.neurons[1].gain)) /
                      result.report.v_scale("n", 0);
  CHECK(back == doctest::Approx(-0.9).epsilon(0.01));
}

TEST_CASE("convert: the gain also keeps the sums of many full weights inside an accumulator") {
  Network network(1.0);
  network.add_input("in", 1000);
  network.add_neurons("n", 1, PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0});
  network.connect_all_to_all(0, 1, 0.99);
  const Converted result = convert(network, kBuild);
  CHECK(result.network.neurons[1000].gain == 5);  // 1000 * 0.99 * 2^18 / 2^5 < 2^23
  CHECK(prove_no_overflow(result.network) <= 8388607);
}

TEST_CASE("convert: adaptive thresholds get a period in which their decay can be told") {
  Network network =
      one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0, .adapt_step = 0.25, .tau_adapt_ms = 1e5},
          0.5);
  network.v_scale = 1024;
  const Converted result = convert(network, kBuild);
  CHECK(result.report.adapt_period == 12);
  CHECK(result.network.neurons[1].adapt_step == 256u * 65536);
  CHECK(result.network.neurons[1].decay_adapt == std::lround(4096 * std::pow(1 - 1e-5, 4096)));
  CHECK(result.report.populations.at(0).tau_adapt.max < 0.005);
  network.adapt_period = 0;
  CHECK(error(network) ==
        "/populations/1/neuron/tau_adapt_ms: it is 100000 steps, so long that its decay factor "
        "rounds to 1 (no decay) "
        "with DecayBits=12; shorten it or raise dt_ms or build with DecayBits=16");
  const Converted forever = convert(
      one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0, .adapt_step = 0.25}, 0.5), kBuild);
  CHECK(forever.network.neurons[1].decay_adapt == 4096);
}

TEST_CASE("convert: what has no place on the chip is refused by path") {
  CHECK(error(one(PhysicalNeurons{.tau_m_ms = 0.5, .v_threshold = 1.0}, 1)) ==
        "/populations/1/neuron/tau_m_ms: 0.5 ms, but with the Euler integration it is at least "
        "dt_ms = 1; shorten dt_ms or use "
        "\"integration\": \"exponential\"");
  CHECK(error(one(PhysicalNeurons{.tau_m_ms = 1e6, .v_threshold = 1.0}, 1)) ==
        "/populations/1/neuron/tau_m_ms: it is 1000000 steps, so long that its decay factor rounds "
        "to 1 (no decay) with DecayBits=12; "
        "shorten it or raise dt_ms or build with DecayBits=16");
  CHECK(error(one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0, .t_refractory_ms = 300.0}, 1)) ==
        "/populations/1/neuron/t_refractory_ms: 300 steps, but the chip counts to 255; shorten it "
        "or raise dt_ms");
  Network network = one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0}, 1);
  network.v_scale = 1e7;
  CHECK(error(network) ==
        "/populations/1/neuron/v_threshold: it becomes 10000000, but the chip holds "
        "-8388608..8388607; lower v_scale");
}

TEST_CASE("overflow proof: sums up to 2^23 - 1 and down to -2^23 pass, one more is refused") {
  // 256 inputs of 32767 make 8388352; 255 more is the edge.
  const auto bound = [](int rest, bool negative) {
    Network network(1.0);
    network.source = "net.json";
    network.add_input("in", 257);
    network.add_neurons("n", 2, RawNeurons{});
    std::vector<Synapse> synapses;
    for (std::uint32_t i = 0; i < 256; ++i)
      synapses.push_back({i, 1, negative ? -32768.0 : 32767.0, 1 + i % 15});
    if (rest != 0) synapses.push_back({256, 1, negative ? -double(rest) : double(rest), 15});
    synapses.push_back({0, 0, 32767, 1});
    network.connect(0, 1, synapses);
    return prove_no_overflow(convert(network, kBuild).network);
  };
  CHECK(bound(255, false) == 8388607);
  CHECK(error_of([&] { bound(256, false); }) ==
        "net.json: /populations/1: neuron 1 of \"n\": its inputs can add up to 8388608 in one "
        "step, but an accumulator holds "
        "-8388608..8388607; make its weights smaller (and its gain larger), or declare fewer "
        "max_spikes_per_step");
  CHECK(bound(0, true) == 8388608);
  CHECK(error_of([&] {
          bound(1, true);
        }).find("neuron 1 of \"n\": its inputs can add up to -8388609 in one step") !=
        std::string::npos);
}

TEST_CASE("overflow proof: an input counts as often as it may fire in a step, a neuron once") {
  const auto bound = [](std::int64_t hits) {
    Network network(1.0);
    network.add_input("in", 1, {hits});
    network.add_neurons("n", 2, RawNeurons{});
    network.connect_all_to_all(0, 1, 32767);
    network.connect_all_to_all(1, 1, 32767);
    return prove_no_overflow(convert(network, kBuild).network);
  };
  CHECK(bound(1) == 3 * 32767);
  CHECK(bound(254) == 256 * 32767);
  CHECK(error_of([&] { bound(255); }).find("can add up to 8421119 in one step") !=
        std::string::npos);
}

TEST_CASE("convert: a delay is refused with the key, value and unit of the file") {
  Network network(0.1);
  network.add_input("in", 1);
  network.add_neurons("n", 1, RawNeurons{});
  Projection projection{.from = 0, .to = 1, .connect = Connect::all_to_all, .weight = 1.0};
  projection.delay = 20u;
  projection.delay_in_ms = true;
  network.add(projection);
  CHECK(error(network) ==
        "/projections/0/delay_ms: 2 ms is 20 steps, but this chip allows 1..15 steps of 0.1 ms; "
        "shorten it or let relay neurons pass on what is late (relays, --relays)");
  CHECK(error(one(RawNeurons{}, 1), with(&spec::Build::delay_max, 1)) == "");
}

TEST_CASE("convert: settings that a program set out of range are refused by path") {
  Network network = one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0}, 1);
  network.v_scale = NAN;
  CHECK(error(network) == "/v_scale: nan, but a finite number above 0 is needed; or leave it out");
  network.v_scale.reset();
  network.decay_bits = 40;
  CHECK(error(network) == "/decay_bits: 40, but 12..16 are allowed");
}
