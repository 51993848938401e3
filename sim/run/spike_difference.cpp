// SPDX-License-Identifier: Apache-2.0
#include "sim/run/spike_difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace spikemesh::sim {
namespace {

auto key(const SpikeRow& row) {
  return std::tuple(row.sample, row.step, row.population, row.neuron, row.count);
}

}  // namespace

void expect_spikes(std::vector<SpikeRow> spikes, std::vector<SpikeRow> reference,
                   const Rerun& rerun) {
  const auto less = [](const SpikeRow& a, const SpikeRow& b) { return key(a) < key(b); };
  std::sort(spikes.begin(), spikes.end(), less);
  std::sort(reference.begin(), reference.end(), less);
  const auto [ours, theirs] =
      std::mismatch(spikes.begin(), spikes.end(), reference.begin(), reference.end(),
                    [](const SpikeRow& a, const SpikeRow& b) { return key(a) == key(b); });
  if (ours == spikes.end() && theirs == reference.end()) return;
  const bool extra =
      theirs == reference.end() || (ours != spikes.end() && key(*ours) < key(*theirs));
  const SpikeRow& first = extra ? *ours : *theirs;
  throw Mismatch(fmt::format(
      "spikes differ from those of the reference: sample {}, step {}, {}[{}] {}.\n"
      "{} spikes, {} of the reference; before it all were equal.\nseed: {}\nrerun with waves: {}\n",
      first.sample, first.step, first.population, first.neuron,
      extra ? "fires, but not in the reference" : "does not fire, but does in the reference",
      spikes.size(), reference.size(), rerun.seed, rerun.command));
}

}  // namespace spikemesh::sim
