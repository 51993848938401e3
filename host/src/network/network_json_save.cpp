// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

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
  template <typename T>
  Json array(const char* column, const std::vector<T>& values,
             const std::vector<std::size_t>& shape) {
    if (values.size() > limit_) {
      const std::string file = fmt::format("{}.{}.{}.npy", path_.stem().string(), prefix_, column);
      write_npy(path_.parent_path() / file, shape, std::span<const T>(values));
      return {{"npy", file}};
    }
    if (shape.size() == 1) return values;
    Json rows = Json::array();
    for (std::size_t row = 0; row < shape[0]; ++row) {
      const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * shape[1]);
      rows.push_back(std::vector<T>(first, first + static_cast<std::ptrdiff_t>(shape[1])));
    }
    return rows;
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
    static constexpr const char* kConnect[] = {"all_to_all", "one_to_one", "dense", "sparse"};
    const Population& from = network_.populations()[projection.from];
    const Population& to = network_.populations()[projection.to];
    Json out{{"from", from.name},
             {"to", to.name},
             {"connect", kConnect[static_cast<std::size_t>(projection.connect)]}};
    std::vector<std::size_t> shape{network_.synapse_count(projection)};
    if (projection.connect == Connect::dense) shape = {from.size, to.size};
    if (projection.connect == Connect::sparse) {
      out["pre"] = array("pre", projection.pre, shape);
      out["post"] = array("post", projection.post, shape);
    }
    out["weight"] = values("weight", projection.weight, shape);
    out["delay"] = values("delay", projection.delay, shape);
    if (!projection.allow_self) out["allow_self"] = false;
    if (projection.weight_scale) out["weight_scale"] = *projection.weight_scale;
    if (projection.rule) out["rule"] = network_.rules()[*projection.rule].name;
    return out;
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
