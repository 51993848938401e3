// SPDX-License-Identifier: Apache-2.0
#include "map/convert_neurons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr double kStateLimit = 8388607;  // 2^23 - 1
constexpr int kScaleBitsMin = 12, kScaleBitsMax = 18;
constexpr double kWeightLimit = 32767;
constexpr double kAdaptUnit = 1 << spec::kAdaptFraction;
constexpr std::uint32_t kGainMax = (1u << spec::kGainBits) - 1;

template <typename T>
std::string key_path(const Network& network, Network::Id population, const char* kind,
                     const char* key, const Values<T>& values, std::size_t i) {
  return network.where_population(
      population,
      fmt::format("/{}/{}{}", kind, key, values.size() > 1 ? fmt::format("/{}", i) : ""));
}

/// Factor a step of something with a time constant.
double leak(const Network& network, Network::Id population, const char* key,
            const Values<double>& tau, std::size_t i) {
  const double ratio = network.dt_ms() / tau[i];
  if (network.exponential) return std::exp(-ratio);
  if (ratio > 1)
    throw InputError(
        fmt::format("{}: {} ms, but with the Euler integration it is at least dt_ms = {}; shorten "
                    "dt_ms or use \"integration\": \"exponential\"",
                    key_path(network, population, "neuron", key, tau, i), tau[i], network.dt_ms()));
  return 1 - ratio;
}

/// Rounds to an integer of the state's width.
std::int32_t round_state(double value, const std::string& path) {
  const double rounded = std::round(value);
  if (!(std::abs(rounded) <= kStateLimit))
    throw InputError(
        fmt::format("{}: it becomes {:.0f}, but the chip holds -8388608..8388607; lower v_scale",
                    path, rounded));
  return static_cast<std::int32_t>(rounded);
}

/// k of a factor in 0..1, and its error as a relative error of the time constant.
std::uint32_t round_factor(double factor, const spec::Build& build, RoundingError& error,
                           const std::string& path) {
  const double one = std::ldexp(1.0, static_cast<int>(build.decay_bits));
  const double k = std::round(factor * one);
  if (factor < 1 && k == one)
    throw InputError(fmt::format(
        "{}: it is {:.0f} steps, so long that its decay factor rounds to 1 (no decay) with "
        "DecayBits={}; shorten it or raise dt_ms{}",
        path, 1 / (1 - factor), build.decay_bits,
        build.decay_bits < 16 ? " or build with DecayBits=16" : ""));
  if (factor > 0 && factor < 1 && error.add(std::abs((1 - factor) / (1 - k / one) - 1)))
    error.worst = path;
  return static_cast<std::uint32_t>(k);
}

std::uint32_t round_refractory(double steps, const std::string& path, ConversionReport& report) {
  const double rounded = std::round(steps);
  if (rounded > 255)
    throw InputError(fmt::format(
        "{}: {:.0f} steps, but the chip counts to 255; shorten it or raise dt_ms", path, rounded));
  if (steps > 0 && report.refractory.add(std::abs(rounded / steps - 1)))
    report.refractory.worst = path;
  return static_cast<std::uint32_t>(rounded);
}

const PhysicalNeurons& physical(const Network& network, Network::Id population) {
  return std::get<PhysicalNeurons>(network.populations()[population].neurons);
}

}  // namespace

Physics physics_of(const Network& network, Network::Id population, std::uint32_t neuron) {
  const PhysicalNeurons& n = physical(network, population);
  const std::size_t i = neuron;
  Physics result;
  double from_input = n.w_in.get(i, 1), from_current = n.r.get(i, 1);
  if (n.tau_syn_ms.given()) {
    result.decay_i = leak(network, population, "tau_syn_ms", n.tau_syn_ms, i);
    from_input *= 1 - result.decay_i;
  } else {
    result.decay_i = n.alpha.get(i, 0);
  }
  if (n.tau_m_ms.given()) {
    result.decay_v = leak(network, population, "tau_m_ms", n.tau_m_ms, i);
    from_current *= 1 - result.decay_v;
  } else {
    result.decay_v = n.beta[i];
  }
  if (n.tau_adapt_ms.given())
    result.decay_adapt = leak(network, population, "tau_adapt_ms", n.tau_adapt_ms, i);
  const double rest = n.v_rest.get(i, 0);
  result.factor = from_input * from_current;
  if (!std::isfinite(result.factor))
    throw InputError(fmt::format(
        "{}: r = {} times w_in = {} is more than a number can be; make them smaller",
        network.where_population(population, "/neuron"), n.r.get(i, 1), n.w_in.get(i, 1)));
  result.theta = n.v_threshold[i] - rest;
  result.v_reset = n.subtract ? 0 : n.v_reset.get(i, rest) - rest;
  result.bias = n.bias.get(i, 0) * result.factor;
  result.adapt_step = n.adapt_step.get(i, 0);
  result.refractory = n.t_refractory_ms.get(i, 0) / network.dt_ms();
  return result;
}

double choose_scale(const Network& network, const std::vector<Physics>& physics,
                    const std::vector<Incoming>& incoming) {
  if (network.v_scale) return *network.v_scale;
  double theta = 0, weight = 0, state = 0, adapt = 0;
  for (const Physics& p : physics) {
    theta = std::max(theta, std::abs(p.theta));
    state = std::max({state, std::abs(p.theta), std::abs(p.v_reset), std::abs(p.bias)});
    adapt = std::max(adapt, p.adapt_step);
  }
  for (const Incoming& i : incoming) weight = std::max(weight, i.largest);
  if (theta == 0) theta = 1;
  for (int bits = kScaleBitsMax; bits > kScaleBitsMin; --bits) {
    const double scale = std::ldexp(1.0, bits) / theta;
    if (weight * scale <= kWeightLimit && state * scale <= kStateLimit &&
        adapt * scale * kAdaptUnit <= 4294967295.0)
      return scale;
  }
  return std::ldexp(1.0, kScaleBitsMin) / theta;
}

std::uint32_t choose_adapt_period(const Network& network, const std::vector<Physics>& physics) {
  if (network.adapt_period) return *network.adapt_period;
  for (const Population& population : network.populations())
    if (const auto* raw = std::get_if<RawNeurons>(&population.neurons))
      for (const std::int64_t step : raw->adapt_step.all())
        if (step != 0) return 0;  // a raw decay factor was written for every step
  double shortest = INFINITY;
  for (const Physics& p : physics)
    if (p.adapt_step > 0 && p.decay_adapt < 1)
      shortest = std::min(shortest, 1 / (1 - p.decay_adapt));
  if (!std::isfinite(shortest) || shortest < 32) return 0;
  return std::min(31u, static_cast<std::uint32_t>(std::log2(shortest / 16)));
}

std::uint32_t choose_gain(const Incoming& incoming, double scale, std::uint32_t weight_bits) {
  const double weight_limit = std::ldexp(1.0, static_cast<int>(weight_bits) - 1) - 1;
  std::uint32_t gain = 0;
  for (; gain < kGainMax; ++gain) {
    const double unit = scale / static_cast<double>(1u << gain);
    const double sum = std::max(incoming.positive, incoming.negative) * unit + 0.5 * incoming.hits;
    if (std::round(incoming.largest * unit) <= weight_limit && sum <= kStateLimit) break;
  }
  return gain;
}

NeuronParameters round_neuron(const Network& network, Network::Id population, std::uint32_t neuron,
                              const Physics& physics, const spec::Build& build,
                              ConversionReport& report) {
  const PhysicalNeurons& n = physical(network, population);
  const std::size_t i = neuron;
  const double scale = report.v_scale;
  const auto path = [&](const char* key, const Values<double>& values) {
    return key_path(network, population, "neuron", key, values, i);
  };
  NeuronParameters out;
  const std::string theta_path = path("v_threshold", n.v_threshold);
  out.theta = round_state(physics.theta * scale, theta_path);
  if (physics.theta != 0 && report.threshold.add(std::abs(out.theta / (physics.theta * scale) - 1)))
    report.threshold.worst = theta_path;
  out.v_reset = round_state(physics.v_reset * scale, path("v_reset", n.v_reset));
  out.bias = round_state(physics.bias * scale, path("bias", n.bias));
  out.subtract = n.subtract ? 1 : 0;
  const bool time = n.tau_m_ms.given(), syn = n.tau_syn_ms.given();
  out.decay_v = round_factor(physics.decay_v, build, report.tau_m,
                             time ? path("tau_m_ms", n.tau_m_ms) : path("beta", n.beta));
  out.decay_i = round_factor(physics.decay_i, build, report.tau_syn,
                             syn ? path("tau_syn_ms", n.tau_syn_ms) : path("alpha", n.alpha));
  out.refractory =
      round_refractory(physics.refractory, path("t_refractory_ms", n.t_refractory_ms), report);
  if (physics.adapt_step == 0) return out;
  const double step = std::round(physics.adapt_step * scale * kAdaptUnit);
  if (step > 4294967295.0)
    throw InputError(
        fmt::format("{}: it becomes {:.0f}, but the chip holds 0..4294967295; lower v_scale",
                    path("adapt_step", n.adapt_step), step));
  out.adapt_step = static_cast<std::uint32_t>(step);
  out.decay_adapt = round_factor(
      std::pow(physics.decay_adapt, std::ldexp(1.0, static_cast<int>(report.adapt_period))), build,
      report.tau_adapt, path("tau_adapt_ms", n.tau_adapt_ms));
  return out;
}

NeuronParameters raw_neuron(const Network& network, Network::Id population, std::uint32_t neuron,
                            const spec::Build& build) {
  const RawNeurons& raw = std::get<RawNeurons>(network.populations()[population].neurons);
  const auto factor = [&](const Values<std::int64_t>& values, const char* key) {
    const std::int64_t k = values.get(neuron, 0);
    const std::int64_t one = std::int64_t{1} << network.decay_bits;
    const auto path = [&] { return key_path(network, population, "raw", key, values, neuron); };
    if (k > one)
      throw InputError(fmt::format("{}: {}, but 0..{} are allowed (decay_bits is {})", path(), k,
                                   one, network.decay_bits));
    if (build.decay_bits >= network.decay_bits)
      return static_cast<std::uint32_t>(k << (build.decay_bits - network.decay_bits));
    const std::int64_t coarse = std::int64_t{1} << (network.decay_bits - build.decay_bits);
    if (k % coarse != 0)
      throw InputError(fmt::format(
          "{}: {} / 2^{}, but this chip has multiples of 1 / 2^{}; use a multiple of {} or "
          "build with DecayBits={}",
          path(), k, network.decay_bits, build.decay_bits, coarse, network.decay_bits));
    return static_cast<std::uint32_t>(k / coarse);
  };
  NeuronParameters out;
  out.theta = static_cast<std::int32_t>(raw.theta.get(neuron, 0));
  out.v_reset = static_cast<std::int32_t>(raw.v_reset.get(neuron, 0));
  out.bias = static_cast<std::int32_t>(raw.bias.get(neuron, 0));
  out.subtract = static_cast<std::uint32_t>(raw.subtract.get(neuron, 0));
  out.gain = static_cast<std::uint32_t>(raw.gain.get(neuron, 0));
  out.refractory = static_cast<std::uint32_t>(raw.refractory.get(neuron, 0));
  out.adapt_step = static_cast<std::uint32_t>(raw.adapt_step.get(neuron, 0));
  out.decay_i = factor(raw.decay_i, "decay_i");
  out.decay_v = factor(raw.decay_v, "decay_v");
  out.decay_adapt = factor(raw.decay_adapt, "decay_adapt");
  return out;
}

}  // namespace spikemesh
