// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_initial.hpp"

#include <fmt/format.h>

#include <cmath>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

/// One quantity of one population: how it is written, and what the chip holds.
struct Quantity {
  const Network& network;
  Network::Id id;
  const char* key;
  const Values<double>& values;
  unsigned bits;  ///< that the chip holds
  bool is_signed;
  RoundingError* error = nullptr;  ///< of raw neurons: none

  double round(std::uint32_t i, double scale, double rest) const {
    const double raw = std::round((values[i] - rest) * scale);
    const double limit = std::ldexp(1.0, static_cast<int>(bits) - (is_signed ? 1 : 0));
    const auto path = [&] {
      return network.where_population(
          id, fmt::format("/{}{}", key, values.single() ? "" : fmt::format("/{}", i)));
    };
    if (raw >= limit || raw < (is_signed ? -limit : 0))
      throw InputError(fmt::format("{}: {} becomes {:.0f}, but this chip holds {} bits; lower it{}",
                                   path(), values[i], raw, bits, error ? " or v_scale" : ""));
    if (error != nullptr && error->add(values[i] - rest, raw / scale)) error->worst = path();
    return raw;
  }
};

}  // namespace

void round_initial(const Network& network, Network::Id id, const std::vector<Physics>& physics,
                   IntegerNetwork& out, PopulationConversion* report) {
  const Population& population = network.populations()[id];
  const auto* given = std::get_if<PhysicalNeurons>(&population.neurons);
  const auto quantity = [&](const char* key, const Values<double>& values, unsigned bits,
                            bool is_signed, RoundingError PopulationConversion::*error) {
    return Quantity{
        network, id, key, values, bits, is_signed, report != nullptr ? &(report->*error) : nullptr};
  };
  const Quantity adapt =
      quantity("adapt", population.adapt, spec::kAdaptBits, false, &PopulationConversion::adapt);
  const Quantity v = quantity("v", population.v, spec::kStateBits, true, &PopulationConversion::v);
  const Quantity current =
      quantity("i", population.i, spec::kStateBits, true, &PopulationConversion::i);
  for (std::uint32_t i = 0; i < population.size; ++i) {
    const std::uint32_t unit = out.parts[id].first + i;
    const double scale = given != nullptr ? out.v_scale[unit] : 1;
    if (adapt.values.given())
      out.adapt[unit] =
          static_cast<std::uint64_t>(adapt.round(i, given != nullptr ? scale * 65536 : 1, 0));
    if (v.values.given())
      out.v[unit] = static_cast<std::int32_t>(
          v.round(i, scale, given != nullptr ? given->v_rest.get(i, 0) : 0));
    if (current.values.given())
      out.i[unit] = static_cast<std::int32_t>(
          current.round(i, given != nullptr ? scale * physics[unit].gv : 1, 0));
  }
}

}  // namespace spikemesh
