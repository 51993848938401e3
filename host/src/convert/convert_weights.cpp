// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "network/network_check.hpp"
#include "spikemesh/current_source.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr double kSumLimit = 8388607;  // 2^23 - 1: of an accumulator
constexpr std::uint64_t kRowMax = spec::Axon::unpack(0xffffffff).groups;

bool is_physical(const Network& network, const Projection& projection) {
  return std::holds_alternative<PhysicalNeurons>(network.populations()[projection.to].neurons);
}

}  // namespace

double most_of_current(const Network& network, const Projection& projection) {
  const Population& from = network.populations()[projection.from];
  if (projection.connect != Connect::sparse || !from.is_input() || from.size < 2 || projection.rule)
    return 0;
  const auto sign = std::find(projection.pre.begin(), projection.pre.end(), 0u);
  if (sign == projection.pre.end()) return 0;
  const double most = -projection.weight[static_cast<std::size_t>(sign - projection.pre.begin())];
  if (!(most > 0)) return 0;
  for (std::size_t i = 0; i < projection.pre.size(); ++i) {
    const std::uint32_t bit = projection.pre[i];
    if (projection.weight[i] != (bit == 0 ? -most : std::ldexp(most, -static_cast<int>(bit))))
      return 0;
  }
  return most;
}

/// An entry for each projection whose weights are scaled.
WeightRounder::WeightRounder(const Source& source, Converted& converted)
    : source_(source), integers_(converted.network), report_(converted.report) {
  const Network& network = source.network;
  reports_.assign(network.projections().size(), kNoReport);
  report_.split_weights = source.split_weights;
  for (Network::Id id = 0; id < network.projections().size(); ++id) {
    const Projection& projection = network.projections()[id];
    if (!is_physical(network, projection) && !projection.weight_scale) continue;
    reports_[id] = report_.projections.size();
    ProjectionConversion& report = report_.projections.emplace_back();
    report.from = network.populations()[projection.from].name;
    report.to = network.populations()[projection.to].name;
    report.path = network.where_projection(id);
    currents_.push_back(most_of_current(network, projection));
  }
}

/// What one weight of the author becomes before it is rounded.
double WeightRounder::exact(const Projection& projection, std::uint32_t post, double weight) const {
  if (!is_physical(source_.network, projection))
    return weight * projection.weight_scale.value_or(1);
  return weight * source_.scale[post];
}

bool WeightRounder::fits(double weight, std::uint32_t bits) const {
  const auto limit = static_cast<double>(std::uint64_t{1} << (bits - 1));
  return weight >= -limit && weight <= limit - 1;
}

std::int32_t WeightRounder::round(Network::Id id, std::size_t i, std::uint32_t post,
                                  double weight) {
  const Projection& projection = source_.network.projections()[id];
  const double exact = this->exact(projection, post, weight), rounded = std::round(exact);
  if (rounded != exact && !is_physical(source_.network, projection) && !projection.weight_scale)
    throw InputError(fmt::format(
        "{}: {}, but weights into raw neurons are integers; round it or give the projection a "
        "weight_scale",
        synapse_path(source_.network, id, "weight", i), weight));
  const bool may_split = source_.split_weights > 0 && !projection.rule;
  if (!fits(rounded, source_.build.weight_bits) && !(may_split && std::abs(rounded) <= kSumLimit))
    refuse(id, i, weight, rounded);
  const auto sum = static_cast<std::int32_t>(rounded);
  const auto taken = static_cast<std::uint64_t>(words(sum));
  if (taken > kRowMax) refuse_words(id, i, weight, taken);
  tell(id, i, post, weight, sum);
  return sum;
}

std::int32_t WeightRounder::words(std::int32_t weight) const {
  if (fits(weight, source_.build.weight_bits)) return 1;
  const auto most = static_cast<std::int32_t>(weight_limit(source_.build.weight_bits));
  return (std::abs(weight) + most - 1) / most;
}

std::int16_t WeightRounder::part(std::int32_t weight, std::int32_t word) const {
  const std::int32_t count = words(weight), rest = weight % count;
  const std::int32_t one = word < std::abs(rest) ? (rest > 0 ? 1 : -1) : 0;
  return static_cast<std::int16_t>(weight / count + one);
}

void WeightRounder::check_room(std::uint64_t words) const {
  const spec::Build& build = source_.build;
  const auto rule = std::find_if(std::begin(spec::kBuildRules), std::end(spec::kBuildRules),
                                 [](const auto& one) { return one.name == "Synapses"; });
  const std::uint64_t most = std::uint64_t{rule->max} * build.mesh_w * build.mesh_h;
  if (words <= most || report_.split == 0) return;
  throw InputError(source_.network.where(fmt::format(
      "/projections: with split_weights = {:g} the synapses take {} words, but no chip of {} x {} "
      "tiles holds more than {}; raise split_weights, or leave it out",
      source_.split_weights, words, build.mesh_w, build.mesh_h, most)));
}

void WeightRounder::refuse(Network::Id id, std::size_t i, double weight, double rounded) const {
  const Projection& projection = source_.network.projections()[id];
  const spec::Build& build = source_.build;
  const bool physical = is_physical(source_.network, projection),
             splits = source_.split_weights > 0 && !projection.rule;
  const double most = splits ? kSumLimit + 1 : weight_limit(build.weight_bits) + 1;
  std::string remedy = physical                  ? "lower v_scale"
                       : projection.weight_scale ? "lower weight_scale"
                                                 : "make it smaller (and the neuron's gain larger)";
  std::uint32_t bits = build.weight_bits;
  while (bits < 17 && !fits(rounded, bits)) ++bits;
  if (bits <= 16) remedy += fmt::format(" or build with WeightBits={}", bits);
  if (!splits && !projection.rule && std::abs(rounded) <= kSumLimit)
    remedy += " or let it take several words (split_weights)";
  throw InputError(fmt::format(
      "{}: {}{}, but this chip allows {:.0f}..{:.0f}; {}",
      synapse_path(source_.network, id, "weight", i), weight,
      physical || projection.weight_scale ? fmt::format(" becomes {:.0f}", rounded) : "", -most,
      most - 1, remedy));
}

void WeightRounder::refuse_words(Network::Id id, std::size_t i, double weight,
                                 std::uint64_t words) const {
  throw InputError(fmt::format(
      "{}: {} takes {} words with split_weights = {:g}, but a row has at most {}; raise "
      "split_weights or build with WeightBits=16",
      synapse_path(source_.network, id, "weight", i), weight, words, source_.split_weights,
      kRowMax));
}

void WeightRounder::tell(Network::Id id, std::size_t i, std::uint32_t post, double weight,
                         std::int32_t rounded) {
  const auto taken = static_cast<std::uint64_t>(words(rounded));
  if (taken > 1) ++report_.split, report_.split_words += taken;
  if (reports_[id] == kNoReport) return;
  ProjectionConversion& report = report_.projections[reports_[id]];
  if (taken > 1) ++report.split, report.split_words += taken;
  const double scale = exact(source_.network.projections()[id], post, 1);
  if (scale == 0) return;  // r or w_in is 0: nothing comes in
  const Incoming& incoming = source_.incoming[post];
  if (1 / std::abs(scale) > report.step) {
    report.step = 1 / std::abs(scale);
    report.shifted = integers_.neurons[post].gain > 0 && incoming.largest > 0;
    report.strongest =
        report.shifted ? incoming.largest / std::abs(source_.physics[post].factor) : 0;
  }
  const std::int64_t arrives = std::int64_t{rounded} << integers_.neurons[post].gain;
  if (std::abs(arrives) >= std::int64_t{1} << (spec::kStateBits - 1)) ++report.clipped;
  // the weights of a current source are the digits of a number: an error counts as one of its range
  const double most = currents_[reports_[id]];
  const double error = rounded / scale - weight;
  if (most > 0 ? report.weight.add(most, most + error) : report.weight.add(weight, rounded / scale))
    report.weight.worst = synapse_path(source_.network, id, "weight", i);
}

}  // namespace spikemesh
