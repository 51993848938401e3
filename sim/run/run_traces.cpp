// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spikemesh/error.hpp"
#include "spikemesh/npy.hpp"

namespace spikemesh::sim {
namespace {

using Json = nlohmann::ordered_json;

/// Population names hold any character; file names should not.
std::string in_file_name(const std::string& name) {
  std::string text = name;
  for (char& c : text)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') c = '_';
  return text;
}

std::string stem_of(std::size_t number, const Probe& probe) {
  return fmt::format("record{}-{}{}{}-{}", number, to_string(probe.quantity),
                     probe.from.empty() ? "" : "-", in_file_name(probe.from),
                     in_file_name(probe.population));
}

/// Rows {pre, post, delay}.
std::vector<std::uint32_t> table_of(const std::vector<Trace::Synapse>& synapses) {
  std::vector<std::uint32_t> table;
  table.reserve(3 * synapses.size());
  for (const Trace::Synapse& each : synapses)
    table.insert(table.end(), {each.pre, each.post, each.delay});
  return table;
}

/// Writes the arrays of one trace; returns its entry of record.json.
Json write_trace(const std::filesystem::path& folder, const std::string& stem,
                 const RecordedTrace& recorded) {
  const Trace& trace = recorded.trace;
  const std::vector<std::size_t> shape{trace.samples, trace.steps.size(), trace.columns()};
  Json entry{{"probe", recorded.text},
             {"quantity", to_string(trace.probe.quantity)},
             {"population", trace.probe.population}};
  if (!trace.probe.from.empty()) entry["from"] = trace.probe.from;
  entry["file"] = stem + ".npy";
  entry["shape"] = shape;
  entry["first_step"] = trace.steps.empty() ? 0 : trace.steps.front();
  entry["every_steps"] = trace.probe.every;
  write_npy(folder / (stem + ".npy"), shape, std::span<const std::int32_t>(trace.values));
  if (trace.probe.quantity != Quantity::weight) {
    if (recorded.v_scale != 0) entry["v_scale"] = recorded.v_scale;
    entry["neurons"] = trace.neurons;
    return entry;
  }
  entry["synapses"] = stem + ".synapses.npy";
  entry["begin"] = stem + ".begin.npy";
  write_npy(folder / (stem + ".synapses.npy"), {trace.synapses.size(), 3},
            std::span<const std::uint32_t>(table_of(trace.synapses)));
  write_npy(folder / (stem + ".begin.npy"), {recorded.begin.size()},
            std::span<const std::int32_t>(recorded.begin));
  return entry;
}

std::string column_name(const Trace& trace, std::size_t column) {
  if (trace.synapses.empty())
    return fmt::format("{}[{}]", trace.probe.population, trace.neurons[column]);
  const Trace::Synapse& synapse = trace.synapses[column];
  return fmt::format("{}[{}] to {}[{}], delay {}", trace.probe.from, synapse.pre,
                     trace.probe.population, synapse.post, synapse.delay);
}

void expect_trace(const RecordedTrace& recorded, const Trace& wanted, const Rerun& rerun) {
  const Trace& trace = recorded.trace;
  const auto [ours, theirs] = std::mismatch(trace.values.begin(), trace.values.end(),
                                            wanted.values.begin(), wanted.values.end());
  if (ours == trace.values.end() && theirs == wanted.values.end()) return;
  const auto index = static_cast<std::size_t>(ours - trace.values.begin());
  const std::size_t row = index / trace.columns();
  throw Mismatch(fmt::format(
      "--record {} differs from the reference: sample {}, end of step {}, {}: {}, but {} in the "
      "reference; before it all were equal.\nseed: {}\nrerun with waves: {}\n",
      recorded.text, row / trace.steps.size(), trace.steps[row % trace.steps.size()],
      column_name(trace, index % trace.columns()), *ours, *theirs, rerun.seed, rerun.command));
}

}  // namespace

void write_traces(const std::filesystem::path& folder, const std::vector<RecordedTrace>& traces) {
  const std::filesystem::path index = folder / "record.json";
  std::error_code ignored;
  std::filesystem::remove(index, ignored);
  if (traces.empty()) return;
  Json root{{"schema", "spikemesh-record-1"}, {"traces", Json::array()}};
  for (std::size_t i = 0; i < traces.size(); ++i)
    root["traces"].push_back(write_trace(folder, stem_of(i, traces[i].trace.probe), traces[i]));
  std::ofstream out(index);
  out << root.dump(2) << '\n';
  if (!out.flush())
    throw InputError(index.string() + ": cannot be written; is there room, and the folder?");
}

void expect_traces(const std::vector<RecordedTrace>& traces,
                   const std::vector<RecordedTrace>& reference, const Rerun& rerun) {
  for (std::size_t i = 0; i < traces.size(); ++i)
    expect_trace(traces[i], reference[i].trace, rerun);
}

}  // namespace spikemesh::sim
