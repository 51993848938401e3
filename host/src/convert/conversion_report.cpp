// SPDX-License-Identifier: Apache-2.0
#include "convert/conversion_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace spikemesh {

bool RoundingError::add(double exact, double rounded) {
  if (exact == 0) return false;
  ++count;
  if (rounded == 0) ++vanished;
  const double error = std::abs(rounded - exact), relative = error / std::abs(exact);
  errors_ += error * error;
  squares_ += exact * exact;
  rms = std::sqrt(errors_ / squares_);
  if (relative > kLossBound) ++coarse;
  max_absolute = std::max(max_absolute, error);
  const bool largest = relative > max;
  max = std::max(max, relative);
  return largest;
}

void RoundingError::add(const RoundingError& other) {
  count += other.count;
  vanished += other.vanished;
  coarse += other.coarse;
  errors_ += other.errors_;
  squares_ += other.squares_;
  if (squares_ > 0) rms = std::sqrt(errors_ / squares_);
  max_absolute = std::max(max_absolute, other.max_absolute);
  if (other.max > max) max = other.max, worst = other.worst;
}

bool RoundingError::lost() const {
  return rms > kLossBound || vanished_much() ||
         static_cast<double>(coarse) > kCoarseBound * static_cast<double>(count);
}

bool RoundingError::vanished_much() const {
  return static_cast<double>(vanished) > kLossBound * static_cast<double>(count);
}

RoundingError ConversionReport::weights() const {
  RoundingError all;
  for (const ProjectionConversion& projection : projections) all.add(projection.weight);
  return all;
}

double ConversionReport::v_scale(const std::string& population, std::uint32_t neuron) const {
  for (const PopulationConversion& one : populations)
    if (one.name == population && (one.v_scale.single() || neuron < one.v_scale.size()))
      return one.v_scale[neuron];
  return 0;
}

namespace {

/// `thresholds are off by 3.1 % (n.json: /populations/1/neuron/v_threshold/4)`
std::string loss_text(const char* what, const RoundingError& error) {
  if (error.vanished_much())
    return fmt::format("{} of {} {} became 0", error.vanished, error.count, what);
  if (error.rms <= kLossBound)
    return fmt::format("{} of {} {} are off by more than {:g} % (most at {})", error.coarse,
                       error.count, what, 100 * kLossBound, error.worst);
  return fmt::format("{} are off by {:.2g} % (most at {})", what, 100 * error.rms, error.worst);
}

/// split_weights: what the conversion was told.
std::string remedy_of(const ProjectionConversion& projection, double split_weights) {
  if (projection.step == 0) return "";
  if (!projection.shifted)
    return fmt::format(
        "; weights there are multiples of {:.4g}, which a larger v_scale makes finer",
        projection.step);
  const std::string other =
      split_weights == 0 ? "let it take several words (split_weights)"
      : split_weights > kLossBound
          ? fmt::format("lower split_weights, which is {:g}", split_weights)
          : "leave the smallest out: split_weights makes them no finer, since all weights into a "
            "neuron together fill its accumulator";
  return fmt::format(
      "; weights there are multiples of {:.4g} because one into the same neuron is {:.4g}: weaken "
      "that, or {}",
      projection.step, projection.strongest, other);
}

std::string warning_of(const PopulationConversion& population) {
  std::vector<std::string> losses;
  for (const PopulationQuantity& quantity : kPopulationQuantities)
    if ((population.*quantity.error).lost())
      losses.push_back(loss_text(quantity.name, population.*quantity.error));
  if (population.pull > kLossBound)
    losses.push_back(fmt::format(
        "truncation is expected to pull V towards v_rest by {:.2g} % of the threshold; a larger "
        "v_scale or dt_ms makes that less",
        100 * population.pull));
  if (population.rest_forgotten)
    losses.push_back(
        "v_threshold is below v_rest, which is 0 unless given, so the neuron fires without input");
  if (losses.empty()) return "";
  return fmt::format("{} (\"{}\"): {}", population.path, population.name, fmt::join(losses, "; "));
}

std::string rounding_text(const char* what, const RoundingError& error) {
  if (error.count == 0) return "";
  std::string text =
      fmt::format("    {:<25} {:>8} values, error {:.2e} in the mean, {:.2e} at most", what,
                  error.count, error.rms, error.max);
  if (error.max > 0) text += fmt::format(" ({:.2e} absolute)", error.max_absolute);
  if (error.coarse > 0)
    text += fmt::format(", {} off by more than {:g} %", error.coarse, 100 * kLossBound);
  if (error.vanished > 0) text += fmt::format(", {} became 0", error.vanished);
  if (!error.worst.empty()) text += "  " + error.worst;
  return text + "\n";
}

std::string split_text(std::uint64_t synapses, std::uint64_t words) {
  return fmt::format("{} synapses are split over {} words", synapses, words);
}

std::string scale_text(const Values<double>& scale) {
  if (scale.single()) return fmt::format("{:g}", scale[0]);
  const std::vector<double> all = scale.all();
  const auto [low, high] = std::minmax_element(all.begin(), all.end());
  return fmt::format("{:g} to {:g}", *low, *high);
}

}  // namespace

std::vector<std::string> ConversionReport::warnings() const {
  std::vector<std::string> lines;
  for (const PopulationConversion& population : populations)
    if (std::string line = warning_of(population); !line.empty()) lines.push_back(std::move(line));
  for (const ProjectionConversion& one : projections) {
    std::vector<std::string> losses;
    if (one.weight.lost())
      losses.push_back(loss_text("weights", one.weight) + remedy_of(one, split_weights));
    if (one.clipped > 0)
      losses.push_back(fmt::format(
          "{} weights are larger than the current of a neuron can be, which is clipped; "
          "weaken them",
          one.clipped));
    if (!losses.empty())
      lines.push_back(fmt::format("{} (\"{}\" to \"{}\"): {}", one.path, one.from, one.to,
                                  fmt::join(losses, "; ")));
  }
  for (const RuleConversion& rule : rules) {
    std::vector<std::string> losses;
    for (const RuleQuantity& quantity : kRuleQuantities)
      if ((rule.*quantity.error).lost())
        losses.push_back(loss_text(quantity.name, rule.*quantity.error));
    if (!losses.empty())
      lines.push_back(
          fmt::format("{} (\"{}\"): {}", rule.path, rule.name, fmt::join(losses, "; ")));
  }
  return lines;
}

std::string to_text(const ConversionReport& report) {
  std::string split;
  if (report.split > 0)
    split = fmt::format("Split weights (split_weights = {:g}): {}\n", report.split_weights,
                        split_text(report.split, report.split_words));
  if (report.populations.empty() && report.projections.empty()) return split;
  std::string text = split + fmt::format(
                                 "Conversion (errors relative to the value; adaptation every {} "
                                 "steps)\n",
                                 std::uint64_t{1} << report.adapt_period);
  for (const PopulationConversion& population : report.populations) {
    text += fmt::format(
        "  {}: {} raw units in one unit of v, largest gain {}, expected pull of V "
        "{:.2e} of the threshold\n",
        population.name, scale_text(population.v_scale), population.gain_max, population.pull);
    for (const PopulationQuantity& quantity : kPopulationQuantities)
      text += rounding_text(quantity.name, population.*quantity.error);
  }
  for (const ProjectionConversion& one : report.projections)
    text +=
        fmt::format("  {} to {}: weights are multiples of {:.3g} or finer{}\n{}", one.from, one.to,
                    one.step, one.split > 0 ? "; " + split_text(one.split, one.split_words) : "",
                    rounding_text("weights", one.weight));
  for (const RuleConversion& rule : report.rules) {
    text += fmt::format("  rule {}\n", rule.name);
    for (const RuleQuantity& quantity : kRuleQuantities)
      text += rounding_text(quantity.name, rule.*quantity.error);
  }
  for (const std::string& line : report.warnings()) text += "Warning: " + line + "\n";
  return text;
}

}  // namespace spikemesh
