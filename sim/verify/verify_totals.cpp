// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify_totals.hpp"

#include <tuple>

#include "spikemesh/build.hpp"

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

std::string name_of(const spec::TileWord& word, const spec::Field& field) {
  return fmt::format("{} {}", word.name, field.name);
}

/// A table with a column a configuration, in parts that fit a wide terminal.
void print_columns(const Totals& totals, Against against, const RtlTiles& tiles) {
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
  if (!tiles.empty())
    fmt::print("\nRTL tiles{}", against == Against::order ? ", flits in order" : "");
  for (std::size_t i = 0; i < tiles.places.size(); ++i)
    row(fmt::format("flits of ({},{})", tiles.places[i].x, tiles.places[i].y),
        [i](const Outcome& total) { return total.tile_flits[i]; });
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

void print_table(const Totals& totals, Against against, const RtlTiles& tiles) {
  constexpr std::size_t kColumns = 8;
  Totals part;
  for (const auto& [config, total] : totals) {
    part.emplace(config, total);
    if (part.size() < kColumns) continue;
    print_columns(part, against, tiles);
    part.clear();
  }
  if (!part.empty()) print_columns(part, against, tiles);
}

void print_bins(const Outcome& sum) {
  fmt::print("\nbins (hits)");
  for (std::size_t i = 0; i < kBins; ++i) {
    fmt::print("{}  {:<22}{:>12}", i % 3 == 0 ? "\n" : "", kBinInfo[i].name, sum.result.bins[i]);
  }
  fmt::print("\n");
}

void print_limits(const Outcome& sum) {
  fmt::print("\nfields at their limits (writes)\n  {:<28}", "");
  for (const std::string_view name : kLimitNames) fmt::print("{:>9}", name);
  std::size_t at = 0;
  for (const spec::TileWord& word : spec::kTileWords) {
    for (const spec::Field& field : word.fields) {
      fmt::print("\n  {:<28}", name_of(word, field));
      for (std::size_t limit = 0; limit < kLimits; ++limit)
        fmt::print("{:>9}", sum.result.limits[at++]);
    }
  }
  fmt::print("\n");
}

bool all_limits_hit(const Outcome& sum, const std::set<std::string>& builds) {
  std::array<bool, std::tuple_size_v<LimitCounts>> there{};
  for (const std::string& name : builds) {
    const std::vector<FieldLimits> fields = field_limits(load_build(name));
    for (std::size_t i = 0; i < there.size(); ++i)
      there[i] = there[i] || fields[i / kLimits].values[i % kLimits].has_value();
  }
  std::size_t hit = 0, all = 0, at = 0;
  for (const spec::TileWord& word : spec::kTileWords) {
    for (const spec::Field& field : word.fields) {
      for (const std::string_view limit : kLimitNames) {
        const std::size_t i = at++;
        all += there[i] ? 1 : 0;
        hit += there[i] && sum.result.limits[i] != 0 ? 1 : 0;
        if (!there[i] || sum.result.limits[i] != 0) continue;
        fmt::print(
            "FAILED: {} was never written with its {} value. Try more cases, or another "
            "--seed\n",
            name_of(word, field), limit);
      }
    }
  }
  fmt::print("\n{} of {} limits of fields hit\n", hit, all);
  return hit == all;
}

bool nothing_missing(const Outcome& sum, Against against, const RtlTiles& tiles) {
  bool all = sum.result.host_spikes != 0 && sum.result.words != 0;
  if (!all) fmt::print("FAILED: no spike, or no word, was compared with the reference\n");
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    if (sum.compared[kind] != 0 || against != Against::cycles) continue;
    fmt::print("FAILED: no event of kind {} was compared\n", spec::kEvents[kind].name);
    all = false;
  }
  for (std::size_t i = 0; i < tiles.places.size(); ++i) {
    if (sum.tile_flits[i] != 0) continue;
    fmt::print("FAILED: no flit crossed RTL tile ({},{}), so nothing is known about it\n",
               tiles.places[i].x, tiles.places[i].y);
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
