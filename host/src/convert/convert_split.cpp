// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_split.hpp"

#include <algorithm>
#include <cmath>

namespace spikemesh {
namespace {

/// What the neurons of one group need together.
struct Needs {
  WeightErrors::ByGain errors{};
  std::uint32_t smallest = 0;  ///< gain with which all sums fit
  std::uint32_t one_word = 0;  ///< gain with which each plastic weight is one word
  double plastic = 0;          ///< the largest of these, in raw units of V
  std::uint32_t unit = 0;      ///< which has it
};

std::vector<Needs> needs_of(const SplitRequest& request, const std::vector<Scaling>& scalings) {
  const double limit = weight_limit(request.weight_bits);
  std::vector<Needs> needs(scalings.size());
  for (std::uint32_t unit = 0; unit < scalings.size(); ++unit) {
    const double scale = scalings[unit].v;
    if (!(scale > 0)) continue;
    const Incoming& incoming = request.incoming[unit];
    Needs& group = needs[request.groups.leader(unit)];
    for (std::uint32_t gain = 0; gain <= kGainMax; ++gain)
      group.errors[gain] = std::max(group.errors[gain], request.errors.of(unit)[gain]);
    group.smallest = std::max(group.smallest, choose_gain(incoming, scale, 0, limit));
    if (incoming.plastic * scale <= group.plastic) continue;
    group.plastic = incoming.plastic * scale;
    group.unit = unit;
    group.one_word =
        std::max(group.one_word, choose_gain(incoming, scale, incoming.plastic, limit));
  }
  return needs;
}

std::uint32_t split_gain(const Needs& needs, double bound, std::uint32_t unsplit) {
  for (std::uint32_t gain = unsplit; gain > needs.smallest; --gain)
    if (needs.errors[gain] <= bound) return gain;
  return std::min(unsplit, needs.smallest);
}

SplitRefusal refusal(const Needs& needs, std::uint32_t gain, std::uint32_t unsplit, double limit) {
  const double weight = std::round(std::ldexp(needs.plastic, -static_cast<int>(gain)));
  SplitRefusal refused{needs.unit, static_cast<std::uint64_t>(std::ceil(weight / limit)),
                       limit / weight, 1};
  for (std::uint32_t kept = needs.one_word; kept <= unsplit; ++kept)
    refused.kept = std::min<double>(refused.kept, needs.errors[kept]);
  return refused;
}

}  // namespace

void WeightErrors::add(std::uint32_t unit, double weight) {
  if (weight == 0) return;
  for (std::uint32_t gain = 0; gain <= kGainMax; ++gain) {
    const double exact = std::ldexp(weight, -static_cast<int>(gain));
    const double error = std::abs((std::round(exact) - exact) / exact);
    worst_[unit][gain] = std::max(worst_[unit][gain], static_cast<float>(error));
  }
}

std::optional<SplitRefusal> split_gains(const SplitRequest& request,
                                        std::vector<Scaling>& scalings) {
  const std::vector<Needs> needs = needs_of(request, scalings);
  for (std::uint32_t unit = 0; unit < scalings.size(); ++unit) {
    if (!(scalings[unit].v > 0)) continue;
    const Needs& group = needs[request.groups.leader(unit)];
    const std::uint32_t unsplit = scalings[unit].gain,
                        gain = split_gain(group, request.bound, unsplit);
    if (gain < group.one_word)
      return refusal(group, gain, unsplit, weight_limit(request.weight_bits));
    scalings[unit].gain = gain;
  }
  return std::nullopt;
}

}  // namespace spikemesh
