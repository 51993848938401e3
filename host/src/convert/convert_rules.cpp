// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr double kUnitMin = 4096, kUnitMax = 32768;  // of a trace
constexpr double kAmplitudeMax = 32767, kTraceMax = 65535;
constexpr double kTailMax = 0.2;  // of a trace, where its table ends

/// An amplitude where one spike adds `unit` to a trace.
double exact_amplitude(const LearningRule& rule, double a, double scale, double unit) {
  if (rule.soft) return std::copysign(1.0, scale) * a * std::ldexp(1.0, 32) / unit;
  return a * scale * 65536 / unit;
}

/// The smallest unit with which every amplitude fits: the amplitudes are finest then.
double choose_unit(const Network& network, const std::vector<ScaledRule>& wanted,
                   double LearningRule::*amplitude) {
  double unit = kUnitMin;
  for (const ScaledRule& one : wanted) {
    const LearningRule& rule = network.rules()[one.rule];
    while (unit < kUnitMax &&
           std::abs(exact_amplitude(rule, rule.*amplitude, one.scale, unit)) > kAmplitudeMax)
      unit *= 2;
  }
  return unit;
}

class RuleRounder {
 public:
  RuleRounder(const Network& network, const spec::Build& build, const ScaledRule& scaled,
              RuleConversion& report)
      : network_(network),
        report_(report),
        rule_(network.rules()[scaled.rule]),
        number_(scaled.rule),
        scale_(scaled.scale),
        weight_limit_(std::ldexp(1.0, static_cast<int>(build.weight_bits) - 1)) {}

  std::int32_t amplitude(const char* key, double a, double unit) const {
    const double exact = exact_amplitude(rule_, a, scale_, unit), rounded = std::round(exact);
    if (std::abs(rounded) > kAmplitudeMax)
      fail(key, fmt::format("{}, but this chip allows {:.4g} at most; lower it", a,
                            std::abs(a) * kAmplitudeMax / std::abs(exact)));
    if (rounded == 0 && a != 0)
      fail(key, fmt::format("{} is below the resolution of this chip, {:.4g}; raise it{}", a,
                            std::abs(a) / std::abs(exact),
                            rule_.soft ? "" : ", or the scale of the weights"));
    if (a != 0) tell(report_.amplitude, a, a * rounded / exact, key);
    return static_cast<std::int32_t>(rounded);
  }

  std::int32_t bound(const char* key, double weight) const {
    const double rounded = std::round(weight * scale_);
    if (rounded < -weight_limit_ || rounded > weight_limit_ - 1)
      fail(key, fmt::format("{} becomes {:.0f}, but this chip allows weights of {:.0f}..{:.0f}; "
                            "bring it nearer to 0 or build with a larger WeightBits",
                            weight, rounded, -weight_limit_, weight_limit_ - 1));
    tell(report_.bound, weight, rounded / scale_, key);
    return static_cast<std::int32_t>(rounded);
  }

  std::uint32_t trace(const char* key, double value, double unit) const {
    const double rounded = std::round(value * unit);
    if (rounded > kTraceMax)
      fail(key, fmt::format("{}, but a trace of this chip holds {:.4g} spikes at most; lower it",
                            value, kTraceMax / unit));
    tell(report_.trace, value, rounded / unit, key);
    return static_cast<std::uint32_t>(rounded);
  }

  double tau(const char* key, double tau_ms) const {
    const double steps = tau_ms / network_.dt_ms();
    if (std::exp(-static_cast<double>(spec::kTraceSteps) / steps) > kTailMax)
      fail(key, fmt::format("{} ms are {:.4g} steps, but a trace ends after {} steps; make it at "
                            "most {:.4g} ms, or dt_ms larger",
                            tau_ms, steps, spec::kTraceSteps,
                            spec::kTraceSteps / -std::log(kTailMax) * network_.dt_ms()));
    return steps;
  }

 private:
  [[noreturn]] void fail(const char* key, const std::string& message) const {
    throw InputError(network_.where_rule(number_, key) + ": " + message);
  }

  void tell(RoundingError& error, double exact, double rounded, const char* key) const {
    if (error.add(exact, rounded)) error.worst = network_.where_rule(number_, key);
  }

  const Network& network_;
  RuleConversion& report_;
  const LearningRule& rule_;
  std::uint32_t number_;
  double scale_, weight_limit_;
};

}  // namespace

std::vector<IntegerRule> convert_rules(const Network& network, const spec::Build& build,
                                       const std::vector<ScaledRule>& wanted,
                                       std::vector<RuleConversion>& report) {
  const double pre = choose_unit(network, wanted, &LearningRule::a_plus);
  const double post = choose_unit(network, wanted, &LearningRule::a_minus);
  std::vector<IntegerRule> rules;
  for (const ScaledRule& scaled : wanted) {
    const LearningRule& rule = network.rules()[scaled.rule];
    const std::string path = network.where_rule(scaled.rule);
    if (report.empty() || report.back().path != path)
      report.push_back({rule.name, path, {}, {}, {}});
    const RuleRounder round(network, build, scaled, report.back());
    IntegerRule out;
    out.name = rule.name;
    out.soft = rule.soft;
    out.a_plus = round.amplitude("/a_plus", rule.a_plus, pre);
    out.a_minus = round.amplitude("/a_minus", rule.a_minus, post);
    out.w_min = round.bound("/w_min", rule.w_min);
    out.w_max = round.bound("/w_max", rule.w_max);
    if (out.w_min > out.w_max) std::swap(out.w_min, out.w_max);  // a scale below 0
    out.x_target = round.trace("/x_target", rule.x_target, pre);
    out.pre_unit = static_cast<std::uint32_t>(pre);
    out.post_unit = static_cast<std::uint32_t>(post);
    out.pre_max = round.trace("/pre_max", rule.pre_max.value_or(kTraceMax / pre), pre);
    out.post_max = round.trace("/post_max", rule.post_max.value_or(kTraceMax / post), post);
    out.tau_pre = round.tau("/tau_pre_ms", rule.tau_pre_ms);
    out.tau_post = round.tau("/tau_post_ms", rule.tau_post_ms);
    rules.push_back(std::move(out));
  }
  return rules;
}

}  // namespace spikemesh
