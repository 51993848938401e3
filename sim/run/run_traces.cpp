// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_traces.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/npy.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kIndex = "record.json";

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

constexpr const char* kUnits[] = {"v_scale", "v_rest", "v_threshold", "i_scale", "weight_scale"};

/// One number where all columns have the same.
void write_units(Json& entry, const RecordedTrace& recorded) {
  for (const char* key : kUnits) {
    const auto found = recorded.units.find(key);
    if (found == recorded.units.end() || found->second.empty()) continue;
    const std::vector<double>& each = found->second;
    const bool equal =
        std::adjacent_find(each.begin(), each.end(), std::not_equal_to<>()) == each.end();
    entry[key] = equal ? Json(each.front()) : Json(each);
  }
}

void read_units(const Json& entry, RecordedTrace& recorded) {
  const std::size_t columns = recorded.trace.columns();
  for (const char* key : kUnits)
    if (const auto found = entry.find(key); found != entry.end())
      recorded.units[key] = found->is_array() ? found->get<std::vector<double>>()
                                              : std::vector<double>(columns, found->get<double>());
}

/// Writes the arrays of one trace; returns its entry of record.json.
Json write_trace(const fs::path& folder, const std::string& stem, const RecordedTrace& recorded) {
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
  write_units(entry, recorded);
  if (trace.probe.quantity != Quantity::weight) {
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

/// record.json first: what it names is there as long as it is.
void remove_earlier(const fs::path& folder) {
  std::error_code ignored;
  fs::remove(folder / kIndex, ignored);
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const std::size_t digits = name.find_first_not_of("0123456789", 6);
    if (name.starts_with("record") && digits > 6 && digits != std::string::npos &&
        name[digits] == '-' && name.ends_with(".npy"))
      fs::remove(entry.path(), ignored);
  }
}

template <typename Number>
std::vector<Number> column_of(const Npy& array) {
  const std::vector<double>& values = array.fields.front().values;
  return {values.begin(), values.end()};
}

RecordedTrace read_trace(const fs::path& folder, const Json& entry) {
  RecordedTrace recorded{.text = entry.at("probe").get<std::string>()};
  Trace& trace = recorded.trace;
  trace.probe = parse_probe(recorded.text, kIndex);
  const Npy values = read_npy(folder / entry.at("file").get<std::string>());
  if (values.shape.size() != 3 || values.fields.size() != 1)
    throw InputError(fmt::format("{}: an array [sample][row][column] is needed",
                                 entry.at("file").get<std::string>()));
  trace.samples = static_cast<std::uint32_t>(values.shape[0]);
  trace.values = column_of<std::int32_t>(values);
  const auto first = entry.at("first_step").get<std::uint64_t>();
  for (std::size_t row = 0; row < values.shape[1]; ++row)
    trace.steps.push_back(first + row * trace.probe.every);
  if (trace.probe.quantity != Quantity::weight) {
    trace.neurons = entry.at("neurons").get<std::vector<std::uint32_t>>();
    read_units(entry, recorded);
    return recorded;
  }
  const auto table =
      column_of<std::uint32_t>(read_npy(folder / entry.at("synapses").get<std::string>()));
  for (std::size_t i = 0; i + 2 < table.size(); i += 3)
    trace.synapses.push_back({table[i], table[i + 1], table[i + 2]});
  recorded.begin = column_of<std::int32_t>(read_npy(folder / entry.at("begin").get<std::string>()));
  read_units(entry, recorded);
  return recorded;
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

void write_traces(const fs::path& folder, const std::vector<RecordedTrace>& traces) {
  remove_earlier(folder);
  if (traces.empty()) return;
  Json root{{"schema", "spikemesh-record-1"}, {"traces", Json::array()}};
  for (std::size_t i = 0; i < traces.size(); ++i)
    root["traces"].push_back(write_trace(folder, stem_of(i, traces[i].trace.probe), traces[i]));
  OutputFile index(folder / kIndex);
  index.stream() << root.dump(2) << '\n';
  index.commit();
}

std::vector<RecordedTrace> read_traces(const fs::path& folder) {
  const fs::path path = folder / kIndex;
  std::error_code none;
  if (!fs::exists(path, none)) return {};
  try {
    const Json root = Json::parse(read_input(path));
    std::vector<RecordedTrace> traces;
    for (const Json& entry : root.at("traces")) traces.push_back(read_trace(folder, entry));
    return traces;
  } catch (const Json::exception&) {
    throw InputError(path.string() +
                     ": this is not what a run writes; run again to have it written again");
  }
}

void expect_traces(const std::vector<RecordedTrace>& traces,
                   const std::vector<RecordedTrace>& reference, const Rerun& rerun) {
  for (std::size_t i = 0; i < traces.size(); ++i)
    expect_trace(traces[i], reference[i].trace, rerun);
}

}  // namespace spikemesh::sim
