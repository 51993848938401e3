// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "network/layer.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/npy.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::ordered_json;

/// Writes arrays into the JSON, or beside it where they are long.
class Saver {
 public:
  Saver(const Network& network, const std::filesystem::path& path, std::size_t limit)
      : network_(network), path_(path), limit_(limit) {}

  void run() {
    Json root{{"spikemesh_network", 1}, {"dt_ms", network_.dt_ms()}};
    if (network_.v_scale) root["v_scale"] = *network_.v_scale;
    if (network_.adapt_period) root["adapt_period"] = *network_.adapt_period;
    root["decay_bits"] = network_.decay_bits;
    root["integration"] = network_.exponential ? "exponential" : "euler";
    root["min_tiles"] = network_.min_tiles;
    if (network_.split_weights > 0) root["split_weights"] = network_.split_weights;
    if (network_.relays) root["relays"] = true;
    if (network_.early_exit) root["firmware"] = firmware(*network_.early_exit);
    root["populations"] = Json::array();
    for (const Population& population : network_.populations())
      root["populations"].push_back(to_value(population));
    for (const LearningRule& rule : network_.rules()) root["rules"].push_back(to_value(rule));
    root["projections"] = Json::array();
    for (const Projection& projection : network_.projections()) {
      prefix_ = fmt::format("projection{}", root["projections"].size());
      root["projections"].push_back(to_value(projection));
    }
    OutputFile file(path_);
    file.stream() << root.dump(2) << '\n';
    file.commit();
  }

 private:
  static Json firmware(const EarlyExitSettings& settings) {
    Json margins = Json::array();
    for (const ExitMargin& each : settings.margins) margins.push_back({each.steps, each.margin});
    return {{"program", "early-exit"},
            {"settings", {{"population", settings.population}, {"margins", std::move(margins)}}}};
  }
  template <typename T>
  Json array(const char* column, const std::vector<T>& values,
             const std::vector<std::size_t>& shape) {
    if (values.size() > limit_) {
      const std::string file = fmt::format("{}.{}.{}.npy", path_.stem().string(), prefix_, column);
      write_npy(path_.parent_path() / file, shape, std::span<const T>(values));
      return {{"npy", file}};
    }
    return nested(values.begin(), shape.begin(), shape.end());
  }
  /// Moves `at` behind what it wrote.
  template <typename At, typename Axis>
  static Json nested(At&& at, Axis axis, Axis end) {
    const auto size = static_cast<std::ptrdiff_t>(*axis);
    Json list = Json::array();
    for (std::ptrdiff_t i = 0; i < size; ++i)
      list.push_back(axis + 1 == end ? Json(*at++) : nested(at, axis + 1, end));
    return list;
  }
  /// One value, or one for each of `shape`.
  template <typename T>
  Json values(const char* column, const Values<T>& values, const std::vector<std::size_t>& shape) {
    if (values.single()) return values[0];
    return array(column, values.all(), shape);
  }

  static Json to_value(const LearningRule& rule) {
    Json out{{"name", rule.name},
             {"tau_pre_ms", rule.tau_pre_ms},
             {"tau_post_ms", rule.tau_post_ms},
             {"a_plus", rule.a_plus},
             {"a_minus", rule.a_minus},
             {"x_target", rule.x_target},
             {"w_min", rule.w_min},
             {"w_max", rule.w_max},
             {"bounds", rule.soft ? "soft" : "hard"}};
    if (rule.pre_max) out["pre_max"] = *rule.pre_max;
    if (rule.post_max) out["post_max"] = *rule.post_max;
    return out;
  }
  Json to_value(const Population& population) {
    prefix_ = fmt::format("population{}", network_.find(population.name).value());
    Json out{{"name", population.name}, {"size", population.size}};
    if (!population.shape.empty()) out["shape"] = population.shape;
    if (const auto* input = std::get_if<InputNeurons>(&population.neurons))
      out["input"] = {{"max_spikes_per_step",
                       of_neurons("max_spikes_per_step", input->max_spikes_per_step, population)}};
    if (const auto* raw = std::get_if<RawNeurons>(&population.neurons))
      out["raw"] = to_value(*raw, population);
    if (const auto* physical = std::get_if<PhysicalNeurons>(&population.neurons))
      out["neuron"] = to_value(*physical, population);
    if (population.recorded.size() == population.size)
      out["record"] = true;
    else if (!population.recorded.empty())
      out["record"] = population.recorded;
    if (population.adapt.given()) out["adapt"] = of_neurons("adapt", population.adapt, population);
    if (population.v_scale.given())
      out["v_scale"] = of_neurons("v_scale", population.v_scale, population);
    if (population.v.given()) out["v"] = of_neurons("v", population.v, population);
    if (population.i.given()) out["i"] = of_neurons("i", population.i, population);
    for (const TilePlace& tile : population.tiles) out["tiles"].push_back({tile.x, tile.y});
    return out;
  }
  template <typename T>
  Json of_neurons(const char* key, const Values<T>& given, const Population& population) {
    return values(key, given, {population.size});
  }
  Json to_value(const RawNeurons& raw, const Population& population) {
    Json out = Json::object();
    const auto add = [&](const char* key, const Values<std::int64_t>& given) {
      if (given.given()) out[key] = of_neurons(key, given, population);
    };
    add("theta", raw.theta);
    add("v_reset", raw.v_reset);
    add("subtract", raw.subtract);
    add("bias", raw.bias);
    add("decay_i", raw.decay_i);
    add("decay_v", raw.decay_v);
    add("gain", raw.gain);
    add("refractory", raw.refractory);
    add("adapt_step", raw.adapt_step);
    add("decay_adapt", raw.decay_adapt);
    return out;
  }
  Json to_value(const PhysicalNeurons& neurons, const Population& population) {
    Json out = Json::object();
    const auto add = [&](const char* key, const Values<double>& given) {
      if (given.given()) out[key] = of_neurons(key, given, population);
    };
    add("tau_m_ms", neurons.tau_m_ms);
    add("beta", neurons.beta);
    add("tau_syn_ms", neurons.tau_syn_ms);
    add("alpha", neurons.alpha);
    add("v_threshold", neurons.v_threshold);
    add("v_rest", neurons.v_rest);
    add("v_reset", neurons.v_reset);
    add("r", neurons.r);
    add("w_in", neurons.w_in);
    add("bias", neurons.bias);
    add("t_refractory_ms", neurons.t_refractory_ms);
    add("adapt_step", neurons.adapt_step);
    add("tau_adapt_ms", neurons.tau_adapt_ms);
    out["reset"] = neurons.subtract ? "subtract" : "to_value";
    return out;
  }

  Json to_value(const Projection& projection) {
    static constexpr const char* kConnect[] = {"all_to_all", "one_to_one", "dense",
                                               "sparse",     "conv2d",     "pool2d"};
    const Population& from = network_.populations()[projection.from];
    const Population& to = network_.populations()[projection.to];
    Json out{{"from", from.name},
             {"to", to.name},
             {"connect", kConnect[static_cast<std::size_t>(projection.connect)]}};
    std::vector<std::size_t> shape{network_.weight_count(projection)};
    if (projection.connect == Connect::dense) shape = {from.size, to.size};
    if (projection.connect == Connect::sparse) {
      out["pre"] = array("pre", projection.pre, shape);
      out["post"] = array("post", projection.post, shape);
    }
    if (is_layer(projection)) add_window(out, projection, shape);
    // A kernel is written as one however small it is: its shape says what slides.
    out["weight"] = projection.connect == Connect::conv2d
                        ? array("weight", projection.weight.all(), shape)
                        : values("weight", projection.weight, shape);
    out["delay"] = values("delay", projection.delay, shape);
    if (!projection.allow_self) out["allow_self"] = false;
    if (projection.weight_scale) out["weight_scale"] = *projection.weight_scale;
    if (projection.rule) out["rule"] = network_.rules()[*projection.rule].name;
    return out;
  }

  /// What slides, and the shape of its kernel.
  void add_window(Json& out, const Projection& projection, std::vector<std::size_t>& shape) const {
    const Window& window = projection.window;
    const Population& from = network_.populations()[projection.from];
    const Population& to = network_.populations()[projection.to];
    if (projection.connect == Connect::conv2d)
      shape = {to.shape[0], from.shape[0] / window.groups, window.size[0], window.size[1]};
    else
      out["kernel_size"] = window.size;
    out["stride"] = window.stride;
    out["padding"] = window.padding;
    out["dilation"] = window.dilation;
    if (window.groups != 1) out["groups"] = window.groups;
  }

  const Network& network_;
  std::filesystem::path path_;
  std::size_t limit_;
  std::string prefix_;
};

}  // namespace

void save_network(const Network& network, const std::filesystem::path& path,
                  std::size_t inline_limit) {
  Saver(network, path, inline_limit).run();
}

}  // namespace spikemesh
