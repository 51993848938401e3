// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_totals.hpp"

namespace spikemesh::sim {

void add(Outcome& to, const Outcome& from) {
  std::vector<std::uint64_t> numbers;
  for_each_count(from,
                 [&](const auto&, const std::uint64_t& number) { numbers.push_back(number); });
  std::size_t next = 0;
  for_each_count(to, [&](const auto&, std::uint64_t& number) { number += numbers[next++]; });
}

Outcome sum(const Totals& totals) {
  Outcome all{.result = {}, .cases = 0};
  for (const auto& [config, total] : totals) add(all, total);
  return all;
}

namespace {

/// A table with a column a configuration, in parts that fit a wide terminal.
void print_columns(const Totals& totals, Against against) {
  fmt::print("\n{:<18}", "");
  for (const auto& [config, total] : totals) fmt::print("{:>11}", config);
  const auto row = [&](std::string_view name, auto value) {
    fmt::print("\n  {:<16}", name);
    for (const auto& [config, total] : totals) fmt::print("{:>11}", value(total));
  };
  row("cases", [](const Outcome& total) { return total.cases; });
  row("(over pins)", [](const Outcome& total) { return total.pin_cases; });
  row("(learning)", [](const Outcome& total) { return total.learning_cases; });
  row("cycles", [](const Outcome& total) { return total.result.cycles; });
  if (against == Against::order) {
    fmt::print("\nRTL tiles");
    row("flits in order", [](const Outcome& total) { return total.tile_flits; });
  }
  if (against == Against::cycles) {
    fmt::print("\nmodel = RTL");
    for (unsigned kind = 0; kind < kEventKinds; ++kind)
      row(spec::kEvents[kind].name, [&](const Outcome& total) { return total.compared[kind]; });
    row("tx pin changes", [](const Outcome& total) { return total.pin_changes; });
    row("bytes sent", [](const Outcome& total) { return total.bytes; });
  }
  fmt::print("\n= reference");
  row("steps", [](const Outcome& total) { return total.result.steps; });
  row("spikes to host", [](const Outcome& total) { return total.result.host_spikes; });
  row("memory words", [](const Outcome& total) { return total.result.words; });
  row("segments", [](const Outcome& total) { return total.result.segments; });
  row("(not: late)", [](const Outcome& total) { return total.result.late_segments; });
  fmt::print("\nedges");
  row("Updates skipped", [](const Outcome& total) { return total.result.skipped_updates; });
  row("emit_stalls", [](const Outcome& total) { return total.result.emit_stalls; });
  row("saturations", [](const Outcome& total) { return total.result.saturations; });
  fmt::print("\n");
}

}  // namespace

void print_table(const Totals& totals, Against against) {
  constexpr std::size_t kColumns = 8;
  Totals part;
  for (const auto& [config, total] : totals) {
    part.emplace(config, total);
    if (part.size() < kColumns) continue;
    print_columns(part, against);
    part.clear();
  }
  if (!part.empty()) print_columns(part, against);
}

void print_bins(const Outcome& sum) {
  fmt::print("\nbins (hits)");
  for (std::size_t i = 0; i < kBins; ++i) {
    fmt::print("{}  {:<22}{:>12}", i % 3 == 0 ? "\n" : "", kBinInfo[i].name, sum.result.bins[i]);
  }
  fmt::print("\n");
}

bool nothing_missing(const Outcome& sum, Against against) {
  bool all = sum.result.host_spikes != 0 && sum.result.words != 0;
  if (!all) fmt::print("FAILED: no spike, or no word, was compared with the reference\n");
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    if (sum.compared[kind] != 0 || against != Against::cycles) continue;
    fmt::print("FAILED: no event of kind {} was compared\n", spec::kEvents[kind].name);
    all = false;
  }
  if (against == Against::order && sum.tile_flits == 0) {
    fmt::print("FAILED: no flit left an RTL tile, so nothing is known of their order\n");
    all = false;
  }
  return all;
}

bool all_bins_hit(const Outcome& sum) {
  std::size_t hit = 0;
  for (std::size_t i = 0; i < kBins; ++i) {
    if (sum.result.bins[i] != 0) {
      ++hit;
      continue;
    }
    const BinInfo& bin = kBinInfo[i];
    fmt::print("FAILED: bin '{}' was not hit: never {}. Try more cases, or another --seed{}{}\n",
               bin.name, bin.seen, bin.reach.empty() ? "" : "; it takes ", bin.reach);
  }
  fmt::print("\n{} of {} bins hit\n", hit, kBins);
  return hit == kBins;
}

}  // namespace spikemesh::sim
