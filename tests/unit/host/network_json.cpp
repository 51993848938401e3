// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/network_json.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "error_of.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/npy.hpp"

using namespace spikemesh;
using nlohmann::json;

namespace {

/// A folder of its own, gone afterwards.
struct Folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("network_json_" + std::to_string(getpid()));
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

json base() {
  return json::parse(R"({
    "spikemesh_network": 1, "dt_ms": 0.5,
    "populations": [
      {"name": "in", "size": 2, "input": {"max_spikes_per_step": [1, 4]}},
      {"name": "hidden", "size": 3, "neuron": {"tau_m_ms": 10, "tau_syn_ms": [5, 5, 6], "v_threshold": 1}, "record": [2, 0]},
      {"name": "out", "size": 3, "raw": {"theta": 100, "decay_v": 4096}, "record": true, "tiles": [[0, 1]]}
    ],
    "projections": [
      {"from": "in", "to": "hidden", "connect": "all_to_all", "weight": 0.5},
      {"from": "hidden", "to": "out", "connect": "one_to_one", "weight": 20, "delay": 3}
    ]})");
}

Network read(const json& root, const std::filesystem::path& directory = ".") {
  return parse_network(root.dump(), "net.json", directory);
}

/// The error when the value at `path` is this one (or, without one, missing).
std::string with(const std::string& path, const json& value) {
  json root = base();
  root[json::json_pointer(path)] = value;
  return error_of([&] { read(root); });
}

std::string without(const std::string& object, const char* key) {
  json root = base();
  root[json::json_pointer(object)].erase(key);
  return error_of([&] { read(root); });
}

std::string projection(const char* text) { return with("/projections/1", json::parse(text)); }

Projection read_projection(const char* text, const std::filesystem::path& directory = ".") {
  json root = base();
  root["projections"] = json::array({json::parse(text)});
  return read(root, directory).projections().front();
}

}  // namespace

TEST_CASE("network file: says what the builder would have said") {
  Network wanted(0.5);
  wanted.add_input("in", 2, {std::vector<std::int64_t>{1, 4}});
  wanted.add_neurons(
      "hidden", 3,
      PhysicalNeurons{
          .tau_m_ms = 10.0, .tau_syn_ms = std::vector<double>{5, 5, 6}, .v_threshold = 1.0});
  wanted.record(1, {0, 2});
  wanted.add_neurons("out", 3, RawNeurons{.theta = 100, .decay_v = 4096});
  wanted.record(2);
  wanted.place(2, {{0, 1}});
  wanted.connect_all_to_all(0, 1, 0.5);
  wanted.connect_one_to_one(1, 2, 20.0, 3u);
  CHECK(read(base()) == wanted);
}

TEST_CASE("network file: settings of the whole network are read") {
  json root = base();
  root.update({{"v_scale", 4096},
               {"adapt_period", 5},
               {"decay_bits", 14},
               {"integration", "exponential"},
               {"min_tiles", 8},
               {"split_weights", 0.01}});
  const Network network = read(root);
  CHECK(network.v_scale == 4096.0);
  CHECK(network.adapt_period == 5u);
  CHECK(network.decay_bits == 14);
  CHECK(network.exponential);
  CHECK(network.min_tiles == 8);
  CHECK(network.split_weights == 0.01);
}

TEST_CASE("network file: a dense matrix is read in either layout") {
  const auto straight = read_projection(
      R"({"from": "in", "to": "out", "connect": "dense", "weight": [[1, 2, 3], [4, 5, 6]]})");
  CHECK(straight.weight.all() == std::vector<double>{1, 2, 3, 4, 5, 6});
  const auto turned =
      read_projection(R"({"from": "in", "to": "out", "connect": "dense", "layout": "post_pre",
                                          "weight": [[1, 4], [2, 5], [3, 6]], "delay": [[1, 2], [3, 4], [5, 6]]})");
  CHECK(turned.weight.all() == std::vector<double>{1, 2, 3, 4, 5, 6});
  CHECK(turned.delay.all() == std::vector<std::uint32_t>{1, 3, 5, 2, 4, 6});
}

TEST_CASE("network file: arrays come from npy files beside it") {
  Folder folder;
  write_npy(folder.path / "w.npy", {2, 3}, std::vector<double>{1, 2, 3, 4, 5, 6});
  write_npy(folder.path / "rows.npy", {2, 4}, std::vector<double>{0, 2, -7, 3, 1, 0, 9, 1});
  write_npy(folder.path / "pre.npy", {2}, std::vector<std::uint32_t>{1, 0});
  const auto dense = read_projection(
      R"({"from": "in", "to": "out", "connect": "dense", "weight": {"npy": "w.npy"}})",
      folder.path);
  CHECK(dense.weight.all() == std::vector<double>{1, 2, 3, 4, 5, 6});
  const auto rows = read_projection(
      R"({"from": "in", "to": "out", "connect": "sparse", "synapses": {"npy": "rows.npy"}})",
      folder.path);
  CHECK(rows.pre == std::vector<std::uint32_t>{0, 1});
  CHECK(rows.post == std::vector<std::uint32_t>{2, 0});
  CHECK(rows.weight.all() == std::vector<double>{-7, 9});
  CHECK(rows.delay.all() == std::vector<std::uint32_t>{3, 1});
  const auto columns = read_projection(
      R"({"from": "in", "to": "out", "connect": "sparse", "pre": {"npy": "pre.npy"}, "post": [2, 1],
                                           "weight": 5, "delay": [4, 2]})",
      folder.path);
  CHECK(columns.pre == std::vector<std::uint32_t>{1, 0});
  CHECK(columns.post == std::vector<std::uint32_t>{2, 1});
  CHECK(columns.weight.all() == std::vector<double>{5});
  CHECK(columns.delay.all() == std::vector<std::uint32_t>{4, 2});
}

TEST_CASE("network file: a structured npy file lists synapses by field") {
  Folder folder;
  const std::string dict =
      "{'descr': [('post', '|u1'), ('pre', '|u1'), ('weight', '|i1')], 'fortran_order': False, "
      "'shape': (2,), }";
  std::ofstream(folder.path / "s.npy", std::ios::binary)
      << std::string("\x93NUMPY\x01\x00", 8) << static_cast<char>(dict.size()) << '\0' << dict
      << std::string("\x02\x01\xfb\x00\x00\x07", 6);
  const auto rows = read_projection(
      R"({"from": "in", "to": "out", "connect": "sparse", "synapses": {"npy": "s.npy"}, "delay": 2})",
      folder.path);
  CHECK(rows.pre == std::vector<std::uint32_t>{1, 0});
  CHECK(rows.post == std::vector<std::uint32_t>{2, 0});
  CHECK(rows.weight.all() == std::vector<double>{-5, 7});
  CHECK(rows.delay.all() == std::vector<std::uint32_t>{2});
}

TEST_CASE("network file: delays may be given in milliseconds, as whole steps") {
  CHECK(read_projection(
            R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 1, "delay_ms": 1.5})")
            .delay.all() == std::vector<std::uint32_t>{3});
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 1, "delay_ms": 0.75})") ==
      "net.json: /projections/1/delay_ms: 0.75 ms is 1.5 steps of 0.5 ms; use a multiple of dt_ms");
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "all_to_all", "weight": 1, "delay_ms": 1, "delay": 1})") ==
      "net.json: /projections/1: delay and delay_ms both say how long it takes; keep one");
}

TEST_CASE(
    "network file: what is saved loads back the same, short arrays inside and long ones beside") {
  Folder folder;
  Network network = read(base());
  network.v_scale = 1000.5;
  network.adapt_period = 3;
  network.exponential = true;
  network.min_tiles = 2;
  network.split_weights = 0.003;
  network.relays = true;
  network.early_exit = {.population = "out", .margins = {{1, 3}, {5, 2}}};
  network.connect_dense(0, 2, {1, 2, 3, 4, 5, 6}, std::vector<std::uint32_t>{1, 2, 3, 4, 5, 6});
  network.connect(2, 1, {{0, 1, 0.1, 2}, {2, 2, -1e-9, 1}});
  network.connect_all_to_all(2, 2, -3, 1, false);
  Projection scaled = network.projections()[1];
  scaled.weight_scale = 2.5;
  network.add(scaled);
  const auto layer = [&](const char* name, std::vector<std::uint32_t> shape) {
    return network.add(Population{.name = name,
                                  .neurons = PhysicalNeurons{.beta = 0.5, .v_threshold = 1.0},
                                  .recorded = {},
                                  .tiles = {},
                                  .shape = std::move(shape),
                                  .v = 0.25,
                                  .i = std::vector<double>(12, -0.5)});
  };
  const auto wide = layer("wide", {2, 2, 3}), narrow = layer("narrow", {4, 1, 3});
  network.connect_conv2d(wide, narrow, std::vector<double>(16, 0.5),
                         {.size = {2, 1}, .dilation = {1, 2}});
  network.connect_conv2d(wide, wide, {1.5, 2.5}, {.groups = 2}, std::vector<std::uint32_t>{3, 9});
  network.connect_pool2d(wide, wide, 0.5, {.size = {3, 1}, .padding = {1, 0}}, 2);
  for (const std::size_t limit : {0, 2, 64}) {
    save_network(network, folder.path / "saved.json", limit);
    CHECK(load_network(folder.path / "saved.json") == network);
  }
  CHECK(std::filesystem::exists(folder.path / "saved.projection2.weight.npy"));
  CHECK(error_of([&] {
          save_network(network, folder.path / "no" / "where.json");
        }).find("cannot be written") != std::string::npos);
}

TEST_CASE(
    "network file: long arrays are read as short ones are, and wrong values in them are named") {
  json root = base();
  root["populations"][0] = {{"name", "in"}, {"size", 200}, {"input", {{"max_spikes_per_step", 1}}}};
  const json rows = [] {  // of 4 numbers, more than are kept as a tree
    json all = json::array();
    for (int i = 0; i < 200; ++i) all.push_back({i, i % 3, 0.25 * i, 1 + i % 3});
    return all;
  }();
  root["projections"][0] = {
      {"from", "in"}, {"to", "hidden"}, {"connect", "sparse"}, {"synapses", rows}};
  const Projection projection = read(root).projections()[0];
  for (std::size_t i = 0; i < 200; ++i) {
    CHECK(projection.pre[i] == i);
    CHECK(projection.weight[i] == 0.25 * static_cast<double>(i));
    CHECK(projection.delay[i] == 1 + i % 3);
  }
  const auto error = [&](const std::string& place, const json& value) {
    json wrong = root;
    wrong[json::json_pointer("/projections/0/synapses" + place)] = value;
    return error_of([&] { read(wrong); });
  };
  const std::string at = "net.json: /projections/0/synapses";
  CHECK(error("/150/2", "1") == at + "/150/2: \"1\", but a number is needed");
  CHECK(error("/150", json::array({1, 2})).find(at + "/150: 2 values, but a synapse") == 0);
  CHECK(error("/150", 7) == at + "/150: 7, but an array [...] is needed");
  CHECK(error("/150/0", 200) == at + "/150/0: 200, but 0..199 are allowed");
  CHECK(error("/150/0", 1.5) == at + "/150/0: 1.5, but an integer is needed");
  CHECK(error("/150/0", 9007199254740993) ==
        at + "/150/0: 9007199254740992, but 0..199 are allowed");

  root["populations"][0]["input"]["max_spikes_per_step"] = std::vector<int>(200, 2);
  CHECK_NOTHROW(read(root));
  root["populations"][0]["input"]["max_spikes_per_step"][199] = 0;
  CHECK(error_of([&] {
          read(root);
        }).find("net.json: /populations/0/input/max_spikes_per_step/199: 0, but 1..") == 0);
  root["populations"][0]["size"] = std::vector<int>(200, 2);
  CHECK(error_of([&] { read(root); }) ==
        "net.json: /populations/0/size: array, but a number is needed");
  root["populations"][0] = std::vector<int>(200, 2);
  CHECK(error_of([&] { read(root); }) ==
        "net.json: /populations/0: array, but an object {...} is needed");
}

TEST_CASE("network file: text that is no JSON says line and column") {
  CHECK(error_of([] {
          parse_network("{\n \"a\": }", "net.json");
        }).find("net.json: this is not JSON: parse error at line 2, column 7: ") == 0);
  CHECK(error_of([] { load_network("/nowhere/net.json"); }) ==
        "/nowhere/net.json: no such file; check its name and folder");
  CHECK(error_of([] { parse_network("[]", "net.json"); }) ==
        "net.json: /: array, but an object {...} is needed");
}

TEST_CASE("network file: a key that stands twice is refused") {
  CHECK(error_of([] {
          parse_network(R"({"dt_ms": 1, "populations": [{"name": "a", "name": "b"}]})", "net.json");
        }) == "net.json: /populations/0/name: occurs twice; keep one");
}

TEST_CASE("network file: a kernel may be nested or a file, and a shape stands for a size") {
  json root{{"spikemesh_network", 1},
            {"dt_ms", 1},
            {"populations",
             {{{"name", "in"}, {"shape", {1, 4, 4}}, {"input", json::object()}},
              {{"name", "out"},
               {"shape", {2, 2, 4}},
               {"raw", {{"theta", 5}}},
               {"v", 3},
               {"i", {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -15}}}}},
            {"projections",
             {{{"from", "in"},
               {"to", "out"},
               {"connect", "conv2d"},
               {"stride", {2, 1}},
               {"padding", {0, 1}},
               {"weight", {{{{1, 2, 3}, {4, 5, 6}}}, {{{7, 8, 9}, {10, 11, 12}}}}},
               {"delay", {{{{1, 2, 3}, {4, 5, 6}}}, {{{1, 1, 1}, {1, 1, 1}}}}}}}}};
  const Network network = read(root);
  CHECK(network.populations()[0].size == 16);
  CHECK(network.populations()[1].v.single());
  CHECK(network.populations()[1].i[15] == -15);
  const Projection& projection = network.projections()[0];
  CHECK(projection.window == Window{.size = {2, 3}, .stride = {2, 1}, .padding = {0, 1}});
  CHECK(network.synapse(projection, 2 * 6 + 4) == Synapse{6, 2, 5, 5});
  CHECK(projection.delay.size() == 12);
}

TEST_CASE("network file: unknown keys are refused by path, with those that are known") {
  CHECK(with("/dt", 1) ==
        "net.json: /dt: unknown key; the keys here are spikemesh_network, dt_ms, v_scale, "
        "adapt_period, "
        "decay_bits, integration, min_tiles, split_weights, relays, "
        "populations, projections, rules, firmware");
  CHECK(with("/populations/0/kind", 1) ==
        "net.json: /populations/0/kind: unknown key; the keys here are name, size, shape, input, "
        "raw, neuron, record, tiles, adapt, v_scale, v, i");
  CHECK(with("/populations/0/input/rate", 1) ==
        "net.json: /populations/0/input/rate: unknown key; the keys here are max_spikes_per_step");
  CHECK(with("/populations/1/neuron/tau_mem", 1)
            .find("net.json: /populations/1/neuron/tau_mem: unknown key; the keys here are "
                  "tau_m_ms, beta, tau_syn_ms") == 0);
  CHECK(with("/populations/2/raw/threshold", 1)
            .find("net.json: /populations/2/raw/threshold: unknown key; the keys here are theta, "
                  "v_reset") == 0);
  CHECK(with("/projections/0/weights", 1)
            .find("net.json: /projections/0/weights: unknown key; the keys here are from, to, "
                  "connect") == 0);
  CHECK(with("/projections/1/weight", {{"file", "w.npy"}}) ==
        "net.json: /projections/1/weight/file: unknown key; the keys here are npy");
}

TEST_CASE("network file: missing keys are refused by path") {
  CHECK(without("", "spikemesh_network") == "net.json: /: spikemesh_network is missing; add it");
  CHECK(without("", "dt_ms") == "net.json: /: dt_ms is missing; add it");
  CHECK(without("", "populations") == "net.json: /: populations is missing; add it");
  CHECK(without("/populations/1", "name") == "net.json: /populations/1: name is missing; add it");
  CHECK(without("/populations/1", "size") == "net.json: /populations/1: size is missing; add it");
  CHECK(without("/populations/1", "neuron") ==
        "net.json: /populations/1: one of input, raw, neuron says what the population is; give "
        "exactly one");
  CHECK(without("/projections/0", "connect") ==
        "net.json: /projections/0: connect is missing; add it");
  CHECK(without("/projections/0", "weight") ==
        "net.json: /projections/0: weight is missing; add it");
  CHECK(without("/populations/1/neuron", "v_threshold") ==
        "net.json: /populations/1/neuron: v_threshold is missing; add it");
}

TEST_CASE("network file: values of the wrong kind are refused by path") {
  CHECK(with("/spikemesh_network", 2) ==
        "net.json: /spikemesh_network: format version 2, but this program reads 1; write the file "
        "for that");
  CHECK(with("/dt_ms", 0) == "net.json: /dt_ms: 0, but a step takes a time above 0");
  CHECK(with("/dt_ms", "1 ms") == "net.json: /dt_ms: \"1 ms\", but a number is needed");
  CHECK(with("/v_scale", -1) == "net.json: /v_scale: -1, but it must be above 0");
  CHECK(with("/adapt_period", 32) == "net.json: /adapt_period: 32, but 0..31 are allowed");
  CHECK(with("/decay_bits", 11) == "net.json: /decay_bits: 11, but 12..16 are allowed");
  CHECK(with("/integration", "rk4") ==
        "net.json: /integration: \"rk4\", but it is one of euler, exponential");
  CHECK(with("/min_tiles", 0) == "net.json: /min_tiles: 0, but 1..4096 are allowed");
  CHECK(with("/split_weights", 1) ==
        "net.json: /split_weights: 1, but it is the largest error of a weight relative to itself: "
        "give a number above 0 and below 1, or 0 to keep each synapse in one word");
  CHECK(with("/populations", 3) == "net.json: /populations: 3, but an array [...] is needed");
  CHECK(with("/populations/0/size", 2.5) ==
        "net.json: /populations/0/size: 2.5, but an integer is needed");
  CHECK(with("/populations/0/name", 7) ==
        "net.json: /populations/0/name: 7, but a string is needed");
  CHECK(with("/populations/2/record", {0, 3}) ==
        "net.json: /populations/2/record/1: 3, but 0..2 are allowed");
  CHECK(with("/populations/2/record", {1, 1}) ==
        "net.json: /populations/2/record: 1 occurs twice; once is enough");
  CHECK(with("/populations/0/record", true) ==
        "net.json: /populations/0/record: these are inputs, whose spikes the host knows; record "
        "neurons only");
  CHECK(with("/populations/2/tiles", {1}) ==
        "net.json: /populations/2/tiles/0: 1, but an array [...] is needed");
  CHECK(with("/populations/2/tiles/0", {1, 2, 3}) ==
        "net.json: /populations/2/tiles/0: 3 values, but a tile is written as [x, y]");
  CHECK(with("/projections/0/allow_self", 1) ==
        "net.json: /projections/0/allow_self: 1, but true or false is needed");
}

TEST_CASE("network file: the program of the management core and its settings are read") {
  json root = base();
  const json settings{{"population", "out"}, {"margins", {{1, 3}, {5, 2}}}};
  root["firmware"] = {{"program", "early-exit"}, {"settings", settings}};
  const Network network = read(root);
  REQUIRE(network.early_exit);
  CHECK(network.early_exit->population == "out");
  CHECK(network.early_exit->margins == std::vector<ExitMargin>{{1, 3}, {5, 2}});
  const auto wrong = [&](const char* path, const json& value) {
    json other = root;
    other[json::json_pointer(path)] = value;
    return error_of([&] { read(other); });
  };
  CHECK(wrong("/firmware/program", "monitor") ==
        "net.json: /firmware/program: \"monitor\", but it is one of early-exit");
  CHECK(wrong("/firmware/image", 1) ==
        "net.json: /firmware/image: unknown key; the keys here are program, settings");
  CHECK(wrong("/firmware/settings/margins/1", {5, 2, 1}) ==
        "net.json: /firmware/settings/margins/1: 3 values, but a pair is written as "
        "[steps, margin]");
  CHECK(wrong("/firmware/settings/margins/0/1", 0)
            .starts_with("net.json: /firmware/settings/margins/0/1: 0, but 1.."));
}

TEST_CASE("network file: neuron values are refused by path and index") {
  CHECK(with("/populations/1/neuron/tau_syn_ms", {1, 2}) ==
        "net.json: /populations/1/neuron/tau_syn_ms: 2 values for 3 neurons; give one value, or "
        "one for each");
  CHECK(with("/populations/1/neuron/tau_syn_ms", {1, 2, -3}) ==
        "net.json: /populations/1/neuron/tau_syn_ms/2: -3, but it must be above 0");
  CHECK(with("/populations/1/neuron/tau_syn_ms", {1, "x", 3}) ==
        "net.json: /populations/1/neuron/tau_syn_ms/1: \"x\", but a number is needed");
  CHECK(with("/populations/2/raw/theta", {1, 2.5, 3}) ==
        "net.json: /populations/2/raw/theta/1: 2.5, but an integer is needed");
  CHECK(with("/populations/2/raw/refractory", 256) ==
        "net.json: /populations/2/raw/refractory: 256, but 0..255 are allowed");
  CHECK(with("/populations/1/neuron/reset", "zero") ==
        "net.json: /populations/1/neuron/reset: \"zero\", but it is one of to_value, subtract");
  CHECK(with("/populations/1/neuron/tau_syn_ms", {{"npy", "no.npy"}})
            .find("no.npy: no such file; check its name and folder") != std::string::npos);
}

TEST_CASE("network file: ways to connect are refused by path") {
  CHECK(with("/projections/0/from", "input") ==
        "net.json: /projections/0/from: no population \"input\"; there are in, hidden, out");
  CHECK(with("/projections/0/connect", "random") ==
        "net.json: /projections/0/connect: \"random\", but it is one of all_to_all, one_to_one, "
        "dense, sparse, conv2d, pool2d, fixed_probability, fixed_in_degree");
  CHECK(with("/projections/0/delay", 0) ==
        "net.json: /projections/0/delay: 0, but at least 1 is needed");
  CHECK(with("/projections/0/layout", "post_pre") ==
        "net.json: /projections/0/layout: only dense projections have this key; remove it");
  CHECK(with("/projections/1/synapses", json::array()) ==
        "net.json: /projections/1/synapses: only sparse projections have this key; remove it");
  CHECK(with("/projections/1/allow_self", true) ==
        "net.json: /projections/1/allow_self: only all_to_all, fixed_probability, fixed_in_degree "
        "projections have this key; remove it");
  CHECK(with("/projections/0/weight_scale", 2) ==
        "net.json: /projections/0/weight_scale: the neurons of \"hidden\" are not raw, so their "
        "weights are scaled with v_scale; remove this");
  CHECK(projection(R"({"from": "in", "to": "out", "connect": "dense", "weight": [[1, 2, 3]]})") ==
        "net.json: /projections/1/weight: 1 rows, but the populations need 2 in this layout");
  CHECK(projection(
            R"({"from": "in", "to": "out", "connect": "dense", "weight": [[1, 2, 3], [1, 2]]})") ==
        "net.json: /projections/1/weight/1: 2 values, but the populations need 3 in this layout");
}

TEST_CASE("network file: listed synapses are refused by path and row") {
  const auto rows = [](const char* text) {
    json entry{
        {"from", "in"}, {"to", "out"}, {"connect", "sparse"}, {"synapses", json::parse(text)}};
    return with("/projections/1", entry);
  };
  CHECK(rows("[[0, 1]]") ==
        "net.json: /projections/1/synapses/0: 2 values, but a synapse is written as [pre, post, "
        "weight] or [pre, "
        "post, weight, delay]");
  CHECK(rows("[[0, 1, 2], [0, 1, 2, 3]]") ==
        "net.json: /projections/1/synapses/1: 4 values, but the rows before have 3; give a delay "
        "to all or to none");
  CHECK(rows("[[0, 1, 2], [0, 3, 2]]") ==
        "net.json: /projections/1/synapses/1/1: 3, but 0..2 are allowed");
  CHECK(rows("[[0.5, 1, 2]]") ==
        "net.json: /projections/1/synapses/0/0: 0.5, but an integer is needed");
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "sparse", "synapses": [[0, 1, 2]], "weight": 3})") ==
      "net.json: /projections/1: synapses and weight both list the synapses; keep one way");
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "sparse", "synapses": [[0, 1, 2, 1]], "delay": 3})") ==
      "net.json: /projections/1: the synapses hold their delays already; remove delay");
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "sparse", "pre": [0, 1], "post": [1], "weight": 3})") ==
      "net.json: /projections/1/post: 1 values, but pre has 2; give one post neuron for each");
  CHECK(
      projection(
          R"({"from": "in", "to": "out", "connect": "sparse", "pre": [0, 1], "post": [1, 2], "weight": [3]})") ==
      "net.json: /projections/1/weight: 1 values for 2 synapses; give one value, or one for each");
}

TEST_CASE("network file: npy arrays of the wrong shape are refused by path") {
  Folder folder;
  write_npy(folder.path / "w.npy", {3, 2}, std::vector<double>(6));
  const auto error = [&](const char* text) {
    return error_of([&] { read_projection(text, folder.path); });
  };
  const std::string file = (folder.path / "w.npy").string();
  CHECK(error(R"({"from": "in", "to": "out", "connect": "dense", "weight": {"npy": "w.npy"}})") ==
        "net.json: /projections/0/weight: the shape of " + file +
            " is (3, 2), but the populations need (2, 3) in this layout");
  CHECK(
      error(R"({"from": "in", "to": "out", "connect": "sparse", "synapses": {"npy": "w.npy"}})") ==
      "net.json: /projections/0/synapses: the shape of " + file +
          " is (3, 2), but (n, 3), (n, 4) or a structured array with the "
          "fields pre, post, weight, delay is needed");
  CHECK(
      error(
          R"({"from": "in", "to": "out", "connect": "sparse", "pre": {"npy": "w.npy"}, "post": [0], "weight": 1})") ==
      "net.json: /projections/0/pre: the shape of " + file +
          " is (3, 2), but a plain array with one axis is needed");
}

TEST_CASE("network file: the example of the documentation is a network that a chip takes") {
  std::ifstream in(std::string(SPIKEMESH_SOURCE_DIR) + "/docs/network.md");
  const std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const std::size_t begin = page.find("```json") + 7;
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  Folder folder;
  write_npy(folder.path / "w_in.npy", {38, 12}, std::vector<double>(38 * 12, 0.1));
  const Network network = parse_network(example, "example", folder.path);
  const Mapped mapped = map_network(network, spec::kBuilds[0].build);
  CHECK(mapped.report.synapses == 38 * 12 + 38 * 37 + 2);
  CHECK(mapped.image.labels.size() == 40);
}

TEST_CASE("network file: the schema has exactly the keys that are read") {
  std::ifstream in(std::string(SPIKEMESH_SOURCE_DIR) + "/host/schema/network.schema.json");
  const json schema = json::parse(in);
  const auto keys = [](const json& object) {
    std::set<std::string> names;
    for (const auto& [key, value] : object.at("properties").items()) names.insert(key);
    CHECK(object.at("additionalProperties") == false);
    return names;
  };
  const auto read_keys = [](const char* object) {
    const auto list = network_keys(object);
    return std::set<std::string>(list.begin(), list.end());
  };
  CHECK(keys(schema) == read_keys("network"));
  for (const char* object :
       {"population", "input", "raw", "neuron", "projection", "npy", "firmware", "early-exit"}) {
    CAPTURE(object);
    CHECK(read_keys(object).size() > 0);
    CHECK(keys(schema.at("$defs").at(object)) == read_keys(object));
  }
}

TEST_CASE("network file: a random projection is drawn once and saved as what was drawn") {
  json root = base();
  root["projections"].push_back({{"from", "out"},
                                 {"to", "out"},
                                 {"connect", "fixed_in_degree"},
                                 {"in_degree", 2},
                                 {"weight", -3},
                                 {"delay_ms", 1.0},
                                 {"allow_self", false},
                                 {"seed", 4}});
  root["projections"].push_back({{"from", "hidden"},
                                 {"to", "out"},
                                 {"connect", "fixed_probability"},
                                 {"probability", 0.5},
                                 {"weight", 2},
                                 {"seed", 9}});
  const Network network = read(root);
  REQUIRE(network.projections().size() == 4);
  CHECK(network.projections()[2].pre.size() == 6);
  CHECK(network.projections()[2].delay[0] == 2);
  Folder folder;
  save_network(network, folder.path / "saved.json");
  const Network again = load_network(folder.path / "saved.json");
  CHECK(again.projections()[2].pre == network.projections()[2].pre);
  CHECK(again.projections()[3].post == network.projections()[3].post);
  CHECK(again == network);
}

TEST_CASE("network file: keys of random projections stand only there, and are all needed") {
  CHECK(with("/projections/0/seed", 4) ==
        "net.json: /projections/0/seed: only fixed_probability, fixed_in_degree projections have "
        "this key; remove it");
  json root = base();
  root["projections"][0] = {
      {"from", "in"}, {"to", "out"}, {"connect", "fixed_probability"}, {"weight", 1}, {"seed", 1}};
  CHECK(error_of([&] { read(root); }) ==
        "net.json: /projections/0: probability is missing; add it");
  root["projections"][0]["probability"] = -0.1;
  CHECK(error_of([&] { read(root); }) ==
        "net.json: /projections/0/probability: -0.1, but 0..1 are allowed");
}

TEST_CASE("network file: long lists come back number by number, from a text of any length") {
  const Folder folder;
  constexpr std::size_t kCount = 200'000;  // some pieces of text
  std::vector<double> weights(kCount);
  for (std::size_t i = 0; i < kCount; ++i) weights[i] = static_cast<double>(i % 1000) - 500;
  const std::vector<double> odd{-0.0, 2147483647., -2147483648., 2147483648.,      -2147483649.,
                                0.25, 1e300,       -1e-300,      9007199254740992.};
  std::copy(odd.begin(), odd.end(), weights.begin() + 100'000);
  const auto sparse = [](json lists) {
    json root = base();
    lists.update({{"from", "in"}, {"to", "hidden"}, {"connect", "sparse"}});
    root["projections"] = json::array({std::move(lists)});
    return root;
  };
  const auto load = [&](const json& root) {
    const auto path = folder.path / "long.json";
    std::ofstream(path) << root;
    return load_network(path).projections().front();
  };
  std::vector<std::uint32_t> pre(kCount), post(kCount), delay(kCount);
  json rows = json::array();
  for (std::size_t i = 0; i < kCount; ++i) {
    pre[i] = i % 2, post[i] = i % 3, delay[i] = 1 + i % 15;
    rows.push_back({pre[i], post[i], weights[i], delay[i]});
  }
  const auto same = [&](const Projection& read) {
    REQUIRE(read.weight.size() == kCount);
    CHECK(std::memcmp(read.weight.all().data(), weights.data(), kCount * sizeof(double)) == 0);
    CHECK(read.pre == pre);
    CHECK(read.post == post);
    CHECK(read.delay.all() == delay);
  };
  same(load(sparse({{"pre", pre}, {"post", post}, {"weight", weights}, {"delay", delay}})));
  same(load(sparse({{"synapses", rows}})));
  rows[150'000][1] = 3;
  CHECK(error_of([&] {
          load(sparse({{"synapses", rows}}));
        }).ends_with("/projections/0/synapses/150000/1: 3, but 0..2 are allowed"));
  pre[150'000] = 7;
  CHECK(error_of([&] {
          load(sparse({{"pre", pre}, {"post", post}, {"weight", 1}}));
        }).find("150000") != std::string::npos);
}
