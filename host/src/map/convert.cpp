// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "map/convert_neurons.hpp"
#include "map/convert_rules.hpp"
#include "map/convert_scale.hpp"
#include "network/network_check.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

std::string IntegerNetwork::name_of(std::uint32_t unit) const {
  return fmt::format("neuron {} of \"{}\"", index_of(unit), parts[part_of[unit]].name);
}

namespace {

class Converter {
 public:
  Converter(const Network& network, const spec::Build& build) : network_(network), build_(build) {}

  Converted run() {
    check_settings(network_);
    lay_out();
    check_delays();
    collect_incoming();
    choose_scales();
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
      for (std::size_t i = 0; i < delay.size(); ++i)
        if (delay[i] < 1 || delay[i] > build_.delay_max) refuse_delay(id, i, delay[i]);
    }
  }

  /// Names the delay in the unit in which the author gave it.
  [[noreturn]] void refuse_delay(Network::Id id, std::size_t i, std::uint32_t delay) const {
    std::uint32_t needed = 1;
    while (needed < delay && needed < 15) needed = 2 * needed + 1;
    const bool can_build = delay >= 1 && delay <= needed,
               time = network_.projections()[id].delay_in_ms;
    throw InputError(fmt::format(
        "{}: {}, but this chip allows 1..{}{}; {}{}", synapse_path(network_, id, "delay", i),
        time ? fmt::format("{:.6g} ms is {} steps", delay * network_.dt_ms(), delay)
             : fmt::format("{}", delay),
        build_.delay_max, time ? fmt::format(" steps of {} ms", network_.dt_ms()) : "",
        delay < 1 ? "make it longer" : "shorten it",
        can_build ? fmt::format(" or build with DelayMax={}", needed) : ""));
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
        physics_[result_.network.parts[id].first + i] = physics_of(network_, id, i, build_);
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
      incoming.inhibition = std::max(incoming.inhibition, -low);
      incoming.positive += std::max(high, 0.0) * hits;
      incoming.negative += std::max(-low, 0.0) * hits;
      incoming.hits += hits;
    });
  }

  /// V's scale and the gain of each physical neuron; what one unit of weight into a unit becomes.
  void choose_scales() {
    const std::uint32_t units = result_.network.units();
    std::vector<Scaling> scalings(units);
    std::vector<bool> chosen(units);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      const Network::Id id = result_.network.part_of[unit];
      if (!is_physical(id)) continue;
      const Values<double>& own = network_.populations()[id].v_scale;
      chosen[unit] = !own.given() && !network_.v_scale;
      scalings[unit].v = own.given()        ? own[result_.network.index_of(unit)]
                         : network_.v_scale ? *network_.v_scale
                                            : choose_scale(physics_[unit], incoming_[unit], build_);
    }
    ScaleGroups groups(units);
    join_learners(groups);
    share_scales(groups, physics_, incoming_, chosen, build_.weight_bits, scalings);
    result_.network.v_scale.resize(units);
    weight_scale_.resize(units);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      result_.network.v_scale[unit] = scalings[unit].v;
      result_.network.neurons[unit].gain = scalings[unit].gain;
      weight_scale_[unit] =
          physics_[unit].factor * scalings[unit].v / static_cast<double>(1u << scalings[unit].gain);
    }
  }

  /// Joins the targets of each plastic projection.
  void join_learners(ScaleGroups& groups) const {
    constexpr std::uint32_t kNone = 0xffffffff;
    std::vector<std::uint32_t> first(network_.projections().size(), kNone);
    for_each([&](Network::Id id, std::size_t, std::uint32_t, std::uint32_t post, const Synapse&) {
      if (!network_.projections()[id].rule || !is_physical(network_.projections()[id].to)) return;
      if (first[id] == kNone) first[id] = post;
      groups.join(first[id], post);
    });
  }

  void convert_neurons() {
    std::vector<Physics> physical;
    for (std::uint32_t unit = 0; unit < physics_.size(); ++unit)
      if (is_physical(result_.network.part_of[unit])) physical.push_back(physics_[unit]);
    const std::uint32_t period = choose_adapt_period(network_, physical);
    result_.report.adapt_period = result_.network.adapt_period = period;
    for (Network::Id id = 0; id < network_.populations().size(); ++id) {
      const IntegerNetwork::Part& part = result_.network.parts[id];
      if (is_physical(id)) convert_population(id, period);
      for (std::uint32_t i = 0; !is_physical(id) && !part.input && i < part.size; ++i)
        result_.network.neurons[part.first + i] = raw_neuron(network_, id, i, build_);
    }
  }

  void convert_population(Network::Id id, std::uint32_t period) {
    IntegerNetwork& out = result_.network;
    const IntegerNetwork::Part& part = out.parts[id];
    PopulationConversion report;
    report.name = part.name;
    report.path = network_.where_population(id);
    std::vector<double> scales;
    for (std::uint32_t i = 0; i < part.size; ++i) {
      const std::uint32_t unit = part.first + i, gain = out.neurons[unit].gain;
      scales.push_back(out.v_scale[unit]);
      out.neurons[unit] =
          round_neuron({network_, id, i, physics_[unit], scales.back()}, period, build_, report);
      out.neurons[unit].gain = gain;
      report.gain_max = std::max(report.gain_max, gain);
    }
    const bool equal =
        std::adjacent_find(scales.begin(), scales.end(), std::not_equal_to<>()) == scales.end();
    report.v_scale = equal ? Values<double>(scales.front()) : Values<double>(std::move(scales));
    result_.report.populations.push_back(std::move(report));
  }

  const LearningRule* rule_of(Network::Id projection) const {
    const auto& rule = network_.projections()[projection].rule;
    return rule ? &network_.rules()[*rule] : nullptr;
  }

  void convert_adapt() {
    IntegerNetwork& out = result_.network;
    out.adapt.assign(out.units(), 0);
    auto report = result_.report.populations.begin();
    for (Network::Id id = 0; id < network_.populations().size(); ++id) {
      PopulationConversion* physical = is_physical(id) ? &*report++ : nullptr;
      const Values<double>& adapt = network_.populations()[id].adapt;
      for (std::uint32_t i = 0; adapt.given() && i < out.parts[id].size; ++i) {
        const std::uint32_t unit = out.parts[id].first + i;
        const double scale = physical != nullptr ? out.v_scale[unit] * 65536 : 1;
        const double raw = std::round(adapt[i] * scale);
        const auto path = [&] {
          const std::string element = adapt.single() ? "" : fmt::format("/{}", i);
          return network_.where_population(id, "/adapt" + element);
        };
        if (raw >= std::ldexp(1.0, spec::kAdaptBits))
          throw InputError(fmt::format(
              "{}: {} becomes {:.0f}, but this chip holds {} bits; lower it{}", path(), adapt[i],
              raw, spec::kAdaptBits, physical != nullptr ? " or v_scale" : ""));
        if (physical != nullptr && physical->adapt.add(adapt[i], raw / scale))
          physical->adapt.worst = path();
        out.adapt[unit] = static_cast<std::uint64_t>(raw);
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
    const std::vector<IntegerRule> converted =
        convert_rules(network_, build_, wanted, result_.report.rules);
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
    return weight * weight_scale_[post];
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

  /// An entry for each projection whose weights are scaled.
  void begin_weight_reports() {
    weight_reports_.assign(network_.projections().size(), kNoReport);
    for (Network::Id id = 0; id < network_.projections().size(); ++id) {
      const Projection& projection = network_.projections()[id];
      if (!is_physical(projection.to) && !projection.weight_scale) continue;
      weight_reports_[id] = result_.report.projections.size();
      ProjectionConversion& report = result_.report.projections.emplace_back();
      report.from = network_.populations()[projection.from].name;
      report.to = network_.populations()[projection.to].name;
      report.path = network_.where_projection(id);
    }
  }

  void report_weight(Network::Id id, std::size_t i, std::uint32_t post, double weight,
                     std::int16_t rounded) {
    if (weight_reports_[id] == kNoReport) return;
    ProjectionConversion& report = result_.report.projections[weight_reports_[id]];
    const double scale = exact_weight(network_.projections()[id], post, 1);
    if (scale == 0) return;  // r or w_in is 0: nothing comes in
    if (1 / std::abs(scale) > report.step) {
      report.step = 1 / std::abs(scale);
      report.shifted = result_.network.neurons[post].gain > 0 && incoming_[post].largest > 0;
      report.strongest =
          report.shifted ? incoming_[post].largest / std::abs(physics_[post].factor) : 0;
    }
    const std::int64_t arrives = std::int64_t{rounded} << result_.network.neurons[post].gain;
    if (std::abs(arrives) >= std::int64_t{1} << (spec::kStateBits - 1)) ++report.clipped;
    if (report.weight.add(weight, rounded / scale))
      report.weight.worst = synapse_path(network_, id, "weight", i);
  }

  void convert_synapses() {
    IntegerNetwork& out = result_.network;
    begin_weight_reports();
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
  std::vector<double>
      weight_scale_;  ///< by unit, of physical neurons: raw weight in one of the author's
  static constexpr std::size_t kNoReport = ~std::size_t{0};
  std::vector<std::size_t> weight_reports_;  ///< by projection: its place in the report
  std::map<ScaledRule, std::uint8_t> rule_numbers_;
  std::vector<std::uint8_t> post_rules_;  ///< by unit; 0: none
};

}  // namespace

Converted convert(const Network& network, const spec::Build& build) {
  return Converter(network, build).run();
}

}  // namespace spikemesh
