// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/convert.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>
#include <utility>

#include "convert/convert_initial.hpp"
#include "convert/convert_neurons.hpp"
#include "convert/convert_relays.hpp"
#include "convert/convert_rules.hpp"
#include "convert/convert_scale.hpp"
#include "convert/convert_split.hpp"
#include "convert/convert_weights.hpp"
#include "network/layer.hpp"
#include "network/network_check.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

std::string IntegerNetwork::name_of(std::uint32_t unit) const {
  const std::uint32_t author = author_of(unit);
  return fmt::format("{}neuron {} of \"{}\"", author == unit ? "" : "a relay of ", index_of(author),
                     parts[part_of[author]].name);
}

namespace {

class Converter {
 public:
  Converter(const Network& network, const spec::Build& build, double split_weights, bool relays)
      : network_(network),
        build_(build),
        split_weights_(split_weights),
        relays_(network, build, relays) {
    result_.report.relays_wanted = relays;
  }

  Converted run() {
    lay_out();
    lay_relays();
    collect_incoming();
    choose_scales();
    convert_neurons();
    convert_initial();
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

  void lay_relays() {
    if (relays_.needed())
      for_each([&](Network::Id, std::size_t, std::uint32_t pre, std::uint32_t, const Synapse& one) {
        relays_.want(pre, one.delay);
      });
    relays_.lay_out(result_.network, result_.report);
  }

  template <typename Each>
  void for_each(Each&& each) const {
    const auto& parts = result_.network.parts;
    for (Network::Id id = 0; id < network_.projections().size(); ++id) {
      const Projection& projection = network_.projections()[id];
      const auto one = [&](std::size_t i, const Synapse& synapse) {
        if (!network_.exists(projection, synapse)) return;
        each(id, i, parts[projection.from].first + synapse.pre,
             parts[projection.to].first + synapse.post, synapse);
      };
      if (is_layer(projection)) {
        Layer(network_.populations()[projection.from], network_.populations()[projection.to],
              projection)
            .for_each(one);
        continue;
      }
      const std::size_t count = network_.synapse_count(projection);
      for (std::size_t i = 0; i < count; ++i) one(i, network_.synapse(projection, i));
    }
  }

  /// Not: inputs, raw neurons, relays.
  bool is_physical(Network::Id population) const {
    return population < network_.populations().size() &&
           std::holds_alternative<PhysicalNeurons>(network_.populations()[population].neurons);
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
      if (rule_of(id))
        incoming.plastic = std::max({incoming.plastic, std::abs(low), std::abs(high)});
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
    if (split_weights_ > 0) lower_gains(groups, scalings);
    result_.network.v_scale.resize(units);
    weight_scale_.resize(units);
    for (std::uint32_t unit = 0; unit < units; ++unit) {
      result_.network.v_scale[unit] = scalings[unit].v;
      result_.network.neurons[unit].gain = scalings[unit].gain;
      weight_scale_[unit] =
          physics_[unit].factor * scalings[unit].v / static_cast<double>(1u << scalings[unit].gain);
    }
  }

  /// Where strong weights may take several words, the gain is one that keeps the weak ones.
  void lower_gains(ScaleGroups& groups, std::vector<Scaling>& scalings) const {
    WeightErrors errors(scalings.size());
    for_each([&](Network::Id id, std::size_t, std::uint32_t, std::uint32_t post,
                 const Synapse& synapse) {
      if (is_physical(network_.projections()[id].to) && !rule_of(id))
        errors.add(post, synapse.weight * physics_[post].factor * scalings[post].v);
    });
    const auto refused =
        split_gains({groups, incoming_, errors, split_weights_, build_.weight_bits}, scalings);
    if (refused) refuse_plastic(*refused);
  }

  /// A plastic synapse is one word, whatever the weights beside it need.
  [[noreturn]] void refuse_plastic(const SplitRefusal& refused) const {
    Network::Id strongest = 0;
    double most = -1;
    for_each([&](Network::Id id, std::size_t, std::uint32_t, std::uint32_t post, const Synapse&) {
      const LearningRule* rule = rule_of(id);
      if (rule == nullptr || post != refused.unit) return;
      const double bound = std::max(std::abs(rule->w_min), std::abs(rule->w_max));
      if (bound > most) most = bound, strongest = id;
    });
    throw InputError(fmt::format(
        "{}: weights of {} learn up to {:.4g}, which takes {} words so that the weak weights "
        "beside "
        "them keep split_weights = {:g}, but a plastic synapse has one word; keep the bounds "
        "within "
        "{:.3g}{}",
        network_.where_projection(strongest, "/rule"), result_.network.name_of(refused.unit), most,
        refused.words, split_weights_, 0.999 * most * refused.share,
        refused.kept < 1 ? fmt::format(" or raise split_weights to {:.3g}", 1.01 * refused.kept)
                         : " or set split_weights to 0"));
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

  /// Adaptive thresholds, V and I to begin with.
  void convert_initial() {
    IntegerNetwork& out = result_.network;
    out.adapt.assign(out.units(), 0);
    out.v.assign(out.units(), 0);
    out.i.assign(out.units(), 0);
    auto report = result_.report.populations.begin();
    for (Network::Id id = 0; id < network_.populations().size(); ++id)
      round_initial(network_, id, physics_, out, is_physical(id) ? &*report++ : nullptr);
  }

  ScaledRule scaled(Network::Id projection, std::uint32_t post) const {
    const Projection& p = network_.projections()[projection];
    return {*p.rule, is_physical(p.to) ? weight_scale_[post] : p.weight_scale.value_or(1)};
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

  /// Synapses that the projections list, those that do not exist included.
  std::size_t listed() const {
    std::size_t count = 0;
    for (const Projection& projection : network_.projections())
      count += is_layer(projection) ? Layer(network_.populations()[projection.from],
                                            network_.populations()[projection.to], projection)
                                          .existing()
                                    : network_.synapse_count(projection);
    return count;
  }

  void convert_synapses() {
    IntegerNetwork& out = result_.network;
    WeightRounder rounder({network_, build_, physics_, incoming_, weight_scale_, split_weights_},
                          result_);
    RoundedWeights weights(listed());
    out.row.assign(out.units() + 1, 0);
    for_each([&](Network::Id id, std::size_t i, std::uint32_t pre, std::uint32_t post,
                 const Synapse& synapse) {
      const std::int32_t sum = rounder.round(id, i, post, synapse.weight);
      weights.add(sum);
      if (sum == 0 && !rule_of(id)) return;
      const Relays::Start start = relays_.start(pre, synapse.delay);
      const auto words = static_cast<std::uint64_t>(rounder.words(sum));
      for (std::uint32_t k = 0; k < start.count; ++k) out.row[start.first + k + 1] += words;
      result_.report.relay_words += (start.count - 1) * words;
    });
    relays_.for_each_hop([&](std::uint32_t from, std::uint32_t) {
      ++out.row[from + 1];
      ++result_.report.relay_words;
    });
    for (std::uint32_t unit = 0; unit < out.units(); ++unit) out.row[unit + 1] += out.row[unit];
    rounder.check_room(out.row.back());
    out.synapses.resize(out.row.back());
    if (!out.rules.empty()) out.origin_of.resize(out.synapses.size());
    std::vector<std::uint64_t> next(out.row.begin(), out.row.end() - 1);
    post_rules_.assign(out.units(), 0);
    for_each([&](Network::Id id, std::size_t i, std::uint32_t pre, std::uint32_t post,
                 const Synapse& synapse) {
      const std::int32_t sum = weights.take();
      const Relays::Start start = relays_.start(pre, synapse.delay);
      IntegerSynapse one{post, 0, static_cast<std::uint8_t>(start.delay)};
      const auto origin = static_cast<std::uint32_t>(out.origins.size());
      if (rule_of(id)) {
        const ScaledRule rule = scaled(id, post);
        one.rule = rule_numbers_.at(rule);
        out.origins.push_back({id, i, rule.scale});
        check_post_side(id, post, one.rule);
      }
      if (sum == 0 && one.rule == 0) return;
      for (std::int32_t words = rounder.words(sum), word = 0; word < words; ++word) {
        one.weight = rounder.part(sum, word);
        for (std::uint32_t k = 0; k < start.count; ++k) {
          const std::uint64_t at = next[start.first + k]++;
          out.synapses[at] = one;
          if (one.rule != 0) out.origin_of[at] = origin;
        }
      }
    });
    relays_.for_each_hop([&](std::uint32_t from, std::uint32_t to) {
      out.synapses[next[from]++] = {to, 1, relays_.longest()};
    });
  }

  const Network& network_;
  const spec::Build& build_;
  double split_weights_;
  Relays relays_;
  Converted result_;
  std::vector<Physics> physics_;    ///< by unit; meaningful for physical neurons
  std::vector<Incoming> incoming_;  ///< by unit
  std::vector<double>
      weight_scale_;  ///< by unit, of physical neurons: raw weight in one of the author's
  std::map<ScaledRule, std::uint8_t> rule_numbers_;
  std::vector<std::uint8_t> post_rules_;  ///< by unit; 0: none
};

}  // namespace

Converted convert(const Network& network, const spec::Build& build,
                  std::optional<double> split_weights, std::optional<bool> relays) {
  if (split_weights) check_split_weights("split_weights", *split_weights);
  check_settings(network);
  return Converter(network, build, split_weights.value_or(network.split_weights),
                   relays.value_or(network.relays))
      .run();
}

}  // namespace spikemesh
