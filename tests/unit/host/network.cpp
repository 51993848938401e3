// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/network.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <set>
#include <vector>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

std::vector<Synapse> all(const Network& network, Network::Id id) {
  std::vector<Synapse> synapses;
  const Projection& projection = network.projections()[id];
  for (std::size_t i = 0; i < network.synapse_count(projection); ++i)
    synapses.push_back(network.synapse(projection, i));
  return synapses;
}

struct Small {
  Network network{1.0};
  Network::Id in = network.add_input("in", 2);
  Network::Id out = network.add_neurons("out", 3, RawNeurons{.theta = 100});
};

}  // namespace

TEST_CASE("network: values come back bit for bit, however narrow they are held") {
  const double inf = INFINITY, tiny = 5e-324, most = 1.7976931348623157e308;
  for (const std::vector<double>& each : std::vector<std::vector<double>>{{},
                                                                          {7},
                                                                          {-127, 0, 127},
                                                                          {-128, 128},
                                                                          {-32768, 32768},
                                                                          {0.0, -0.0},
                                                                          {0.5, 16777216},
                                                                          {0.1, 16777217},
                                                                          {1, inf, -inf},
                                                                          {3.5e38, 1},
                                                                          {tiny, most, -most},
                                                                          {1, std::nan("")}}) {
    const std::vector<double> back = Values<double>(each).all();
    REQUIRE(back.size() == each.size());
    if (!each.empty())  // memcmp takes no null pointer
      CHECK(std::memcmp(back.data(), each.data(), each.size() * sizeof(double)) == 0);
    for (std::size_t i = 0; i < each.size(); ++i) {
      const double one = Values<double>(each)[i];
      CHECK(std::memcmp(&one, &each[i], sizeof(double)) == 0);
    }
  }
  using Wholes = std::vector<std::int64_t>;
  for (const Wholes& each :
       {Wholes{-128, 127}, Wholes{-129, 1}, Wholes{32768, 1}, Wholes{INT64_MIN, INT64_MAX}})
    CHECK(Values<std::int64_t>(each).all() == each);
  using Counts = std::vector<std::uint32_t>;
  for (const Counts& each : {Counts{0, 255}, Counts{256, 1}, Counts{65535, 0}, Counts{65536, 1}})
    CHECK(Values<std::uint32_t>(each).all() == each);
  CHECK(Values<double>(std::vector{0.0, 1.0}) == Values<double>(std::vector{-0.0, 1.0}));
  CHECK(Values<double>(std::vector{0.0, 1.0}) != Values<double>(std::vector{0.5, 1.0}));
}

TEST_CASE("network: all-to-all joins every neuron to every neuron") {
  Small s;
  const auto synapses = all(s.network, s.network.connect_all_to_all(s.in, s.out, 5, 2));
  CHECK(synapses ==
        std::vector<Synapse>{
            {0, 0, 5, 2}, {0, 1, 5, 2}, {0, 2, 5, 2}, {1, 0, 5, 2}, {1, 1, 5, 2}, {1, 2, 5, 2}});
}

TEST_CASE(
    "network: all-to-all without self leaves out a neuron's synapse to itself, and no other") {
  Small s;
  const auto inside = all(s.network, s.network.connect_all_to_all(s.out, s.out, 5, 1, false));
  for (const Synapse& synapse : inside)
    CHECK(synapse.weight == (synapse.pre == synapse.post ? 0 : 5));
  const auto across = all(s.network, s.network.connect_all_to_all(s.in, s.out, 5, 1, false));
  for (const Synapse& synapse : across) CHECK(synapse.weight == 5);
}

TEST_CASE("network: one-to-one, dense and listed synapses are what was said") {
  Small s;
  const auto relay = s.network.add_neurons("relay", 2, RawNeurons{});
  CHECK(all(s.network, s.network.connect_one_to_one(s.in, relay, std::vector<double>{3, 4}, 2u)) ==
        std::vector<Synapse>{{0, 0, 3, 2}, {1, 1, 4, 2}});
  CHECK(all(s.network, s.network.connect_dense(relay, s.in + 1, {1, 2, 3, 4, 5, 6})) ==
        std::vector<Synapse>{
            {0, 0, 1, 1}, {0, 1, 2, 1}, {0, 2, 3, 1}, {1, 0, 4, 1}, {1, 1, 5, 1}, {1, 2, 6, 1}});
  const std::vector<Synapse> list{{1, 2, -7, 3}, {0, 0, 9, 1}, {1, 2, -7, 3}};
  CHECK(all(s.network, s.network.connect(s.in, s.out, list)) == list);
}

TEST_CASE("network: a population is found by its name") {
  Small s;
  CHECK(s.network.find("out") == s.out);
  CHECK_FALSE(s.network.find("nobody").has_value());
}

TEST_CASE("network: a population that cannot be is refused by path") {
  Small s;
  Network& n = s.network;
  CHECK(error_of([&] { n.add_input("in", 1); }) ==
        "/populations/2/name: \"in\" is the name of /populations/0, too; rename one");
  CHECK(error_of([&] { n.add_input("", 1); }) ==
        "/populations/2/name: it is empty; give the population a name");
  CHECK(error_of([&] { n.add_input("a,b", 1); }) ==
        "/populations/2/name: \"a,b\" has a comma, quote or control character, which tables "
        "cannot hold; rename it");
  CHECK(error_of([&] { n.add_input("x", 0); }) ==
        "/populations/2/size: 0, but a population has at least 1 neuron");
  CHECK(error_of([&] {
          n.add_input("x", 2, {std::vector<std::int64_t>{1, 0}});
        }) == "/populations/2/input/max_spikes_per_step/1: 0, but 1..65535 are allowed");
  CHECK(error_of([&] { n.add_neurons("x", 2, RawNeurons{.theta = 8388608}); }) ==
        "/populations/2/raw/theta: 8388608, but -8388608..8388607 are allowed");
  CHECK(error_of([&] {
          n.add_neurons("x", 3, RawNeurons{.gain = std::vector<std::int64_t>{0, 15, 16}});
        }) == "/populations/2/raw/gain/2: 16, but 0..15 are allowed");
  CHECK(error_of([&] {
          n.add_neurons("x", 3, RawNeurons{.bias = std::vector<std::int64_t>{0, 15}});
        }) == "/populations/2/raw/bias: 2 values for 3 neurons; give one value, or one for each");
  CHECK(n.populations().size() == 2);
}

TEST_CASE("network: physical parameters that contradict each other are refused") {
  Small s;
  const auto refuse = [&](PhysicalNeurons neurons) {
    return error_of([&] { s.network.add_neurons("x", 2, neurons); });
  };
  CHECK(refuse({.tau_m_ms = 10.0}) == "/populations/2/neuron: v_threshold is missing; add it");
  CHECK(refuse({.v_threshold = 1.0}) ==
        "/populations/2/neuron: tau_m_ms is missing; add it (or beta)");
  CHECK(refuse({.tau_m_ms = 10.0, .beta = 0.9, .v_threshold = 1.0}) ==
        "/populations/2/neuron: tau_m_ms and beta both say how v leaks; keep one");
  CHECK(refuse({.beta = 0.9, .tau_syn_ms = 1.0, .alpha = 0.5, .v_threshold = 1.0}) ==
        "/populations/2/neuron: tau_syn_ms and alpha both say how the current decays; keep one");
  CHECK(refuse({.beta = 1.5, .v_threshold = 1.0}) ==
        "/populations/2/neuron/beta: 1.5, but 0..1 are allowed");
  CHECK(refuse({.tau_m_ms = 0.0, .v_threshold = 1.0}) ==
        "/populations/2/neuron/tau_m_ms: 0, but it must be above 0");
  CHECK(refuse({.beta = 0.9, .v_threshold = 1.0, .v_reset = 0.0, .subtract = true}) ==
        "/populations/2/neuron/v_reset: a reset by subtraction has no reset value; remove one of "
        "them");
  CHECK(refuse({.beta = 0.9, .v_threshold = 1.0, .tau_adapt_ms = 5.0}) ==
        "/populations/2/neuron/tau_adapt_ms: adapt_step is missing; add it");
  CHECK(refuse({.beta = 0.9, .v_threshold = 1.0, .t_refractory_ms = -1.0}) ==
        "/populations/2/neuron/t_refractory_ms: -1, but it must not be negative");
  CHECK(refuse({.beta = 0.9, .v_threshold = 1.0}) == "");
}

TEST_CASE("network: a projection that cannot be is refused by path") {
  Small s;
  Network& n = s.network;
  CHECK(error_of([&] { n.connect_all_to_all(s.in, 7, 1); }) ==
        "/projections/0/to: population 7, but there are 2");
  CHECK(error_of([&] { n.connect_all_to_all(s.out, s.in, 1); }) ==
        "/projections/0/to: \"in\" is a population of inputs; connect to neurons");
  CHECK(error_of([&] { n.connect_one_to_one(s.in, s.out, 1.0); }) ==
        "/projections/0/connect: one_to_one, but \"in\" has 2 neurons and \"out\" has 3; use "
        "another way");
  CHECK(error_of([&] {
          n.connect_dense(s.in, s.out, {1, 2, 3});
        }) == "/projections/0/weight: 3 values for 6 synapses; give one value, or one for each");
  CHECK(error_of([&] {
          n.connect(s.in, s.out, {{0, 0, 1, 1}, {0, 3, 1, 1}});
        }) == "/projections/0/post/1: 3, but the neurons of \"out\" are 0..2");
  CHECK(error_of([&] {
          n.connect(s.in, s.out, {{2, 0, 1, 1}, {0, 3, 1, 1}});
        }) == "/projections/0/pre/0: 2, but the neurons of \"in\" are 0..1");
  CHECK(error_of([&] { n.connect_all_to_all(s.in, s.out, 1.0 / 0.0); }) ==
        "/projections/0/weight: inf, but a finite number is needed");
  CHECK(n.projections().empty());
}

TEST_CASE("network: inputs can be neither recorded nor placed") {
  Small s;
  CHECK(
      error_of([&] { s.network.record(s.in); }) ==
      "/populations/0/record: these are inputs, whose spikes the host knows; record neurons only");
  CHECK(error_of([&] {
          s.network.place(s.in, {{0, 0}});
        }) == "/populations/0/tiles: inputs are on no tile; place neurons only");
  CHECK(error_of([&] {
          s.network.record(s.out, {0, 3});
        }) == "/populations/1/record: 3, but the neurons of \"out\" are 0..2");
  CHECK(error_of([&] {
          s.network.record(s.out, {1, 1});
        }) == "/populations/1/record: 1 occurs twice; once is enough");
  s.network.record(s.out, {2, 0});
  CHECK(s.network.populations()[s.out].recorded == std::vector<std::uint32_t>{0, 2});
}

TEST_CASE("network: errors name the file that it came from") {
  Small s;
  s.network.source = "net.json";
  CHECK(error_of([&] { s.network.add_input("x", 0); }) ==
        "net.json: /populations/2/size: 0, but a population has at least 1 neuron");
  CHECK(error_of([] { Network network(0.0); }) == "/dt_ms: 0, but a step takes a time above 0");
}

TEST_CASE("network: a fixed probability joins about that share of the pairs, the same for a seed") {
  Network network;
  const auto in = network.add_input("in", 200);
  const auto out = network.add_neurons("out", 300, RawNeurons{.theta = 100});
  const auto drawn = all(network, network.connect_fixed_probability(in, out, 0.25, 3, 7, 2));
  // 60,000 pairs: 15,000 expected, standard deviation 106
  CHECK(drawn.size() > 15000 - 5 * 106);
  CHECK(drawn.size() < 15000 + 5 * 106);
  CHECK(drawn.front().weight == 3);
  CHECK(drawn.front().delay == 2);
  CHECK(drawn == all(network, network.connect_fixed_probability(in, out, 0.25, 3, 7, 2)));
  CHECK(drawn != all(network, network.connect_fixed_probability(in, out, 0.25, 3, 8, 2)));
  CHECK(all(network, network.connect_fixed_probability(in, out, 1, 3, 7)).size() == 60000);
  CHECK(all(network, network.connect_fixed_probability(in, out, 0, 3, 7)).empty());
}

TEST_CASE("network: a fixed in-degree gives every neuron that many different senders") {
  Network network;
  const auto n = network.add_neurons("n", 40, RawNeurons{.theta = 100});
  for (const std::uint32_t degree : {0u, 1u, 17u, 39u}) {
    std::vector<std::set<std::uint32_t>> senders(40);
    const auto id = network.connect_fixed_in_degree(n, n, degree, -1, 5, 1, false);
    for (const Synapse& synapse : all(network, id)) {
      CHECK(synapse.pre != synapse.post);
      CHECK(senders[synapse.post].insert(synapse.pre).second);
    }
    for (const auto& of_one : senders) CHECK(of_one.size() == degree);
  }
}

TEST_CASE("network: which synapses a seed draws does not change from release to release") {
  Small s;
  const auto synapses = all(s.network, s.network.connect_fixed_in_degree(s.in, s.out, 1, 5, 4));
  CHECK(synapses == std::vector<Synapse>{{1, 0, 5, 1}, {0, 1, 5, 1}, {0, 2, 5, 1}});
}

TEST_CASE("network: random projections that cannot be drawn say why") {
  Small s;
  CHECK(error_of([&] { s.network.connect_fixed_probability(s.in, s.out, 1.5, 1, 1); }) ==
        "/projections/0/probability: 1.5, but 0..1 are allowed");
  CHECK(error_of([&] { s.network.connect_fixed_in_degree(s.in, s.out, 3, 1, 1); }) ==
        "/projections/0/in_degree: 3, but there are 2 neurons to choose from; choose fewer");
}

TEST_CASE("network: networks that differ in a rule, or in who learns by it, are not equal") {
  const auto make = [](double a_minus, bool learns) {
    Small s;
    const auto rule = s.network.add(LearningRule{.name = "r",
                                                 .tau_pre_ms = 20,
                                                 .tau_post_ms = 20,
                                                 .a_plus = 1,
                                                 .a_minus = a_minus,
                                                 .w_max = 100});
    const auto id = s.network.connect_all_to_all(s.in, s.out, 5);
    if (learns) s.network.set_rule(id, rule);
    return s.network;
  };
  CHECK(make(-1, true) == make(-1, true));
  CHECK_FALSE(make(-1, true) == make(-5, true));
  CHECK_FALSE(make(-1, true) == make(-1, false));
}

TEST_CASE("network: a projection that cannot learn by a rule is named by its own number") {
  Small s;
  const auto id = s.network.connect_all_to_all(s.in, s.out, 5);
  s.network.connect_all_to_all(s.out, s.out, 5);
  const auto rule =
      s.network.add(LearningRule{.name = "r", .tau_pre_ms = 20, .tau_post_ms = 20, .w_max = 1});
  CHECK(error_of([&] { s.network.set_rule(id, rule); }) ==
        "/projections/0/weight: 5, but its rule \"r\" keeps weights in 0..1; begin there");
}

TEST_CASE("network: a name that begins or ends with a space is refused") {
  for (const char* name : {" in", "in ", " "}) {
    Network network;
    CHECK(
        error_of([&] { network.add_input(name, 1); }) ==
        "/populations/0/name: \"" + std::string(name) +
            "\" begins or ends with a space, which no table of spikes can name; remove the space");
  }
  Network network;
  CHECK(error_of([&] { network.add_input("layer one", 1); }) == "");
}

TEST_CASE("network: an adaptive threshold that is set later is checked like one of the file") {
  Small s;
  CHECK(error_of([&] {
          s.network.set_adapt(s.out, {0, NAN, 0});
        }) == "/populations/1/adapt/1: nan, but an integer from 0 on is needed");
  CHECK(error_of([&] {
          s.network.set_adapt(s.out, {0, 1});
        }) == "/populations/1/adapt: 2 values for 3 neurons; give one value, or one for each");
}
