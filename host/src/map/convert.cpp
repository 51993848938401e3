// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "map/convert_neurons.hpp"
#include "map/convert_rules.hpp"
#include "network/network_check.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

bool RoundingError::add(double error) {
  ++count;
  squares_ += error * error;
  rms = std::sqrt(squares_ / static_cast<double>(count));
  const bool largest = error > max;
  max = std::max(max, error);
  return largest;
}

std::string IntegerNetwork::name_of(std::uint32_t unit) const {
  return fmt::format("neuron {} of \"{}\"", index_of(unit), parts[part_of[unit]].name);
}

namespace {

class Converter {
 public:
  Converter(const Network& network, const spec::Build& build) : network_(network), build_(build) {}

  Converted run() {
    lay_out();
    check_delays();
    collect_incoming();
    convert_neurons();
    convert_adapt();
    collect_rules();
    convert_synapses();
    return std::move(result_);
  }

 private:
  void lay_out() {
    IntegerNetwork& out = result_.network;
    for (const Population& population : network_.populations()) {
      const auto first = static_cast<std::uint32_t>(out.part_of.size());
      const auto id = static_cast<std::uint32_t>(out.parts.size());
      out.parts.push_back(
          {population.name, first, population.size, population.is_input(), population.tiles});
      out.part_of.resize(first + population.size, id);
      out.recorded.resize(first + population.size, false);
      for (const std::uint32_t neuron : population.recorded) out.recorded[first + neuron] = true;
      const auto* input = std::get_if<InputNeurons>(&population.neurons);
      for (std::uint32_t i = 0; i < population.size; ++i)
        out.max_hits.push_back(input ? static_cast<std::uint32_t>(input->max_spikes_per_step[i])
                                     : 1);
    }
    out.neurons.resize(out.part_of.size());
    out.min_tiles = network_.min_tiles;
    out.source = network_.source;
  }

  void check_delays() const {
    for (Network::Id id = 0; id < network_.projections().size(); ++id) {
      const auto& delay = network_.projections()[id].delay;
      for (std::size_t i = 0; i < delay.size(); ++i) {
        if (delay[i] >= 1 && delay[i] <= build_.delay_max) continue;
        std::uint32_t needed = 1;
        while (needed < delay[i] && needed < 15) needed = 2 * needed + 1;
        const bool can_build = delay[i] >= 1 && delay[i] <= needed;
        throw InputError(fmt::format(
            "{}: {}, but this chip allows 1..{}; {}{}", synapse_path(network_, id, "delay", i),
            delay[i], build_.delay_max, delay[i] < 1 ? "make it longer" : "shorten it",
            can_build ? fmt::format(" or build with DelayMax={}", needed) : ""));
      }
    }
  }

  template <typename Each>
  void for_each(Each&& each) const {
    const auto& parts = result_.network.parts;
    for (Network::Id id = 0; id < network_.projections().size(); ++id) {
      const Projection& projection = network_.projections()[id];
      const std::size_t count = network_.synapse_count(projection);
      for (std::size_t i = 0; i < count; ++i) {
        const Synapse synapse = network_.synapse(projection, i);
        if (!network_.exists(projection, synapse)) continue;
        each(id, i, parts[projection.from].first + synapse.pre,
             parts[projection.to].first + synapse.post, synapse);
      }
    }
  }

  bool is_physical(Network::Id population) const {
    return std::holds_alternative<PhysicalNeurons>(network_.populations()[population].neurons);
  }

  void collect_incoming() {
    physics_.resize(result_.network.units());
    for (Network::Id id = 0; id < network_.populations().size(); ++id)
      for (std::uint32_t i = 0; is_physical(id) && i < network_.populations()[id].size; ++i)
        physics_[result_.network.parts[id].first + i] = physics_of(network_, id, i);
    incoming_.resize(physics_.size());
    for_each([&](Network::Id id, std::size_t, std::uint32_t pre, std::uint32_t post,
                 const Synapse& synapse) {
      if (!is_physical(network_.projections()[id].to)) return;
      const double factor = physics_[post].factor, hits = result_.network.max_hits[pre];
      double low = synapse.weight * factor, high = low;
      if (const LearningRule* rule = rule_of(id)) {
        std::tie(low, high) = std::minmax({rule->w_min * factor, rule->w_max * factor});
      }
      Incoming& incoming = incoming_[post];
      incoming.largest = std::max({incoming.largest, std::abs(low), std::abs(high)});
      incoming.positive += std::max(high, 0.0) * hits;
      incoming.negative += std::max(-low, 0.0) * hits;
      incoming.hits += hits;
    });
  }

  void convert_neurons() {
    std::vector<Physics> physics;
    std::vector<Incoming> incoming;
    for (std::uint32_t unit = 0; unit < physics_.size(); ++unit)
      if (is_physical(result_.network.part_of[unit])) {
        physics.push_back(physics_[unit]);
        incoming.push_back(incoming_[unit]);
      }
    ConversionReport& report = result_.report;
    report.v_scale = physics.empty() ? 0 : choose_scale(network_, physics, incoming);
    report.adapt_period = result_.network.adapt_period = choose_adapt_period(network_, physics);
    for (std::uint32_t unit = 0; unit < physics_.size(); ++unit) {
      const Network::Id id = result_.network.part_of[unit];
      const std::uint32_t index = result_.network.index_of(unit);
      NeuronParameters& neuron = result_.network.neurons[unit];
      if (is_physical(id)) {
        neuron = round_neuron(network_, id, index, physics_[unit], build_, report);
        neuron.gain = choose_gain(incoming_[unit], report.v_scale, build_.weight_bits);
      } else if (!network_.populations()[id].is_input()) {
        neuron = raw_neuron(network_, id, index, build_);
      }
      report.gain_max = std::max(report.gain_max, neuron.gain);
    }
  }

  const LearningRule* rule_of(Network::Id projection) const {
    const auto& rule = network_.projections()[projection].rule;
    return rule ? &network_.rules()[*rule] : nullptr;
  }

  void convert_adapt() {
    IntegerNetwork& out = result_.network;
    out.adapt.assign(out.units(), 0);
    for (Network::Id id = 0; id < network_.populations().size(); ++id) {
      const Values<double>& adapt = network_.populations()[id].adapt;
      if (!adapt.given()) continue;
      const double scale = is_physical(id) ? result_.report.v_scale * 65536 : 1;
      for (std::uint32_t i = 0; i < out.parts[id].size; ++i) {
        const double raw = std::round(adapt[i] * scale);
        if (raw >= std::ldexp(1.0, spec::kAdaptBits))
          throw InputError(fmt::format(
              "{}: {} becomes {:.0f}, but this chip holds {} bits; lower it",
              network_.where_population(id, "/adapt"), adapt[i], raw, spec::kAdaptBits));
        out.adapt[out.parts[id].first + i] = static_cast<std::uint64_t>(raw);
      }
    }
  }

  ScaledRule scaled(Network::Id projection, std::uint32_t post) const {
    const Projection& p = network_.projections()[projection];
    return {*p.rule, exact_weight(p, post, 1)};
  }

  /// Every rule in each scale of weights that it works on, and which is whose.
  void collect_rules() {
    for_each([&](Network::Id id, std::size_t, std::uint32_t, std::uint32_t post, const Synapse&) {
      if (network_.projections()[id].rule) rule_numbers_.emplace(scaled(id, post), 0);
    });
    std::vector<ScaledRule> wanted;
    for (const auto& [rule, number] : rule_numbers_) wanted.push_back(rule);
    std::vector<IntegerRule>& rules = result_.network.rules;
    const std::vector<IntegerRule> converted = convert_rules(network_, build_, wanted);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      auto found = std::find(rules.begin(), rules.end(), converted[i]);
      if (found == rules.end()) found = rules.insert(found, converted[i]);
      if (rules.size() > 255)
        throw InputError(
            network_.where("/rules: more than 255 rules, counted for each scale of "
                           "weights; give neurons of one population equal gains"));
      rule_numbers_[wanted[i]] = static_cast<std::uint8_t>(found - rules.begin() + 1);
    }
  }

  /// All plastic inputs of a neuron read its one post trace.
  void check_post_side(Network::Id id, std::uint32_t post, std::uint8_t rule) {
    const std::vector<IntegerRule>& rules = result_.network.rules;
    std::uint8_t& first = post_rules_[post];
    if (first == 0) first = rule;
    const IntegerRule &one = rules[first - 1u], &other = rules[rule - 1u];
    if (one.tau_post == other.tau_post && one.post_max == other.post_max) return;
    throw InputError(fmt::format(
        "{}: {} learns by \"{}\" and by \"{}\", which differ in tau_post_ms or post_max, but a "
        "neuron has one post trace; make them equal",
        network_.where_projection(id, "/rule"), result_.network.name_of(post), one.name,
        other.name));
  }

  /// What one weight of the author becomes before it is rounded.
  double exact_weight(const Projection& projection, std::uint32_t post, double weight) const {
    if (!is_physical(projection.to)) return weight * projection.weight_scale.value_or(1);
    return weight * physics_[post].factor * result_.report.v_scale /
           static_cast<double>(1u << result_.network.neurons[post].gain);
  }

  std::int16_t round_weight(Network::Id id, std::size_t i, std::uint32_t post,
                            double weight) const {
    const Projection& projection = network_.projections()[id];
    const double exact = exact_weight(projection, post, weight), rounded = std::round(exact);
    const auto path = [&] { return synapse_path(network_, id, "weight", i); };
    if (rounded != exact && !is_physical(projection.to) && !projection.weight_scale)
      throw InputError(fmt::format(
          "{}: {}, but weights into raw neurons are integers; round it or give the projection a "
          "weight_scale",
          path(), weight));
    const double limit = std::ldexp(1.0, static_cast<int>(build_.weight_bits) - 1);
    if (rounded >= -limit && rounded <= limit - 1) return static_cast<std::int16_t>(rounded);
    std::uint32_t bits = build_.weight_bits;
    while (bits < 17 &&
           !(rounded >= -std::ldexp(1.0, bits - 1) && rounded <= std::ldexp(1.0, bits - 1) - 1))
      ++bits;
    const char* remedy = is_physical(projection.to) ? "lower v_scale"
                         : projection.weight_scale
                             ? "lower weight_scale"
                             : "make it smaller (and the neuron's gain larger)";
    const bool scaled = is_physical(projection.to) || projection.weight_scale;
    throw InputError(
        fmt::format("{}: {}{}, but this chip allows {:.0f}..{:.0f}; {}{}", path(), weight,
                    scaled ? fmt::format(" becomes {:.0f}", rounded) : "", -limit, limit - 1,
                    remedy, bits <= 16 ? fmt::format(" or build with WeightBits={}", bits) : ""));
  }

  /// The error, relative to the largest weight of the target neuron.
  void report_weight(Network::Id id, std::size_t i, std::uint32_t post, double weight,
                     std::int16_t rounded) {
    const Projection& projection = network_.projections()[id];
    ConversionReport& report = result_.report;
    if (weight == 0) return;
    if (rounded == 0) ++report.vanished;
    if (!is_physical(projection.to) && !projection.weight_scale) return;
    const double exact = exact_weight(projection, post, weight);
    const double largest = is_physical(projection.to)
                               ? exact * incoming_[post].largest / (weight * physics_[post].factor)
                               : exact;
    if (report.weight.add(exact == 0 ? 0 : std::abs((rounded - exact) / largest)))
      report.weight.worst = synapse_path(network_, id, "weight", i);
  }

  void convert_synapses() {
    IntegerNetwork& out = result_.network;
    std::vector<std::int16_t> weights;
    out.row.assign(out.units() + 1, 0);
    for_each([&](Network::Id id, std::size_t i, std::uint32_t pre, std::uint32_t post,
                 const Synapse& synapse) {
      weights.push_back(round_weight(id, i, post, synapse.weight));
      report_weight(id, i, post, synapse.weight, weights.back());
      if (weights.back() != 0 || rule_of(id)) ++out.row[pre + 1];
    });
    for (std::uint32_t unit = 0; unit < out.units(); ++unit) out.row[unit + 1] += out.row[unit];
    out.synapses.resize(out.row.back());
    std::vector<std::uint64_t> next(out.row.begin(), out.row.end() - 1);
    auto weight = weights.begin();
    post_rules_.assign(out.units(), 0);
    for_each([&](Network::Id id, std::size_t i, std::uint32_t pre, std::uint32_t post,
                 const Synapse& synapse) {
      IntegerSynapse one{post, *weight, static_cast<std::uint8_t>(synapse.delay)};
      if (rule_of(id)) {
        const ScaledRule rule = scaled(id, post);
        one.rule = rule_numbers_.at(rule);
        one.origin = static_cast<std::uint32_t>(out.origins.size());
        out.origins.push_back({id, i, rule.scale});
        check_post_side(id, post, one.rule);
      }
      if (*weight != 0 || one.rule != 0) out.synapses[next[pre]++] = one;
      ++weight;
    });
  }

  const Network& network_;
  const spec::Build& build_;
  Converted result_;
  std::vector<Physics> physics_;    ///< by unit; meaningful for physical neurons
  std::vector<Incoming> incoming_;  ///< by unit
  std::map<ScaledRule, std::uint8_t> rule_numbers_;
  std::vector<std::uint8_t> post_rules_;  ///< by unit; 0: none
};

}  // namespace

Converted convert(const Network& network, const spec::Build& build) {
  return Converter(network, build).run();
}

}  // namespace spikemesh
