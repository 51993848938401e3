// SPDX-License-Identifier: Apache-2.0
#include "convert/convert_relays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "network/network_check.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {

Relays::Relays(const Network& network, const spec::Build& build, bool wanted)
    : network_(network), build_(build) {
  for (Network::Id id = 0; id < network.projections().size(); ++id) check(id, wanted);
}

void Relays::check(Network::Id projection, bool wanted) {
  const Projection& checked = network_.projections()[projection];
  for (std::size_t i = 0; i < checked.delay.size(); ++i) {
    if (checked.delay[i] >= 1 && checked.delay[i] <= build_.delay_max) continue;
    if (!wanted || checked.rule || checked.delay[i] < 1) refuse(projection, i, wanted);
    needed_ = true;
  }
}

/// Names the delay in the unit in which the author gave it.
void Relays::refuse(Network::Id projection, std::size_t i, bool wanted) const {
  const Projection& refused = network_.projections()[projection];
  const std::uint32_t delay = refused.delay[i];
  std::uint32_t needed = 1;
  while (needed < delay && needed < 15) needed = 2 * needed + 1;
  const bool can_build = delay >= 1 && delay <= needed, time = refused.delay_in_ms;
  const char* help = "";
  if (delay >= 1 && refused.rule && wanted)
    help =
        " or remove its rule: relay neurons cannot stand before plastic synapses, whose pre "
        "trace would take their time";
  if (delay >= 1 && !refused.rule)
    help = " or let relay neurons pass on what is late (relays, --relays)";
  throw InputError(
      fmt::format("{}: {}, but this chip allows 1..{}{}; {}{}{}",
                  network_.where_projection(projection, value_rest(network_, refused, "delay", i)),
                  time ? fmt::format("{:.6g} ms is {} steps", delay * network_.dt_ms(), delay)
                       : fmt::format("{}", delay),
                  build_.delay_max, time ? fmt::format(" steps of {} ms", network_.dt_ms()) : "",
                  delay < 1 ? "make it longer" : "shorten it",
                  can_build ? fmt::format(" or build with DelayMax={}", needed) : "", help));
}

void Relays::want(std::uint32_t source, std::uint32_t delay) {
  if (hops_.size() <= source) hops_.resize(source + 1);
  hops_[source] = std::max(hops_[source], (delay - 1) / build_.delay_max);
}

/// Of the largest chip with this mesh: a number in a file can ask for billions.
void Relays::check_room(std::uint64_t relays) const {
  std::uint64_t most = std::uint64_t{build_.mesh_w} * build_.mesh_h;
  for (const spec::BuildRule& rule : spec::kBuildRules)
    if (rule.name == "Neurons") most *= rule.max;
  if (relays <= most) return;
  throw InputError(fmt::format(
      "{}: delays beyond the {} steps of this chip need {} relay neurons, but no chip of {} x {} "
      "tiles holds more than {} neurons; shorten them or lower the max_spikes_per_step of their "
      "inputs",
      network_.where("/projections"), build_.delay_max, relays, build_.mesh_w, build_.mesh_h,
      most));
}

void Relays::lay_out(IntegerNetwork& integers, ConversionReport& report) {
  first_ = integers.units();
  hops_.resize(first_);
  levels_ = integers.max_hits;
  begin_.resize(first_);
  std::uint64_t count = 0;
  for (std::uint32_t unit = 0; unit < first_; ++unit) {
    count += std::uint64_t{hops_[unit]} * levels_[unit];
    report.relayed += hops_[unit] > 0;
  }
  check_room(count);
  if (count == 0) return;
  for (std::uint32_t unit = 0; unit < first_; ++unit) {
    begin_[unit] = first_ + static_cast<std::uint32_t>(relays_.size());
    for (std::uint32_t hop = 1; hop <= hops_[unit]; ++hop)
      for (std::uint32_t level = 0; level < levels_[unit]; ++level)
        relays_.push_back({unit, hop, level});
  }
  report.relays = count;
  const auto id = static_cast<std::uint32_t>(integers.parts.size());
  integers.parts.push_back({"relays", first_, static_cast<std::uint32_t>(count), false, {}});
  integers.part_of.resize(first_ + count, id);
  integers.recorded.resize(first_ + count, false);
  integers.max_hits.resize(first_ + count, 1);
  integers.neurons.resize(first_ + count);
  for (std::uint32_t i = 0; i < count; ++i)  // V is the number of spikes that came in this step
    integers.neurons[first_ + i].theta =
        relays_[i].hops == 1 ? static_cast<std::int32_t>(relays_[i].level) : 0;
  integers.relays = relays_;
}

Relays::Start Relays::start(std::uint32_t source, std::uint32_t delay) const {
  if (delay <= build_.delay_max) return {source, 1, delay};
  const std::uint32_t hops = (delay - 1) / build_.delay_max;
  return {begin_[source] + (hops - 1) * levels_[source], levels_[source],
          delay - hops * build_.delay_max};
}

}  // namespace spikemesh
