// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/sources.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "error_of.hpp"

using namespace spikemesh;

namespace {

Network network_of(double dt_ms, std::uint32_t size) {
  Network network(dt_ms);
  network.add_input("in", size);
  network.add_input("teacher", size);
  network.add_neurons("out", 3, RawNeurons{.theta = 100});
  return network;
}

std::string poisson_error(const std::string& text) {
  return error_of([&] { parse_poisson(text, "--poisson"); });
}
std::string regular_error(const std::string& text) {
  return error_of([&] { parse_regular(text, "--regular"); });
}

}  // namespace

TEST_CASE("sources: Poisson spikes come at the rate that was asked for") {
  const Network network = network_of(2.0, 50);
  const auto rows = make_spikes(parse_poisson("in=100", "--poisson"), network, 1000, 2, 3);
  // p = 1 - exp(-0.2) = 0.18127 in 100,000 trials: 18,127 expected, standard deviation 122
  CHECK(rows.size() > 18127 - 5 * 122);
  CHECK(rows.size() < 18127 + 5 * 122);
  std::map<std::tuple<std::uint32_t, std::uint64_t, std::uint32_t>, int> seen;
  for (const SpikeRow& row : rows) {
    CHECK(row.population == "in");
    CHECK(++seen[{row.sample, row.step, row.neuron}] == 1);
    CHECK((row.sample < 2 && row.step < 1000 && row.neuron < 50));
  }
}

TEST_CASE("sources: Poisson spikes depend on seed, population and sample alone") {
  const Network network = network_of(1.0, 8);
  const auto make = [&](const char* text, std::uint32_t samples, std::uint64_t seed) {
    return make_spikes(parse_poisson(text, "--poisson"), network, 200, samples, seed);
  };
  const auto one = make("in=50", 1, 3), two = make("in=50", 2, 3);
  CHECK(one.size() > 20);
  CHECK(std::vector<SpikeRow>(two.begin(), two.begin() + one.size()) == one);
  CHECK(make("in=50", 1, 4) != one);
  const auto of_steps = [](std::vector<SpikeRow> rows, std::uint32_t sample) {
    std::vector<std::pair<std::uint64_t, std::uint32_t>> steps;
    for (const SpikeRow& row : rows)
      if (row.sample == sample) steps.emplace_back(row.step, row.neuron);
    return steps;
  };
  CHECK(of_steps(two, 0) != of_steps(two, 1));
  CHECK(of_steps(make("teacher=50", 1, 3), 0) != of_steps(one, 0));
}

TEST_CASE("sources: a run in pieces has the spikes of the whole, whatever the pieces") {
  const Network network = network_of(1.0, 5);
  const std::vector<Source> sources{parse_poisson("in=80", "--poisson"),
                                    parse_poisson("in=80", "--poisson"),
                                    parse_regular("teacher=7,3", "--regular")};
  const auto key = [](const SpikeRow& row) {
    return std::tuple(row.population, row.sample, row.step, row.neuron);
  };
  const auto sorted = [&](std::vector<SpikeRow> rows) {
    std::sort(rows.begin(), rows.end(),
              [&](const SpikeRow& a, const SpikeRow& b) { return key(a) < key(b); });
    return rows;
  };
  const auto whole = sorted(SourceSpikes().make(sources, network, {}, 120, 3, 1));
  CHECK(whole.size() > 200);
  for (const std::uint64_t piece : {60u, 40u, 8u, 1u}) {
    SourceSpikes made;
    std::vector<SpikeRow> rows;
    for (std::uint32_t sample = 0; sample < 3; ++sample)
      for (std::uint64_t first = 0; first < 120; first += piece)
        for (SpikeRow row : made.make(sources, network, {sample, first}, piece, 1, 1)) {
          row.sample += sample;
          row.step += first;
          rows.push_back(row);
        }
    CHECK(sorted(rows) == whole);
  }
}

TEST_CASE("sources: two of one population and seed are independent, and a rate of 0 is a rate") {
  const Network network = network_of(1.0, 40);
  const Source source = parse_poisson("in=100", "--poisson");
  const auto both = SourceSpikes().make(std::vector{source, source}, network, {}, 200, 1, 1);
  std::map<std::pair<std::uint64_t, std::uint32_t>, int> hits;
  for (const SpikeRow& row : both) ++hits[{row.step, row.neuron}];
  const auto twice =
      std::count_if(hits.begin(), hits.end(), [](const auto& hit) { return hit.second == 2; });
  // p = 0.095: both fire in 0.9 % of 8,000 trials, 72 expected, standard deviation 8.5
  CHECK(twice > 30);
  CHECK(twice < 115);
  CHECK(parse_poisson("in=5,9", "--poisson").seed == 9);
  CHECK(make_spikes(parse_poisson("in=0", "--poisson"), network, 200, 1, 1).empty());
}

TEST_CASE("sources: regular spikes come at every interval from the phase on") {
  const Network network = network_of(1.0, 2);
  const auto rows = make_spikes(parse_regular("in=4,3", "--regular"), network, 10, 2, 0);
  CHECK(rows == std::vector<SpikeRow>{{0, 3, "in", 0},
                                      {0, 3, "in", 1},
                                      {0, 7, "in", 0},
                                      {0, 7, "in", 1},
                                      {1, 3, "in", 0},
                                      {1, 3, "in", 1},
                                      {1, 7, "in", 0},
                                      {1, 7, "in", 1}});
  CHECK(make_spikes(parse_regular("in=18446744073709551615", "--regular"), network, 10, 1, 0)
            .size() == 2);
  CHECK(make_spikes(parse_regular("in=1,10", "--regular"), network, 10, 1, 0).empty());
}

TEST_CASE("sources: a malformed source is refused with its text and the form") {
  for (const char* bad : {"in", "=5", "in=", "in=5,", "in=5,x", "in=5,1,2", "in=-1", "in=nan",
                          "in=inf", "in=5x", "in=1e999"})
    CHECK(poisson_error(bad).starts_with(std::string("--poisson ") + bad + ": POPULATION=RATE_HZ"));
  for (const char* bad :
       {"in", "=5", "in=0", "in=-1", "in=1.5", "in=5,", "in=5,x", "in=,1", "in=1,2,3"})
    CHECK(
        regular_error(bad).starts_with(std::string("--regular ") + bad + ": POPULATION=INTERVAL"));
  CHECK(parse_regular("a=b=7", "--regular").population == "a=b");
}

TEST_CASE("sources: a source of what is no input is refused, and the inputs are named") {
  const Network network = network_of(1.0, 2);
  CHECK(error_of([&] { make_spikes(parse_poisson("out=5", "--poisson"), network, 10, 1, 0); }) ==
        "network: no population of inputs is called \"out\"; there are: in, teacher");
}
