// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <vector>

#include "error_of.hpp"
#include "sim/run/reference_machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/record.hpp"

using namespace spikemesh;

namespace {

/// in --60, delay 1--> a (does not leak) --7, delay 2--> b; spread over `tiles`.
Mapped chain(std::uint32_t tiles = 1, std::vector<Probe> probes = {}) {
  Network network(1.0);
  network.add_input("in", 2);
  network.add_neurons("a", 3, RawNeurons{.theta = 100, .decay_v = 4096});
  network.add_neurons("b", 2, RawNeurons{.theta = 1000, .decay_i = 4096, .decay_v = 4096});
  network.connect_all_to_all(0, 1, 60);
  network.connect(1, 2, {{0, 0, 7, 2}, {2, 1, -9, 1}});
  network.record(1, {0});
  apply_probes(network, probes);
  return map_network(network, spec::kBuilds[0].build, {.min_tiles = tiles});
}

std::vector<InEntry> every_step(const Image& image, std::uint64_t steps) {
  std::vector<InEntry> entries;
  for (std::uint64_t t = 0; t < steps; ++t)
    for (const std::uint32_t payload : image.inputs.at(0).payloads)
      entries.push_back({t, payload, spec::EntryKind::spike});
  return entries;
}

Recording record(const Mapped& mapped, const std::vector<std::string>& texts, std::size_t samples,
                 std::uint64_t steps) {
  std::vector<Probe> probes;
  for (const std::string& text : texts) probes.push_back(parse_probe(text, "--record"));
  sim::ReferenceMachine machine(mapped.image.build);
  machine.load(mapped.image);
  const std::vector<std::vector<InEntry>> inputs(samples, every_step(mapped.image, steps));
  return Recorder(mapped.image, probes).run(machine, inputs, {.steps = steps});
}

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_probe(text, "--record"); });
}

}  // namespace

TEST_CASE("recorder: V and I are those at the end of each step, worked out by hand") {
  const Recording got = record(chain(), {"v:a[0,2]", "i:b"}, 2, 6);
  REQUIRE(got.traces.size() == 2);
  const Trace &v = got.traces[0], &i = got.traces[1];
  CHECK(v.neurons == std::vector<std::uint32_t>{0, 2});
  CHECK(v.steps == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5});
  // a gets 60 a step from step 1 on, fires at 120 (step 2, 4) and is set to 0
  for (std::size_t sample = 0; sample < 2; ++sample)
    for (const auto& [step, value] : {std::pair{0, 0}, {1, 60}, {2, 0}, {3, 60}, {4, 0}, {5, 60}})
      for (std::size_t column = 0; column < 2; ++column) CHECK(v.at(sample, step, column) == value);
  // b[0] hears the spike of step 2 in step 4, b[1] in step 3 and that of step 4 in step 5
  CHECK(i.values == std::vector<std::int32_t>{0, 0, 0, 0, 0, 0, 0, -9, 7, -9, 7, -18,  //
                                              0, 0, 0, 0, 0, 0, 0, -9, 7, -9, 7, -18});
}

TEST_CASE("recorder: an interval keeps every so many steps, end the last of a sample") {
  const Recording all = record(chain(), {"v:a"}, 3, 7);
  const Recording some = record(chain(), {"v:a[1]@3", "v:a@end", "v:a@8"}, 3, 7);
  CHECK(some.traces[0].steps == std::vector<std::uint64_t>{2, 5});
  CHECK(some.traces[1].steps == std::vector<std::uint64_t>{6});
  CHECK(some.traces[2].steps.empty());
  for (std::size_t sample = 0; sample < 3; ++sample) {
    CHECK(some.traces[0].at(sample, 0, 0) == all.traces[0].at(sample, 2, 1));
    CHECK(some.traces[0].at(sample, 1, 0) == all.traces[0].at(sample, 5, 1));
    CHECK(some.traces[1].at(sample, 0, 2) == all.traces[0].at(sample, 6, 2));
  }
}

TEST_CASE("recorder: recording changes no spike, wherever neurons lie") {
  const Recording plain = record(chain(), {}, 70, 9);
  REQUIRE(plain.spikes.size() == 70);
  CHECK(plain.spikes[69].size() == 4);
  const Recording spread = record(chain(5), {"v:a@2", "weight:a,b@end"}, 70, 9);
  CHECK(spread.spikes == plain.spikes);
  CHECK(spread.traces[0].values == record(chain(), {"v:a@2"}, 70, 9).traces[0].values);
}

TEST_CASE("recorder: weights are named by pre, post and delay, on one tile or many") {
  for (const std::uint32_t tiles : {1u, 5u}) {
    const Recording got = record(chain(tiles), {"weight:a,b@2", "weight:in,a[1]@end"}, 1, 4);
    CHECK(got.traces[0].synapses == std::vector<Trace::Synapse>{{0, 0, 2}, {2, 1, 1}});
    CHECK(got.traces[0].values == std::vector<std::int32_t>{7, -9, 7, -9});
    CHECK(got.traces[1].synapses == std::vector<Trace::Synapse>{{0, 1, 1}, {1, 1, 1}});
    CHECK(got.traces[1].values == std::vector<std::int32_t>{60, 60});
  }
}

TEST_CASE("recorder: a probe of spikes adds to what the network records") {
  const Mapped mapped = chain(1, {parse_probe("spikes:a[1..2]", "--record")});
  REQUIRE(mapped.image.labels.size() == 3);
  CHECK(record(mapped, {}, 1, 9).spikes[0].size() == 12);
}

TEST_CASE("recorder: what a network does not have is refused by name") {
  const Mapped mapped = chain();
  const auto error = [&](const char* text) {
    return error_of([&] { Recorder(mapped.image, {parse_probe(text, "--record")}); });
  };
  CHECK(error("v:c") == "recording v:c: the network has no neurons \"c\"; it has a, b");
  CHECK(error("v:in") == "recording v:in: the network has no neurons \"in\"; it has a, b");
  CHECK(error("i:b[1..2]") == "recording i:b: neuron 2, but the neurons of \"b\" are 0..1");
  CHECK(error("weight:x,b") ==
        "recording weight:x,b: the network has no population \"x\"; name one that sends to \"b\"");
  CHECK(error("weight:b,a") ==
        "recording weight:b,a: no synapse leads from \"b\" to these neurons; choose others");
}

TEST_CASE("recorder: a probe that cannot be read says how one is written") {
  CHECK(parse_probe("v:a:b[c]d[2..3,7]@5", "--record").population == "a:b[c]d");
  CHECK(parse_probe("v:a[7,2..3]@5", "--record").neurons == std::vector<std::uint32_t>{2, 3, 7});
  CHECK(parse_probe("v:a@end", "--record").every == 0);
  CHECK(parse_error("u:a").find("--record u:a: QUANTITY:POPULATION") == 0);
  CHECK(parse_error("v:a@0").find("\"0\" is no interval") != std::string::npos);
  CHECK(parse_error("v:a[3..1]").find("\"3..1\" is no range of neurons") != std::string::npos);
  CHECK(parse_error("v:a[0..4294967295]").find("is no range") != std::string::npos);
  CHECK(parse_error("spikes:a@5").find("all spikes are recorded") != std::string::npos);
  CHECK(parse_error("weight:a").find("weight:FROM,TO is needed") != std::string::npos);
}
