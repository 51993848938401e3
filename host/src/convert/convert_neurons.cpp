// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_neurons.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

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

/// k of a factor in 0..1.
std::uint32_t round_factor(double factor, const spec::Build& build, const std::string& path) {
  const double one = std::ldexp(1.0, static_cast<int>(build.decay_bits));
  const double k = std::round(factor * one);
  if (factor < 1 && k == one)
    throw InputError(fmt::format(
        "{}: it is {:.0f} steps, so long that its decay factor rounds to 1 (no decay) with "
        "DecayBits={}; shorten it or raise dt_ms{}",
        path, 1 / (1 - factor), build.decay_bits,
        build.decay_bits < 16 ? " or build with DecayBits=16" : ""));
  return static_cast<std::uint32_t>(k);
}

const PhysicalNeurons& physical(const Network& network, Network::Id population) {
  return std::get<PhysicalNeurons>(network.populations()[population].neurons);
}

/// The factor that k stands for.
double factor_of(std::uint32_t k, const spec::Build& build) {
  return std::ldexp(static_cast<double>(k), -static_cast<int>(build.decay_bits));
}

/// Rounds the values of one neuron and tells of each what that did.
class NeuronRounder {
 public:
  NeuronRounder(const PhysicalNeuron& neuron, const spec::Build& build)
      : neuron_(neuron),
        keys_(physical(neuron.network, neuron.population)),
        one_(std::ldexp(1.0, static_cast<int>(build.decay_bits))) {}

  const PhysicalNeurons& keys() const { return keys_; }
  std::string path(const char* key, const Values<double>& values) const {
    return key_path(neuron_.network, neuron_.population, "neuron", key, values, neuron_.neuron);
  }
  /// To an integer of the state's width.
  std::int32_t state(double value, const char* key, const Values<double>& values,
                     RoundingError& error) const {
    const double rounded = std::round(value * neuron_.v_scale);
    if (!(std::abs(rounded) <= kStateLimit))
      throw InputError(
          fmt::format("{}: it becomes {:.0f}, but the chip holds -8388608..8388607; lower v_scale",
                      path(key, values), rounded));
    tell(error, value, rounded / neuron_.v_scale, key, values);
    return static_cast<std::int32_t>(rounded);
  }
  /// A decay factor, as an error of the time constant in steps.
  void factor(double exact, std::uint32_t k, const char* key, const Values<double>& values,
              RoundingError& error) const {
    if (exact > 0 && exact < 1) tell(error, 1 / (1 - exact), 1 / (1 - k / one_), key, values);
  }
  std::uint32_t refractory(RoundingError& error) const {
    const double steps = neuron_.physics.refractory, rounded = std::round(steps);
    const Values<double>& values = keys_.t_refractory_ms;
    if (rounded > 255)
      throw InputError(
          fmt::format("{}: {:.0f} steps, but the chip counts to 255; shorten it or raise dt_ms",
                      path("t_refractory_ms", values), rounded));
    tell(error, steps, rounded, "t_refractory_ms", values);
    return static_cast<std::uint32_t>(rounded);
  }
  std::uint32_t adapt_step(RoundingError& error) const {
    const double unit = neuron_.v_scale * kAdaptUnit;
    const double step = std::round(neuron_.physics.adapt_step * unit);
    if (step > 4294967295.0)
      throw InputError(
          fmt::format("{}: it becomes {:.0f}, but the chip holds 0..4294967295; lower v_scale",
                      path("adapt_step", keys_.adapt_step), step));
    tell(error, neuron_.physics.adapt_step, step / unit, "adapt_step", keys_.adapt_step);
    return static_cast<std::uint32_t>(step);
  }

 private:
  void tell(RoundingError& error, double exact, double rounded, const char* key,
            const Values<double>& values) const {
    if (error.add(exact, rounded)) error.worst = path(key, values);
  }

  const PhysicalNeuron& neuron_;
  const PhysicalNeurons& keys_;
  double one_;
};

}  // namespace

Physics physics_of(const Network& network, Network::Id population, std::uint32_t neuron,
                   const spec::Build& build) {
  const PhysicalNeurons& n = physical(network, population);
  const std::size_t i = neuron;
  const auto path = [&](const char* key, const Values<double>& values) {
    return key_path(network, population, "neuron", key, values, i);
  };
  Physics result;
  const bool time = n.tau_m_ms.given(), syn = n.tau_syn_ms.given();
  result.decay_i =
      syn ? leak(network, population, "tau_syn_ms", n.tau_syn_ms, i) : n.alpha.get(i, 0);
  result.decay_v = time ? leak(network, population, "tau_m_ms", n.tau_m_ms, i) : n.beta[i];
  result.k_i = round_factor(result.decay_i, build,
                            syn ? path("tau_syn_ms", n.tau_syn_ms) : path("alpha", n.alpha));
  result.k_v = round_factor(result.decay_v, build,
                            time ? path("tau_m_ms", n.tau_m_ms) : path("beta", n.beta));
  if (n.tau_adapt_ms.given())
    result.decay_adapt = leak(network, population, "tau_adapt_ms", n.tau_adapt_ms, i);
  const double rest = n.v_rest.get(i, 0);
  result.gv = n.r.get(i, 1) * (time ? 1 - factor_of(result.k_v, build) : 1);
  result.factor = n.w_in.get(i, 1) * (syn ? 1 - factor_of(result.k_i, build) : 1) * n.r.get(i, 1) *
                  (time ? 1 - factor_of(result.k_v, build) : 1);
  if (!std::isfinite(result.factor))
    throw InputError(fmt::format(
        "{}: r = {} times w_in = {} is more than a number can be; make them smaller",
        network.where_population(population, "/neuron"), n.r.get(i, 1), n.w_in.get(i, 1)));
  result.theta = n.v_threshold[i] - rest;
  result.v_reset = n.subtract ? 0 : n.v_reset.get(i, rest) - rest;
  result.subtract = n.subtract;
  result.bias = n.bias.get(i, 0) * result.factor;
  result.adapt_step = n.adapt_step.get(i, 0);
  result.adapt = network.populations()[population].adapt.get(i, 0);
  result.refractory = n.t_refractory_ms.get(i, 0) / network.dt_ms();
  return result;
}

std::uint32_t choose_adapt_period(const Network& network, const std::vector<Physics>& physics) {
  if (network.adapt_period) return *network.adapt_period;
  for (const Population& population : network.populations())
    if (const auto* raw = std::get_if<RawNeurons>(&population.neurons)) {
      const std::vector<std::int64_t> steps = raw->adapt_step.all();
      const bool rises =
          std::any_of(steps.begin(), steps.end(), [](auto step) { return step != 0; });
      if (rises || population.adapt.given())
        return 0;  // a raw decay factor was written for every step
    }
  double shortest = INFINITY;
  for (const Physics& p : physics)
    if ((p.adapt_step > 0 || p.adapt > 0) && p.decay_adapt < 1)
      shortest = std::min(shortest, 1 / (1 - p.decay_adapt));
  if (!std::isfinite(shortest) || shortest < 32) return 0;
  return std::min(31u, static_cast<std::uint32_t>(std::log2(shortest / 16)));
}

double truncation_pull(const Physics& physics, const spec::Build& build) {
  const std::uint32_t one = 1u << build.decay_bits;
  const auto offset = [&](std::uint32_t k) {
    return k == 0 || k >= one ? 0.0 : 0.5 * one / static_cast<double>(one - k);
  };
  const double from_v = offset(physics.k_v), from_i = offset(physics.k_i);
  // An I that is too small by a constant makes V too small by 1 / (1 - b) of it; without a leak V
  // loses as much each step, which no offset tells: as over a thousand steps.
  const double steps = physics.k_v < one ? static_cast<double>(one) / (one - physics.k_v) : 1000;
  return from_v + from_i * steps;
}

NeuronParameters round_neuron(const PhysicalNeuron& neuron, std::uint32_t adapt_period,
                              const spec::Build& build, PopulationConversion& report) {
  const NeuronRounder round(neuron, build);
  const PhysicalNeurons& n = round.keys();
  const Physics& physics = neuron.physics;
  NeuronParameters out;
  out.theta = round.state(physics.theta, "v_threshold", n.v_threshold, report.threshold);
  out.v_reset = round.state(physics.v_reset, "v_reset", n.v_reset, report.v_reset);
  out.bias = round.state(physics.bias, "bias", n.bias, report.bias);
  out.subtract = n.subtract ? 1 : 0;
  out.decay_v = physics.k_v;
  out.decay_i = physics.k_i;
  const bool time = n.tau_m_ms.given(), syn = n.tau_syn_ms.given();
  round.factor(physics.decay_v, out.decay_v, time ? "tau_m_ms" : "beta", time ? n.tau_m_ms : n.beta,
               report.tau_m);
  round.factor(physics.decay_i, out.decay_i, syn ? "tau_syn_ms" : "alpha",
               syn ? n.tau_syn_ms : n.alpha, report.tau_syn);
  out.refractory = round.refractory(report.refractory);
  if (physics.theta != 0)
    report.pull = std::max(
        report.pull, truncation_pull(physics, build) / std::abs(physics.theta * neuron.v_scale));
  if (physics.theta < 0 && !n.v_rest.given()) report.rest_forgotten = true;
  if (physics.adapt_step == 0 && physics.adapt == 0) return out;
  out.adapt_step = round.adapt_step(report.adapt_step);
  const double decay =
      std::pow(physics.decay_adapt, std::ldexp(1.0, static_cast<int>(adapt_period)));
  out.decay_adapt = round_factor(decay, build, round.path("tau_adapt_ms", n.tau_adapt_ms));
  round.factor(decay, out.decay_adapt, "tau_adapt_ms", n.tau_adapt_ms, report.tau_adapt);
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
