// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "network/layer.hpp"
#include "network/network_check.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

Network::Network(double dt_ms) : dt_ms_(dt_ms) {
  if (!(dt_ms > 0) || !std::isfinite(dt_ms))
    throw InputError(fmt::format("/dt_ms: {}, but a step takes a time above 0", dt_ms));
}

std::string Network::where(const std::string& path) const {
  return source.empty() ? path : source + ": " + path;
}

std::string Network::where_population(Id population, const std::string& rest) const {
  return where(fmt::format("/populations/{}{}", population, rest));
}

std::string Network::where_projection(Id projection, const std::string& rest) const {
  return where(fmt::format("/projections/{}{}", projection, rest));
}

std::string Network::where_rule(std::uint32_t rule, const std::string& rest) const {
  return where(fmt::format("/rules/{}{}", rule, rest));
}

std::optional<std::uint32_t> Network::find_rule(const std::string& name) const {
  for (std::uint32_t i = 0; i < rules_.size(); ++i)
    if (rules_[i].name == name) return i;
  return std::nullopt;
}

std::uint32_t Network::add(LearningRule rule) {
  check_rule(*this, rule);
  rules_.push_back(std::move(rule));
  return static_cast<std::uint32_t>(rules_.size() - 1);
}

void Network::set_weights(Id projection, std::vector<double> weights) {
  Projection& p = projections_.at(projection);
  if (weights.size() != synapse_count(p))
    throw InputError(where_projection(projection, fmt::format("/weight: {} values for {} synapses",
                                                              weights.size(), synapse_count(p))));
  if (p.connect == Connect::all_to_all || is_layer(p)) {
    Projection sparse = p;
    sparse.connect = Connect::sparse;
    sparse.allow_self = true;
    sparse.window = {};
    std::vector<double> kept;
    std::vector<std::uint32_t> delays;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const Synapse one = synapse(p, i);
      if (!exists(p, one)) continue;
      sparse.pre.push_back(one.pre);
      sparse.post.push_back(one.post);
      kept.push_back(weights[i]);
      if (!p.delay.single()) delays.push_back(one.delay);
    }
    sparse.weight = std::move(kept);
    if (!p.delay.single()) sparse.delay = std::move(delays);
    p = std::move(sparse);
    return;
  }
  p.weight = std::move(weights);
}

void Network::replace(std::vector<Population> populations, std::vector<LearningRule> rules,
                      std::vector<Projection> projections) {
  Network changed(*this);  // all that it holds besides
  changed.populations_.clear();
  changed.rules_.clear();
  changed.projections_.clear();
  for (Population& each : populations) changed.add(std::move(each));
  for (LearningRule& each : rules) changed.add(std::move(each));
  for (Projection& each : projections) changed.add(std::move(each));
  *this = std::move(changed);
}

void Network::set_adapt(Id population, std::vector<double> adapt) {
  Population changed = neurons_of(population, "/adapt: inputs have no threshold; remove it");
  changed.adapt = std::move(adapt);
  check_adapt(*this, population, changed);
  populations_[population] = std::move(changed);
}

void Network::set_v_scale(Id population, Values<double> v_scale) {
  Population changed = neurons_of(population, "/v_scale: inputs have no V; remove it");
  changed.v_scale = std::move(v_scale);
  check_v_scale(*this, population, changed);
  populations_[population] = std::move(changed);
}

bool Network::exists(const Projection& projection, const Synapse& synapse) const {
  if (projection.connect == Connect::all_to_all && !projection.allow_self &&
      projection.from == projection.to && synapse.pre == synapse.post)
    return false;
  if (synapse.pre == kNone) return false;
  return projection.rule || synapse.weight != 0;
}

std::optional<Network::Id> Network::find(const std::string& name) const {
  for (Id i = 0; i < populations_.size(); ++i)
    if (populations_[i].name == name) return i;
  return std::nullopt;
}

Network::Id Network::add_input(std::string name, std::uint32_t size, InputNeurons neurons) {
  return add(Population{std::move(name), size, std::move(neurons), {}, {}});
}

Network::Id Network::add_neurons(std::string name, std::uint32_t size, RawNeurons neurons) {
  return add(Population{std::move(name), size, std::move(neurons), {}, {}});
}

Network::Id Network::add_neurons(std::string name, std::uint32_t size, PhysicalNeurons neurons) {
  return add(Population{std::move(name), size, std::move(neurons), {}, {}});
}

Network::Id Network::add(Population population) {
  if (population.size == 0 && !population.shape.empty())
    population.size = size_of_shape(*this, population.shape);
  check_population(*this, population);
  populations_.push_back(std::move(population));
  return static_cast<Id>(populations_.size() - 1);
}

Population& Network::neurons_of(Id population, const std::string& what) {
  if (population >= populations_.size())
    throw InputError(where(
        fmt::format("/populations: {} wanted, but there are {}", population, populations_.size())));
  if (populations_[population].is_input()) throw InputError(where_population(population) + what);
  return populations_[population];
}

void Network::record(Id population) {
  std::vector<std::uint32_t> all(population < populations_.size() ? populations_[population].size
                                                                  : 0);
  for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
  record(population, std::move(all));
}

void Network::record(Id population, std::vector<std::uint32_t> neurons) {
  Population changed = neurons_of(population,
                                  "/record: these are inputs, whose spikes the host knows; "
                                  "record neurons only");
  changed.recorded = std::move(neurons);
  std::sort(changed.recorded.begin(), changed.recorded.end());
  check_recorded(*this, population, changed);
  populations_[population] = std::move(changed);
}

void Network::place(Id population, std::vector<TilePlace> tiles) {
  neurons_of(population, "/tiles: inputs are on no tile; place neurons only").tiles =
      std::move(tiles);
}

Network::Id Network::connect_all_to_all(Id from, Id to, double weight, std::uint32_t delay,
                                        bool allow_self) {
  return add({.from = from,
              .to = to,
              .connect = Connect::all_to_all,
              .weight = weight,
              .delay = delay,
              .allow_self = allow_self});
}

Network::Id Network::connect_one_to_one(Id from, Id to, Values<double> weight,
                                        Values<std::uint32_t> delay) {
  return add({.from = from,
              .to = to,
              .connect = Connect::one_to_one,
              .weight = std::move(weight),
              .delay = std::move(delay)});
}

Network::Id Network::connect_dense(Id from, Id to, std::vector<double> weight,
                                   Values<std::uint32_t> delay) {
  return add({.from = from,
              .to = to,
              .connect = Connect::dense,
              .weight = std::move(weight),
              .delay = std::move(delay)});
}

Network::Id Network::connect(Id from, Id to, const std::vector<Synapse>& synapses) {
  Projection projection;
  projection.from = from;
  projection.to = to;
  std::vector<double> weight;
  std::vector<std::uint32_t> delay;
  for (const Synapse& synapse : synapses) {
    projection.pre.push_back(synapse.pre);
    projection.post.push_back(synapse.post);
    weight.push_back(synapse.weight);
    delay.push_back(synapse.delay);
  }
  projection.weight = std::move(weight);
  projection.delay = std::move(delay);
  return add(std::move(projection));
}

Network::Id Network::connect_conv2d(Id from, Id to, std::vector<double> kernel, Window window,
                                    Values<std::uint32_t> delay) {
  Projection projection{.from = from, .to = to, .connect = Connect::conv2d};
  projection.weight = std::move(kernel);
  projection.delay = std::move(delay);
  projection.window = window;
  return add(std::move(projection));
}

Network::Id Network::connect_pool2d(Id from, Id to, double weight, Window window,
                                    std::uint32_t delay) {
  Projection projection{.from = from, .to = to, .connect = Connect::pool2d};
  projection.weight = weight;
  projection.delay = delay;
  projection.window = window;
  return add(std::move(projection));
}

Network::Id Network::add(Projection projection) {
  check_projection(*this, static_cast<Id>(projections_.size()), projection);
  projections_.push_back(std::move(projection));
  return static_cast<Id>(projections_.size() - 1);
}

void Network::set_rule(Id projection, std::uint32_t rule) {
  Projection plastic = projections_.at(projection);
  plastic.rule = rule;
  check_projection(*this, projection, plastic);
  projections_[projection] = std::move(plastic);
}

std::size_t Network::synapse_count(const Projection& projection) const {
  const std::size_t pre = populations_[projection.from].size;
  const std::size_t post = populations_[projection.to].size;
  switch (projection.connect) {
    case Connect::all_to_all:
    case Connect::dense:
      return pre * post;
    case Connect::one_to_one:
      return pre;
    case Connect::sparse:
      return projection.pre.size();
    case Connect::conv2d:
    case Connect::pool2d:
      return Layer(populations_[projection.from], populations_[projection.to], projection).count();
  }
  return 0;
}

std::size_t Network::weight_count(const Projection& projection) const {
  if (projection.connect == Connect::pool2d) return 1;
  if (projection.connect != Connect::conv2d) return synapse_count(projection);
  return populations_[projection.to].shape[0] *
         Layer(populations_[projection.from], populations_[projection.to], projection).places();
}

std::size_t Network::weight_of(const Projection& projection, std::size_t i) const {
  if (!is_layer(projection)) return i;
  return Layer(populations_[projection.from], populations_[projection.to], projection).weight_of(i);
}

Synapse Network::synapse(const Projection& projection, std::size_t i) const {
  if (is_layer(projection))
    return Layer(populations_[projection.from], populations_[projection.to], projection).synapse(i);
  const std::size_t post = populations_[projection.to].size;
  Synapse synapse;
  switch (projection.connect) {
    case Connect::all_to_all:
    case Connect::dense:
      synapse.pre = static_cast<std::uint32_t>(i / post);
      synapse.post = static_cast<std::uint32_t>(i % post);
      break;
    case Connect::one_to_one:
      synapse.pre = synapse.post = static_cast<std::uint32_t>(i);
      break;
    case Connect::sparse:
      synapse.pre = projection.pre[i];
      synapse.post = projection.post[i];
      break;
    case Connect::conv2d:
    case Connect::pool2d:
      break;  // above
  }
  const bool excluded = projection.connect == Connect::all_to_all && !projection.allow_self &&
                        projection.from == projection.to && synapse.pre == synapse.post;
  synapse.weight = excluded ? 0.0 : projection.weight[i];
  synapse.delay = projection.delay[i];
  return synapse;
}

bool Network::operator==(const Network& other) const {
  const NetworkSettings &settings = *this, &others = other;
  return settings == others && dt_ms_ == other.dt_ms_ && populations_ == other.populations_ &&
         projections_ == other.projections_ && rules_ == other.rules_;
}

}  // namespace spikemesh
