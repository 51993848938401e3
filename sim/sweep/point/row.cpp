// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/point/row.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "sim/sweep/point/design.hpp"

namespace spikemesh::sim {
namespace {

using Type = Column::Type;

void add(std::vector<Column>& all, Type type, std::initializer_list<std::string_view> names,
         bool wall = false) {
  for (const std::string_view name : names) all.push_back({std::string(name), type, wall});
}

std::vector<Column> make_columns() {
  std::vector<Column> all;
  add(all, Type::integer, {"id", "design", "repeat", "seed"});
  add(all, Type::text, {"status", "reason"});
  add(all, Type::integer, {"feasible"});
  for (const spec::BuildRule& rule : spec::kBuildRules) add(all, Type::integer, {rule.name});
  add(all, Type::integer, {"min_tiles", "period"});
  add(all, Type::real, {"split_weights", "clock_mhz", "baud"});
  add(all, Type::text, {"placement"});
  add(all, Type::integer,
      {"tiles", "memory_bits", "block_rams", "luts", "ffs", "steps", "cycles", "cycles_median",
       "cycles_p99", "cycles_worst", "stretched", "elapsed_cycles", "input_spikes", "spikes",
       "recorded_spikes"});
  add(all, Type::text, {"spike_hash"});
  add(all, Type::integer,
      {"packets", "emitted", "synapse_events", "updates", "weight_updates", "saturations",
       "emit_stalls", "inject_stalls", "ring_out_stalls", "flit_hops", "peak_link_flits"});
  add(all, Type::real, {"transit_cycles", "chip_ms", "link_ms"});
  add(all, Type::text, {"version", "commit", "spec_hash", "config", "command"});
  add(all, Type::real, {"wall_map_s"}, true);
  add(all, Type::integer, {"map_shared"}, true);
  add(all, Type::real, {"wall_load_s", "wall_run_s"}, true);
  return all;
}

std::size_t index_of(std::string_view name) {
  const auto found = find_column(name);
  if (!found) throw std::logic_error("sweep: no column " + std::string(name));
  return *found;
}

}  // namespace

const std::vector<Column>& columns() {
  static const std::vector<Column> all = make_columns();
  return all;
}

std::optional<std::size_t> find_column(std::string_view name) {
  const auto found = std::find_if(columns().begin(), columns().end(),
                                  [&](const Column& column) { return column.name == name; });
  if (found == columns().end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns().begin());
}

void Row::set(std::string_view name, Cell cell) { cells_[index_of(name)] = std::move(cell); }

const Cell& Row::operator[](std::string_view name) const { return cells_[index_of(name)]; }

std::optional<double> number_of(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return *real;
  return std::nullopt;
}

std::string csv_text(const Cell& cell) {
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&cell)) return fmt::format("{}", *real);
  if (std::holds_alternative<std::monostate>(cell)) return "";
  const std::string& text = std::get<std::string>(cell);
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char each : text) quoted += each == '"' ? std::string("\"\"") : std::string(1, each);
  return quoted + "\"";
}

}  // namespace spikemesh::sim
