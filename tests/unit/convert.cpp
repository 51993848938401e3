// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/convert.hpp"

#include <doctest/doctest.h>

#include <cmath>
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
  CHECK(result.report.v_scale == 0);
  CHECK(result.report.weight.count == 0);
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
        "DelayMax=15");
  Network dense(1.0);
  dense.add_input("in", 2);
  dense.add_neurons("n", 2, RawNeurons{});
  dense.connect_dense(0, 1, {1, 2, 3, 4}, std::vector<std::uint32_t>{1, 2, 17, 4});
  CHECK(error(dense) == "/projections/0/delay/1/0: 17, but this chip allows 1..15; shorten it");
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
        "the neuron's gain larger) or build with WeightBits=9");
  CHECK(error(one(RawNeurons{}, 32768)) ==
        "/projections/0/weight: 32768, but this chip allows -32768..32767; make it smaller (and "
        "the neuron's gain larger)");
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
  CHECK(result.report.vanished == 1);
  CHECK(result.report.weight.count == 3);
  CHECK(result.report.weight.max == doctest::Approx(1.0));
  CHECK(result.report.weight.worst == "/projections/0/weight/0/2");
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
  CHECK(result.report.tau_m.max == doctest::Approx(std::abs(0.1 / (1 - 3686 / 4096.0) - 1)));
  CHECK(result.report.tau_syn.max == doctest::Approx(0));
  CHECK(result.report.weight.max < 1e-9);
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
    "convert: the scale makes the largest threshold a power of two and the largest weight fit 16 "
    "bits") {
  const auto scale = [](double weight) {
    return convert(one(PhysicalNeurons{.beta = 0.5, .v_threshold = 0.5}, weight), kBuild)
        .report.v_scale;
  };
  CHECK(scale(0.01) == 0.5 / 0.25 * 262144);  // 2^18 / 0.5: never more
  CHECK(scale(0.5) == 32768.0);               // 0.5 becomes 16384; 2^15 would not fit
  CHECK(scale(1.0) == 16384.0);
  CHECK(scale(100.0) == 8192.0);  // 2^12 / 0.5: never less, the gain takes the rest
  CHECK(convert(one(PhysicalNeurons{.beta = 0.5, .v_threshold = 0.5}, 100.0), kBuild)
            .report.gain_max == 5);
}

TEST_CASE("convert: narrow weights are used in full through the gain") {
  const Converted result = convert(one(PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0}, -0.9),
                                   with(&spec::Build::weight_bits, 8));
  const int weight = result.network.synapses.front().weight;
  CHECK(weight < -63);
  CHECK(weight >= -128);
  const double back =
      std::ldexp(weight, static_cast<int>(result.network.neurons[1].gain)) / result.report.v_scale;
  CHECK(back == doctest::Approx(-0.9).epsilon(0.01));
}

TEST_CASE("convert: the gain also keeps the sums of many full weights inside an accumulator") {
  Network network(1.0);
  network.add_input("in", 1000);
  network.add_neurons("n", 1, PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0});
  network.connect_all_to_all(0, 1, 0.99);
  const Converted result = convert(network, kBuild);
  CHECK(result.network.neurons[1000].gain == 2);
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
  CHECK(result.report.tau_adapt.max < 0.005);
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
