// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "spikemesh/convert.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

std::int64_t prove_no_overflow(const IntegerNetwork& network) {
  constexpr std::int64_t kMax = (std::int64_t{1} << (spec::kAccBits - 1)) - 1;
  std::vector<std::int64_t> positive(network.units()), negative(network.units());
  for (std::uint32_t unit = 0; unit < network.units(); ++unit)
    for (std::uint64_t i = network.row[unit]; i < network.row[unit + 1]; ++i) {
      const IntegerSynapse& synapse = network.synapses[i];
      std::int64_t low = synapse.weight, high = synapse.weight;
      if (synapse.rule != 0) {
        low = network.rules[synapse.rule - 1u].w_min, high = network.rules[synapse.rule - 1u].w_max;
      }
      const std::int64_t hits = network.max_hits[unit];
      positive[synapse.target] += std::max<std::int64_t>(high, 0) * hits;
      negative[synapse.target] += std::min<std::int64_t>(low, 0) * hits;
    }
  std::int64_t largest = 0;
  for (std::uint32_t unit = 0; unit < network.units(); ++unit) {
    largest = std::max({largest, positive[unit], -negative[unit]});
    if (positive[unit] <= kMax && negative[unit] >= -kMax - 1) continue;
    const std::int64_t sum = positive[unit] > kMax ? positive[unit] : negative[unit];
    const std::string file = network.source.empty() ? "" : network.source + ": ";
    throw InputError(fmt::format(
        "{}/populations/{}: {}: its inputs can add up to {} in one step, but an accumulator holds "
        "{}..{}; make its weights smaller (and its gain larger), or declare fewer "
        "max_spikes_per_step",
        file, network.part_of[unit], network.name_of(unit), sum, -kMax - 1, kMax));
  }
  return largest;
}

}  // namespace spikemesh
