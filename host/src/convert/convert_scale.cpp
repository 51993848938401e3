// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_scale.hpp"

#include <algorithm>
#include <cmath>

namespace spikemesh {
namespace {

constexpr double kRoom = 4194304;            // 2^22: of one weight, bias or threshold to begin with
constexpr double kRoomOfInhibition = 65536;  // 2^16: V falls by 128 such weights before it clips
constexpr int kBitsMin = 12, kBitsUsual = 18;
constexpr double kPullBound = 1.0 / 16384;

/// How far V is from rest without being reset: at thresholds and resets.
double range_of(const Physics& p, const Incoming& incoming) {
  for (const double range :
       {std::max(std::abs(p.theta), std::abs(p.v_reset)), incoming.largest, std::abs(p.bias)})
    if (range > 0) return range;
  return 1;
}

/// Largest state that a bias alone holds up, in the author's v. A V that it drives above the
/// threshold is reset, unless the threshold adapts.
double standing_state(const Physics& p) {
  const double i = p.decay_i < 1 ? std::abs(p.bias) / (1 - p.decay_i) : std::abs(p.bias);
  const bool reset = p.bias * p.theta >= 0 && p.adapt_step == 0;
  return reset || p.decay_v >= 1 ? i : std::max(i, i / (1 - p.decay_v));
}

/// Largest k of a scale 2^k / range: 2^23 over it is the room that V has. Nothing pulls V below
/// rest, and what is above the threshold is reset: two ranges. Inhibition that is weaker than half
/// of the excitation: four below rest. Otherwise eight.
int most_bits(const Physics& p, const Incoming& incoming) {
  const bool plain =
      p.theta > 0 && p.v_reset >= -p.theta && p.bias >= 0 && p.adapt_step == 0 && p.adapt == 0;
  if (plain && incoming.negative == 0 && p.v_reset >= 0 && !p.subtract) return 22;
  return plain && 2 * incoming.negative <= incoming.positive ? 21 : 20;
}

bool fits(const Physics& p, const Incoming& incoming, double standing, double scale) {
  return incoming.largest * scale <= kRoom && standing * scale <= kRoom &&
         incoming.inhibition * scale <= kRoomOfInhibition &&
         p.adapt_step * scale * kAdaptUnit <= 4294967295.0 &&
         p.adapt * scale * kAdaptUnit < std::ldexp(1.0, spec::kAdaptBits - 1);
}

}  // namespace

double choose_scale(const Physics& physics, const Incoming& incoming, const spec::Build& build) {
  const double range = range_of(physics, incoming), standing = standing_state(physics);
  const double pull = truncation_pull(physics, build);
  const int most = most_bits(physics, incoming);
  int bits = kBitsUsual;
  while (bits < most && pull > kPullBound * std::ldexp(1.0, bits)) ++bits;
  while (bits > kBitsMin && !fits(physics, incoming, standing, std::ldexp(1.0, bits) / range))
    --bits;
  const double most_weight = weight_limit(build.weight_bits) * (1u << kGainMax);
  while (bits > 0 && incoming.largest * std::ldexp(1.0, bits) / range > most_weight) --bits;
  return std::ldexp(1.0, bits) / range;
}

double weight_limit(std::uint32_t weight_bits) {
  return std::ldexp(1.0, static_cast<int>(weight_bits) - 1) - 1;
}

std::uint32_t choose_gain(const Incoming& incoming, double scale, double largest, double limit) {
  std::uint32_t gain = 0;
  for (; gain < kGainMax; ++gain) {
    const double unit = scale / static_cast<double>(1u << gain);
    const double sum = std::max(incoming.positive, incoming.negative) * unit + 0.5 * incoming.hits;
    if (std::round(largest * unit) <= limit && sum <= kStateLimit) break;
  }
  return gain;
}

std::uint32_t ScaleGroups::leader(std::uint32_t unit) {
  while (leader_[unit] != unit) unit = leader_[unit] = leader_[leader_[unit]];
  return unit;
}

void share_scales(ScaleGroups& groups, const std::vector<Physics>& physics,
                  const std::vector<Incoming>& incoming, const std::vector<bool>& chosen,
                  std::uint32_t weight_bits, std::vector<Scaling>& scalings) {
  struct Shared {
    double scale = INFINITY;  // of weights, before the shift
    std::uint32_t gain = 0, members = 0;
  };
  const auto units = static_cast<std::uint32_t>(scalings.size());
  std::vector<Shared> shared(units);
  const auto each = [&](auto&& act) {
    for (std::uint32_t unit = 0; unit < units; ++unit)
      if (scalings[unit].v > 0) act(unit, shared[groups.leader(unit)]);
  };
  each([&](std::uint32_t unit, Shared& group) {
    ++group.members;
    const double scale = scalings[unit].v * std::abs(physics[unit].factor);
    if (scale > 0) group.scale = std::min(group.scale, scale);
  });
  each([&](std::uint32_t unit, Shared& group) {
    const double factor = std::abs(physics[unit].factor);
    if (group.members > 1 && chosen[unit] && scalings[unit].v * factor > group.scale * (1 + 1e-12))
      scalings[unit].v = group.scale / factor;
    group.gain =
        std::max(group.gain, choose_gain(incoming[unit], scalings[unit].v, incoming[unit].largest,
                                         weight_limit(weight_bits)));
  });
  each([&](std::uint32_t unit, Shared& group) { scalings[unit].gain = group.gain; });
}

}  // namespace spikemesh
