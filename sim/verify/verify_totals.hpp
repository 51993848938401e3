// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/verify/case/verify_case.hpp"
#include "sim/verify/verify.hpp"

namespace spikemesh::sim {

/// What came of a case: through a pipe from the process that ran it, and summed over cases.
struct Outcome {
  CaseResult result;
  EventCounts compared{};
  std::uint64_t pin_changes = 0, bytes = 0;
  std::uint64_t cases = 1, pin_cases = 0;
  std::uint64_t learning_cases = 0;  ///< in which a weight was learned
  /// Flits that crossed each RTL tile.
  std::array<std::uint64_t, VerifyOptions::kMostRtlTiles> tile_flits{};
};
static_assert(std::is_trivially_copyable_v<Outcome>);

/// Calls each(name, number) for every number of an outcome, the same in every build of the program.
template <class AnyOutcome, class Each>
void for_each_count(AnyOutcome& outcome, Each&& each) {
  auto& result = outcome.result;
  each("cases", outcome.cases);
  each("pin_cases", outcome.pin_cases);
  each("learning_cases", outcome.learning_cases);
  each("pin_changes", outcome.pin_changes);
  each("bytes", outcome.bytes);
  each("skipped_updates", result.skipped_updates);
  each("emit_stalls", result.emit_stalls);
  each("saturations", result.saturations);
  each("cycles", result.cycles);
  each("steps", result.steps);
  each("host_spikes", result.host_spikes);
  each("words", result.words);
  each("segments", result.segments);
  each("late_segments", result.late_segments);
  const auto all = [&](const char* kind, auto& numbers) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      each(fmt::format("{}_{}", kind, i), numbers[i]);
  };
  all("tile_flits", outcome.tile_flits);
  all("event", outcome.compared);
  all("status", result.statuses);
  all("edge", result.edges);
  all("bin", result.bins);
  all("limit", result.limits);
}

/// By configuration.
using Totals = std::map<std::string, Outcome>;

void add(Outcome& to, const Outcome& from);
Outcome sum(const Totals& totals);

/// What is compared beside the reference.
enum class Against : std::uint8_t { nothing, cycles, order };

/// What was compared, by configuration.
void print_table(const Totals& totals, Against against, const RtlTiles& tiles);
/// Every bin and how often it was hit.
void print_bins(const Outcome& sum);
/// Every field of a tile's words, and how often it was written at each of its limits.
void print_limits(const Outcome& sum);
/// Says which limits were never written, of those that one of these builds has; true when that is
/// none.
bool all_limits_hit(const Outcome& sum, const std::set<std::string>& builds);
/// Says what was never compared; true when that is nothing.
bool nothing_missing(const Outcome& sum, Against against, const RtlTiles& tiles);
/// Says which bins were never hit, and how to reach them; true when that is none.
bool all_bins_hit(const Outcome& sum);

}  // namespace spikemesh::sim
