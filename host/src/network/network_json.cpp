// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/network_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <sstream>

#include "files/json_text.hpp"
#include "network/network_check.hpp"
#include "network/network_json_cursor.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

constexpr std::int64_t kCountMax = kUnitsMax;
constexpr std::int64_t kAny = std::int64_t{1} << 53;

struct RawKey {
  const char* key;
  Values<std::int64_t> RawNeurons::*member;
};
constexpr RawKey kRawKeys[] = {
    {"theta", &RawNeurons::theta},
    {"v_reset", &RawNeurons::v_reset},
    {"subtract", &RawNeurons::subtract},
    {"bias", &RawNeurons::bias},
    {"decay_i", &RawNeurons::decay_i},
    {"decay_v", &RawNeurons::decay_v},
    {"gain", &RawNeurons::gain},
    {"refractory", &RawNeurons::refractory},
    {"adapt_step", &RawNeurons::adapt_step},
    {"decay_adapt", &RawNeurons::decay_adapt},
};

struct PhysicalKey {
  const char* key;
  Values<double> PhysicalNeurons::*member;
};
constexpr PhysicalKey kPhysicalKeys[] = {
    {"tau_m_ms", &PhysicalNeurons::tau_m_ms},
    {"beta", &PhysicalNeurons::beta},
    {"tau_syn_ms", &PhysicalNeurons::tau_syn_ms},
    {"alpha", &PhysicalNeurons::alpha},
    {"v_threshold", &PhysicalNeurons::v_threshold},
    {"v_rest", &PhysicalNeurons::v_rest},
    {"v_reset", &PhysicalNeurons::v_reset},
    {"r", &PhysicalNeurons::r},
    {"w_in", &PhysicalNeurons::w_in},
    {"bias", &PhysicalNeurons::bias},
    {"t_refractory_ms", &PhysicalNeurons::t_refractory_ms},
    {"adapt_step", &PhysicalNeurons::adapt_step},
    {"tau_adapt_ms", &PhysicalNeurons::tau_adapt_ms},
};

struct RuleKey {
  const char* key;
  double LearningRule::*member;
};
constexpr RuleKey kRuleKeys[] = {{"a_plus", &LearningRule::a_plus},
                                 {"a_minus", &LearningRule::a_minus},
                                 {"x_target", &LearningRule::x_target}};

InputNeurons read_input(const JsonCursor& cursor, std::uint32_t size) {
  cursor.object(network_keys("input"));
  InputNeurons input;
  if (const auto found = cursor.find("max_spikes_per_step"))
    input.max_spikes_per_step = found->integers(size, "neurons", -kAny, kAny);
  return input;
}

RawNeurons read_raw(const JsonCursor& cursor, std::uint32_t size) {
  cursor.object(network_keys("raw"));
  RawNeurons raw;
  for (const RawKey& key : kRawKeys)
    if (const auto found = cursor.find(key.key))
      raw.*key.member = found->integers(size, "neurons", -kAny, kAny);
  return raw;
}

PhysicalNeurons read_physical(const JsonCursor& cursor, std::uint32_t size) {
  cursor.object(network_keys("neuron"));
  PhysicalNeurons neurons;
  for (const PhysicalKey& key : kPhysicalKeys)
    if (const auto found = cursor.find(key.key))
      neurons.*key.member = found->numbers(size, "neurons");
  if (const auto reset = cursor.find("reset"))
    neurons.subtract = reset->choice({"to_value", "subtract"}) == 1;
  return neurons;
}

void read_kind(const JsonCursor& cursor, Population& population) {
  const auto input = cursor.find("input"), raw = cursor.find("raw"), neuron = cursor.find("neuron");
  if (!!input + !!raw + !!neuron != 1)
    cursor.fail("one of input, raw, neuron says what the population is; give exactly one");
  if (input) population.neurons = read_input(*input, population.size);
  if (raw) population.neurons = read_raw(*raw, population.size);
  if (neuron) population.neurons = read_physical(*neuron, population.size);
}

std::vector<std::uint32_t> read_record(const JsonCursor& cursor, std::uint32_t size) {
  std::vector<std::uint32_t> recorded;
  if (cursor.is_truth()) {
    for (std::uint32_t i = 0; cursor.truth() && i < size; ++i) recorded.push_back(i);
    return recorded;
  }
  if (!cursor.is_array())
    cursor.fail("true or a list of neurons [0, 3, ...] is needed; write one of them");
  for (std::size_t i = 0; i < cursor.array_size(); ++i)
    recorded.push_back(static_cast<std::uint32_t>(cursor.at(i).integer(0, size - 1)));
  std::sort(recorded.begin(), recorded.end());
  return recorded;
}

std::vector<TilePlace> read_tiles(const JsonCursor& cursor) {
  std::vector<TilePlace> tiles;
  for (std::size_t i = 0; i < cursor.array_size(); ++i) {
    const JsonCursor place = cursor.at(i);
    if (place.array_size() != 2)
      place.fail(fmt::format("{} values, but a tile is written as [x, y]", place.array_size()));
    tiles.push_back({static_cast<std::uint32_t>(place.at(std::size_t{0}).integer(0, 63)),
                     static_cast<std::uint32_t>(place.at(1).integer(0, 63))});
  }
  return tiles;
}

void read_population(const JsonCursor& cursor, Network& network) {
  cursor.object(network_keys("population"));
  Population population;
  population.name = cursor.at("name").text();
  if (const auto shape = cursor.find("shape")) {
    for (std::size_t i = 0; i < shape->array_size(); ++i)
      population.shape.push_back(static_cast<std::uint32_t>(shape->at(i).integer(1, kCountMax)));
    if (population.shape.empty())
      shape->fail("it is empty; write the length of each axis, such as [2, 34, 34]");
    population.size = size_of_shape(network, population.shape);
  }
  if (const auto size = cursor.find("size"); size || population.shape.empty())
    population.size = static_cast<std::uint32_t>(cursor.at("size").integer(1, kCountMax));
  read_kind(cursor, population);
  if (const auto record = cursor.find("record"))
    population.recorded = read_record(*record, population.size);
  if (const auto adapt = cursor.find("adapt"))
    population.adapt = adapt->numbers(population.size, "neurons");
  if (const auto scale = cursor.find("v_scale"))
    population.v_scale = scale->numbers(population.size, "neurons");
  if (const auto v = cursor.find("v")) population.v = v->numbers(population.size, "neurons");
  if (const auto i = cursor.find("i")) population.i = i->numbers(population.size, "neurons");
  if (const auto tiles = cursor.find("tiles")) population.tiles = read_tiles(*tiles);
  network.add(std::move(population));
}

void read_rule(const JsonCursor& cursor, Network& network) {
  cursor.object(network_keys("rule"));
  LearningRule rule;
  rule.name = cursor.at("name").text();
  rule.tau_pre_ms = cursor.at("tau_pre_ms").number();
  rule.tau_post_ms = cursor.at("tau_post_ms").number();
  for (const RuleKey& key : kRuleKeys)
    if (const auto found = cursor.find(key.key)) rule.*key.member = found->number();
  rule.w_min = cursor.at("w_min").number();
  rule.w_max = cursor.at("w_max").number();
  if (const auto bounds = cursor.find("bounds")) rule.soft = bounds->choice({"hard", "soft"}) == 1;
  if (const auto found = cursor.find("pre_max")) rule.pre_max = found->number();
  if (const auto found = cursor.find("post_max")) rule.post_max = found->number();
  network.add(std::move(rule));
}

/// The program of the management core, and its settings. Whether they fit the network is checked
/// before a run.
EarlyExitSettings read_firmware(const JsonCursor& cursor) {
  cursor.object(network_keys("firmware"));
  cursor.at("program").choice({"early-exit"});
  const JsonCursor settings = cursor.at("settings");
  settings.object(network_keys("early-exit"));
  EarlyExitSettings early_exit;
  early_exit.population = settings.at("population").text();
  const JsonCursor margins = settings.at("margins");
  for (std::size_t i = 0; i < margins.array_size(); ++i) {
    const JsonCursor pair = margins.at(i);
    if (pair.array_size() != 2)
      pair.fail(
          fmt::format("{} values, but a pair is written as [steps, margin]", pair.array_size()));
    early_exit.margins.push_back(
        {static_cast<std::uint32_t>(pair.at(std::size_t{0}).integer(1, kCountMax)),
         static_cast<std::uint32_t>(pair.at(1).integer(1, kCountMax))});
  }
  return early_exit;
}

void read_settings(const JsonCursor& root, Network& network) {
  if (const auto scale = root.find("v_scale")) {
    network.v_scale = scale->number();
    if (!(*network.v_scale > 0))
      scale->fail(fmt::format("{}, but it must be above 0", *network.v_scale));
  }
  if (const auto period = root.find("adapt_period"))
    network.adapt_period = static_cast<std::uint32_t>(period->integer(0, 31));
  if (const auto bits = root.find("decay_bits"))
    network.decay_bits = static_cast<std::uint32_t>(bits->integer(12, 16));
  if (const auto integration = root.find("integration"))
    network.exponential = integration->choice({"euler", "exponential"}) == 1;
  if (const auto tiles = root.find("min_tiles"))
    network.min_tiles = static_cast<std::uint32_t>(tiles->integer(1, 4096));
  if (const auto split = root.find("split_weights")) {
    network.split_weights = split->number();
    check_split_weights(network.where("/split_weights"), network.split_weights);
  }
  if (const auto relays = root.find("relays")) network.relays = relays->truth();
  if (const auto firmware = root.find("firmware")) network.early_exit = read_firmware(*firmware);
}

Network read_network(const JsonCursor& root, const std::string& source) {
  root.object(network_keys("network"));
  if (const auto version = root.at("spikemesh_network"); version.number() != 1)
    version.fail(fmt::format("format version {}, but this program reads 1; write the file for that",
                             version.number()));
  const JsonCursor dt = root.at("dt_ms");
  if (!(dt.number() > 0)) dt.fail(fmt::format("{}, but a step takes a time above 0", dt.number()));
  Network network(dt.number());
  network.source = source;
  read_settings(root, network);
  const JsonCursor populations = root.at("populations");
  for (std::size_t i = 0; i < populations.array_size(); ++i)
    read_population(populations.at(i), network);
  if (const auto rules = root.find("rules"))
    for (std::size_t i = 0; i < rules->array_size(); ++i) read_rule(rules->at(i), network);
  if (const auto projections = root.find("projections"))
    for (std::size_t i = 0; i < projections->array_size(); ++i)
      read_projection(projections->at(i), network);
  return network;
}

}  // namespace

std::vector<std::string_view> network_keys(std::string_view object) {
  std::vector<std::string_view> keys;
  if (object == "network")
    keys = {"spikemesh_network", "dt_ms",     "v_scale",       "adapt_period", "decay_bits",
            "integration",       "min_tiles", "split_weights", "relays",       "populations",
            "projections",       "rules",     "firmware"};
  if (object == "firmware") keys = {"program", "settings"};
  if (object == "early-exit") keys = {"population", "margins"};
  if (object == "rule")
    keys = {"name",  "tau_pre_ms", "tau_post_ms", "a_plus",  "a_minus", "x_target",
            "w_min", "w_max",      "bounds",      "pre_max", "post_max"};
  if (object == "population")
    keys = {"name",   "size",  "shape", "input",   "raw", "neuron",
            "record", "tiles", "adapt", "v_scale", "v",   "i"};
  if (object == "input") keys = {"max_spikes_per_step"};
  if (object == "raw")
    for (const RawKey& key : kRawKeys) keys.push_back(key.key);
  if (object == "neuron") {
    for (const PhysicalKey& key : kPhysicalKeys) keys.push_back(key.key);
    keys.push_back("reset");
  }
  if (object == "projection")
    keys = {"from",    "to",          "connect",   "weight", "delay",       "delay_ms",
            "pre",     "post",        "synapses",  "layout", "allow_self",  "weight_scale",
            "seed",    "probability", "in_degree", "rule",   "kernel_size", "stride",
            "padding", "dilation",    "groups"};
  if (object == "npy") keys = {"npy"};
  return keys;
}

Network parse_network(const std::string& text, const std::string& source,
                      const std::filesystem::path& directory) {
  nlohmann::json root = parse_packed_json(text, source.empty() ? "network" : source);
  return read_network(JsonCursor(root, "", source, directory), source);
}

Network load_network(const std::filesystem::path& path) {
  const std::string source = path.string();
  nlohmann::json root = parse_packed_json(InputPieces(path), source);
  return read_network(JsonCursor(root, "", source, path.parent_path()), source);
}

}  // namespace spikemesh
