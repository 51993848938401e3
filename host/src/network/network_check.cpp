// SPDX-License-Identifier: Apache-2.0
#include "network/network_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "network/check_place.hpp"
#include "network/layer.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh {
namespace {

constexpr std::int64_t kStateMax = (std::int64_t{1} << (spec::kStateBits - 1)) - 1;
constexpr std::int64_t kStateMin = -kStateMax - 1;

struct RawRule {
  const char* key;
  Values<std::int64_t> RawNeurons::*member;
  std::int64_t min, max;
};
constexpr std::int64_t kFactorMax = 1 << 16;  // at most; the exact limit hangs on decay_bits
constexpr RawRule kRawRules[] = {
    {"theta", &RawNeurons::theta, kStateMin, kStateMax},
    {"v_reset", &RawNeurons::v_reset, kStateMin, kStateMax},
    {"subtract", &RawNeurons::subtract, 0, 1},
    {"bias", &RawNeurons::bias, kStateMin, kStateMax},
    {"decay_i", &RawNeurons::decay_i, 0, kFactorMax},
    {"decay_v", &RawNeurons::decay_v, 0, kFactorMax},
    {"gain", &RawNeurons::gain, 0, (1 << spec::kGainBits) - 1},
    {"refractory", &RawNeurons::refractory, 0, 255},
    {"adapt_step", &RawNeurons::adapt_step, 0, 0xffffffff},
    {"decay_adapt", &RawNeurons::decay_adapt, 0, kFactorMax},
};

void check_raw(const Place& place, std::uint32_t size, const RawNeurons& raw) {
  for (const RawRule& rule : kRawRules) {
    const auto& values = raw.*rule.member;
    const std::string rest = std::string("/raw/") + rule.key;
    place.size(values, size, rest, "neurons");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (values[i] < rule.min || values[i] > rule.max)
        place.fail(rest + element(values, i),
                   fmt::format("{}, but {}..{} are allowed", values[i], rule.min, rule.max));
  }
}

enum class Range : std::uint8_t { any, positive, not_negative, fraction };
struct PhysicalRule {
  const char* key;
  Values<double> PhysicalNeurons::*member;
  Range range;
};
constexpr PhysicalRule kPhysicalRules[] = {
    {"tau_m_ms", &PhysicalNeurons::tau_m_ms, Range::positive},
    {"beta", &PhysicalNeurons::beta, Range::fraction},
    {"tau_syn_ms", &PhysicalNeurons::tau_syn_ms, Range::positive},
    {"alpha", &PhysicalNeurons::alpha, Range::fraction},
    {"v_threshold", &PhysicalNeurons::v_threshold, Range::any},
    {"v_rest", &PhysicalNeurons::v_rest, Range::any},
    {"v_reset", &PhysicalNeurons::v_reset, Range::any},
    {"r", &PhysicalNeurons::r, Range::any},
    {"w_in", &PhysicalNeurons::w_in, Range::any},
    {"bias", &PhysicalNeurons::bias, Range::any},
    {"t_refractory_ms", &PhysicalNeurons::t_refractory_ms, Range::not_negative},
    {"adapt_step", &PhysicalNeurons::adapt_step, Range::not_negative},
    {"tau_adapt_ms", &PhysicalNeurons::tau_adapt_ms, Range::positive},
};

/// What is wrong with a number; nullptr if nothing.
const char* misfit(double value, Range range) {
  if (!std::isfinite(value)) return "a finite number is needed";
  if (range == Range::positive && value <= 0) return "it must be above 0";
  if (range == Range::not_negative && value < 0) return "it must not be negative";
  if (range == Range::fraction && (value < 0 || value > 1)) return "0..1 are allowed";
  return nullptr;
}

void check_choices(const Place& place, const PhysicalNeurons& neurons) {
  if (!neurons.v_threshold.given()) place.fail("/neuron", "v_threshold is missing; add it");
  if (neurons.tau_m_ms.given() == neurons.beta.given())
    place.fail("/neuron", neurons.beta.given() ? "tau_m_ms and beta both say how v leaks; keep one"
                                               : "tau_m_ms is missing; add it (or beta)");
  if (neurons.tau_syn_ms.given() && neurons.alpha.given())
    place.fail("/neuron", "tau_syn_ms and alpha both say how the current decays; keep one");
  if (neurons.subtract && neurons.v_reset.given())
    place.fail("/neuron/v_reset", "a reset by subtraction has no reset value; remove one of them");
  if (neurons.tau_adapt_ms.given() && !neurons.adapt_step.given())
    place.fail("/neuron/tau_adapt_ms", "adapt_step is missing; add it");
}

void check_physical(const Place& place, std::uint32_t size, const PhysicalNeurons& neurons) {
  check_choices(place, neurons);
  for (const PhysicalRule& rule : kPhysicalRules) {
    const auto& values = neurons.*rule.member;
    const std::string rest = std::string("/neuron/") + rule.key;
    place.size(values, size, rest, "neurons");
    for (std::size_t i = 0; i < values.size(); ++i)
      if (const char* why = misfit(values[i], rule.range))
        place.fail(rest + element(values, i), fmt::format("{}, but {}", values[i], why));
  }
}

void check_input(const Place& place, std::uint32_t size, const InputNeurons& input) {
  const auto& hits = input.max_spikes_per_step;
  const std::string rest = "/input/max_spikes_per_step";
  if (!hits.given()) place.fail(rest, "no value; give the most spikes a neuron can have in a step");
  place.size(hits, size, rest, "neurons");
  for (std::size_t i = 0; i < hits.size(); ++i)
    if (hits[i] < 1 || hits[i] > 65535)
      place.fail(rest + element(hits, i), fmt::format("{}, but 1..65535 are allowed", hits[i]));
}

void check_columns(const Place& place, const Projection& projection, std::uint32_t pre_size,
                   std::uint32_t post_size) {
  if (projection.connect != Connect::sparse) {
    if (!projection.pre.empty() || !projection.post.empty())
      place.fail("/pre", "only sparse projections have columns pre and post; remove them");
    return;
  }
  if (projection.pre.size() != projection.post.size())
    place.fail("/post", fmt::format("{} values, but pre has {}; give one post neuron for each",
                                    projection.post.size(), projection.pre.size()));
  const auto inside = [&](const std::vector<std::uint32_t>& column, std::uint32_t size,
                          const char* rest, Network::Id id) {
    for (std::size_t i = 0; i < column.size(); ++i)
      if (column[i] >= size)
        place.fail(fmt::format("{}/{}", rest, i),
                   fmt::format("{}, but the neurons of \"{}\" are 0..{}", column[i],
                               place.network.populations()[id].name, size - 1));
  };
  inside(projection.pre, pre_size, "/pre", projection.from);
  inside(projection.post, post_size, "/post", projection.to);
}

void check_values(const Place& place, const Projection& projection, std::size_t count) {
  const auto& weight = projection.weight;
  const auto& delay = projection.delay;
  if (!weight.given() && count > 0)
    place.fail("/weight", "no value; give one, or one for each synapse");
  if (!delay.given() && count > 0)
    place.fail("/delay", "no value; give one, or one for each synapse");
  const char* const of = is_layer(projection) ? "places of the kernel" : "synapses";
  place.size(weight, count, "/weight", of);
  place.size(delay, count, "/delay", of);
  if (projection.connect == Connect::all_to_all && weight.size() > 1)
    place.fail("/weight", "all_to_all takes one weight; use dense for a matrix");
  for (std::size_t i = 0; i < weight.size(); ++i)
    if (!std::isfinite(weight[i]))
      place.fail(value_rest(place.network, projection, "weight", i),
                 fmt::format("{}, but a finite number is needed", weight[i]));
}

/// Weights of a plastic projection lie within its rule's bounds.
void check_plastic(const Place& place, const Projection& projection) {
  if (!projection.rule) return;
  const auto& rules = place.network.rules();
  if (*projection.rule >= rules.size())
    place.fail("/rule", fmt::format("rule {}, but there are {}", *projection.rule, rules.size()));
  const LearningRule& rule = rules[*projection.rule];
  for (std::size_t i = 0; i < projection.weight.size(); ++i)
    if (projection.weight[i] < rule.w_min || projection.weight[i] > rule.w_max)
      place.fail(value_rest(place.network, projection, "weight", i),
                 fmt::format("{}, but its rule \"{}\" keeps weights in {}..{}; begin there",
                             projection.weight[i], rule.name, rule.w_min, rule.w_max));
}

void check_name(const Place& place, const std::string& name, const char* of) {
  constexpr std::size_t kLongest = 200;
  if (name.empty()) place.fail("/name", fmt::format("it is empty; give the {} a name", of));
  if (name.size() > kLongest)
    place.fail("/name", fmt::format("\"{}\" has {} bytes, but {} are allowed; shorten it",
                                    shown(name), name.size(), kLongest));
  if (name.front() == ' ' || name.back() == ' ')
    place.fail("/name",
               fmt::format("\"{}\" begins or ends with a space, which no table of spikes can "
                           "name; remove the space",
                           shown(name)));
  const auto unfit = [](unsigned char c) { return c < 0x20 || c == 0x7f || c == ',' || c == '"'; };
  if (std::any_of(name.begin(), name.end(), unfit))
    place.fail("/name", fmt::format("\"{}\" has a comma, quote or control character, which tables "
                                    "cannot hold; rename it",
                                    shown(name)));
}

}  // namespace

void check_adapt(const Network& network, Network::Id id, const Population& population) {
  const Place place{network, fmt::format("/populations/{}", id)};
  place.size(population.adapt, population.size, "/adapt", "neurons");
  const bool raw = std::holds_alternative<RawNeurons>(population.neurons);
  if (population.adapt.given() && population.is_input())
    place.fail("/adapt", "these are inputs, which have no threshold; remove it");
  for (std::size_t i = 0; i < population.adapt.size(); ++i) {
    const double value = population.adapt[i];
    if (!(value >= 0) || !std::isfinite(value) || (raw && value != std::floor(value)))
      place.fail(
          "/adapt" + element(population.adapt, i),
          fmt::format("{}, but {} from 0 on is needed", value, raw ? "an integer" : "a number"));
  }
}

void check_v_scale(const Network& network, Network::Id id, const Population& population) {
  const Place place{network, fmt::format("/populations/{}", id)};
  const Values<double>& scale = population.v_scale;
  place.size(scale, population.size, "/v_scale", "neurons");
  if (scale.given() && !std::holds_alternative<PhysicalNeurons>(population.neurons))
    place.fail("/v_scale", "only \"neuron\" populations are scaled; remove it");
  for (std::size_t i = 0; i < scale.size(); ++i)
    if (!(scale[i] > 0) || !std::isfinite(scale[i]))
      place.fail(
          "/v_scale" + element(scale, i),
          fmt::format("{}, but a finite number above 0 is needed; or leave it out", scale[i]));
}

void check_population(const Network& network, const Population& population) {
  const Network::Id id = static_cast<Network::Id>(network.populations().size());
  const Place place{network, fmt::format("/populations/{}", id)};
  check_name(place, population.name, "population");
  if (const auto other = network.find(population.name))
    place.fail("/name", fmt::format("\"{}\" is the name of /populations/{}, too; rename one",
                                    population.name, *other));
  if (population.size == 0) place.fail("/size", "0, but a population has at least 1 neuron");
  std::uint64_t units = population.size;
  for (const Population& before : network.populations()) units += before.size;
  if (units > kUnitsMax)
    place.fail("/size", fmt::format("{}, with the populations before it {}, but a network has at "
                                    "most {} inputs and neurons; make it smaller",
                                    population.size, units, kUnitsMax));
  if (const auto* raw = std::get_if<RawNeurons>(&population.neurons))
    check_raw(place, population.size, *raw);
  if (const auto* physical = std::get_if<PhysicalNeurons>(&population.neurons))
    check_physical(place, population.size, *physical);
  if (const auto* input = std::get_if<InputNeurons>(&population.neurons))
    check_input(place, population.size, *input);
  if (population.is_input() && !population.recorded.empty())
    place.fail("/record", "these are inputs, whose spikes the host knows; record neurons only");
  if (population.is_input() && !population.tiles.empty())
    place.fail("/tiles", "inputs are on no tile; place neurons only");
  check_recorded(network, id, population);
  check_adapt(network, id, population);
  check_v_scale(network, id, population);
  check_shape(place, population);
  check_state(place, population);
}

void check_recorded(const Network& network, Network::Id id, const Population& population) {
  const Place place{network, fmt::format("/populations/{}", id)};
  const auto& recorded = population.recorded;
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    if (recorded[i] >= population.size)
      place.fail("/record", fmt::format("{}, but the neurons of \"{}\" are 0..{}", recorded[i],
                                        population.name, population.size - 1));
    if (i > 0 && recorded[i] <= recorded[i - 1])
      place.fail("/record",
                 recorded[i] == recorded[i - 1]
                     ? fmt::format("{} occurs twice; once is enough", recorded[i])
                     : fmt::format("{} comes after {}; sort them", recorded[i], recorded[i - 1]));
  }
}

void check_rule(const Network& network, const LearningRule& rule) {
  const Place place{network, fmt::format("/rules/{}", network.rules().size())};
  check_name(place, rule.name, "rule");
  if (const auto other = network.find_rule(rule.name))
    place.fail("/name",
               fmt::format("\"{}\" is the name of /rules/{}, too; rename one", rule.name, *other));
  const auto finite = [&](const char* key, double value) {
    if (!std::isfinite(value))
      place.fail(key, fmt::format("{}, but a finite number is needed", value));
  };
  const auto above = [&](const char* key, double value) {
    finite(key, value);
    if (!(value > 0)) place.fail(key, fmt::format("{}, but it must be above 0", value));
  };
  above("/tau_pre_ms", rule.tau_pre_ms);
  above("/tau_post_ms", rule.tau_post_ms);
  finite("/a_plus", rule.a_plus);
  finite("/a_minus", rule.a_minus);
  finite("/w_min", rule.w_min);
  finite("/w_max", rule.w_max);
  finite("/x_target", rule.x_target);
  if (rule.x_target < 0)
    place.fail("/x_target", fmt::format("{}, but a trace is never below 0", rule.x_target));
  if (rule.w_min > rule.w_max)
    place.fail("/w_min", fmt::format("{}, but w_max is {}; lower it", rule.w_min, rule.w_max));
  if (rule.pre_max) above("/pre_max", *rule.pre_max);
  if (rule.post_max) above("/post_max", *rule.post_max);
}

void check_projection(const Network& network, Network::Id id, const Projection& projection) {
  const Place place{network, fmt::format("/projections/{}", id)};
  const auto& populations = network.populations();
  const auto known = [&](Network::Id id, const char* rest) {
    if (id >= populations.size())
      place.fail(rest, fmt::format("population {}, but there are {}", id, populations.size()));
  };
  known(projection.from, "/from");
  known(projection.to, "/to");
  const Population& from = populations[projection.from];
  const Population& to = populations[projection.to];
  if (to.is_input())
    place.fail("/to", fmt::format("\"{}\" is a population of inputs; connect to neurons", to.name));
  if (projection.connect == Connect::one_to_one && from.size != to.size)
    place.fail("/connect",
               fmt::format("one_to_one, but \"{}\" has {} neurons and \"{}\" has {}; use "
                           "another way",
                           from.name, from.size, to.name, to.size));
  if (projection.weight_scale &&
      !(*projection.weight_scale > 0 && std::isfinite(*projection.weight_scale)))
    place.fail("/weight_scale",
               fmt::format("{}, but it must be above 0", *projection.weight_scale));
  if (projection.weight_scale && !std::holds_alternative<RawNeurons>(to.neurons))
    place.fail("/weight_scale",
               fmt::format("the neurons of \"{}\" are not raw, so their weights are "
                           "scaled with v_scale; remove this",
                           to.name));
  check_columns(place, projection, from.size, to.size);
  check_layer(place, projection);
  check_values(place, projection, network.weight_count(projection));
  check_plastic(place, projection);
}

void check_settings(const Network& network) {
  const Place place{network, ""};
  const auto integer = [&](const char* path, std::uint32_t value, std::uint32_t min,
                           std::uint32_t max) {
    if (value < min || value > max)
      place.fail(path, fmt::format("{}, but {}..{} are allowed", value, min, max));
  };
  if (network.v_scale && !(*network.v_scale > 0 && std::isfinite(*network.v_scale)))
    place.fail("/v_scale", fmt::format("{}, but a finite number above 0 is needed; or leave it out",
                                       *network.v_scale));
  if (network.adapt_period) integer("/adapt_period", *network.adapt_period, 0, 31);
  integer("/decay_bits", network.decay_bits, 12, 16);
  integer("/min_tiles", network.min_tiles, 1, 4096);
  check_split_weights(network.where("/split_weights"), network.split_weights);
}

void check_split_weights(const std::string& place, double bound) {
  if (!(bound >= 0 && bound < 1))
    throw InputError(fmt::format(
        "{}: {}, but it is the largest error of a weight relative to itself: give a number above 0 "
        "and below 1, or 0 to keep each synapse in one word",
        place, bound));
}

void check_drawn(const Network& network, const char* key, double value, double synapses) {
  if (synapses <= static_cast<double>(kDrawnMax)) return;
  const auto next = static_cast<Network::Id>(network.projections().size());
  throw InputError(
      fmt::format("{}: {}, which gives {:.0f} synapses, but no chip holds more than {}; lower it",
                  network.where_projection(next, key), value, synapses, kDrawnMax));
}

std::string value_rest(const Network& network, const Projection& projection,
                       std::string_view column, std::size_t i) {
  const bool weight = column == "weight";
  if (!weight && projection.delay_in_ms) column = "delay_ms";
  const std::size_t values = weight ? projection.weight.size() : projection.delay.size();
  if (projection.listed && (weight || values > 1))
    return fmt::format("/synapses/{}/{}", i, weight ? 2 : 3);
  if (values == 1) return fmt::format("/{}", column);
  if (projection.connect == Connect::conv2d)
    return fmt::format("/{}{}", column, kernel_rest(network, projection, i));
  const std::size_t post = network.populations()[projection.to].size;
  return projection.connect == Connect::dense ? fmt::format("/{}/{}/{}", column, i / post, i % post)
                                              : fmt::format("/{}/{}", column, i);
}

std::string synapse_path(const Network& network, Network::Id id, const char* column,
                         std::size_t i) {
  const Projection& projection = network.projections()[id];
  return network.where_projection(
      id, value_rest(network, projection, column, network.weight_of(projection, i)));
}

}  // namespace spikemesh
