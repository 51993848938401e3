// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "sim/activity/activity_files.hpp"
#include "sim/run/version.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// Paths are bytes, JSON is UTF-8: what is none is replaced.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

template <typename Value>
Json counters_of(Value&& value) {
  Json counters = Json::object();
  for (std::uint32_t i = 0; i < spec::kCounters; ++i) {
    const auto which = static_cast<spec::Counter>(i);
    counters[std::string(spec::to_string(which))] = value(which);
  }
  return counters;
}

Json tiles_of(const MachineStats& stats) {
  Json tiles = Json::array();
  for (const MachineStats::Tile& tile : stats.tiles) {
    const spec::Tile at = spec::Tile::unpack(tile.tile);
    Json entry{{"x", at.x}, {"y", at.y}};
    entry.update(counters_of([&](spec::Counter which) { return tile[which]; }));
    tiles.push_back(std::move(entry));
  }
  return tiles;
}

Json recorded_of(const RunResult& result) {
  Json all = Json::array();
  for (const RunResult::Recorded& each : result.recorded) {
    Json entry{{"population", each.population}, {"neurons", each.neurons.size()}, {"of", each.of}};
    if (each.neurons.size() < each.of) entry["indices"] = each.neurons;
    all.push_back(std::move(entry));
  }
  return all;
}

/// Counters that could not be read, or may have wrapped, are null: they are not known.
void add_counters(Json& root, const RunResult& result) {
  for (const char* key : {"counters", "host", "tiles"}) root[key] = nullptr;
  if (!result.stats) return;
  const MachineStats& stats = *result.stats;
  if (!stats.exact) return;
  root["counters"] = counters_of([&](spec::Counter which) { return stats.total(which); });
  root["host"] = {{"stretched", stats.stretched},
                  {"late_entries", stats.late_entries},
                  {"bad_entries", stats.bad_entries},
                  {"lost_spikes", stats.lost_spikes},
                  {"ring_out_stalls", stats.ring_out_stalls},
                  {"inject_stalls", stats.inject_stalls}};
  root["tiles"] = tiles_of(stats);
}

Json rows_of(const HardSteps::Histogram& histogram) {
  Json rows = Json::array();
  for (const auto& [value, count] : histogram) rows.push_back({value, count});
  return rows;
}

Json hard_steps_of(const HardSteps& hard) {
  Json spikes = Json::array();
  for (const SpikeDeviation& each : hard.spikes)
    spikes.push_back({{"population", each.population},
                      {"spikes", each.spikes},
                      {"ideal_spikes", each.ideal_spikes},
                      {"missing", each.missing},
                      {"added", each.added},
                      {"interval_trains", each.interval_trains},
                      {"interval_distortion", each.interval_distortion},
                      {"paired", each.paired},
                      {"spike_disorder", each.spike_disorder}});
  return {{"period", hard.period},
          {"steps", hard.steps},
          {"longer", hard.longer},
          {"packets", hard.packets},
          {"late", hard.late},
          {"overtaken", hard.overtaken},
          {"late_steps", rows_of(hard.late_steps)},
          {"latency_cycles", rows_of(hard.latency_cycles)},
          {"spikes", std::move(spikes)}};
}

/// Of the samples that the program early-exit ended.
Json early_exit_of(const RunConfig& config, const RunResult& result) {
  std::uint64_t answered = 0;
  for (const RunResult::Answer& each : result.answers) answered += each.neuron ? 1 : 0;
  return {{"samples", result.answers.size()},
          {"answered", answered},
          {"steps", result.steps},
          {"steps_asked", config.steps * result.answers.size()}};
}

Json stats_of(const RunConfig& config, const RunResult& result) {
  Json root{{"schema", "spikemesh-stats-1"},
            {"executor", config.executor},
            {"complete", result.why.empty()},
            {"samples", config.samples},
            {"steps", result.steps},
            {"cycles", result.stats ? Json(result.stats->cycles) : Json()},
            {"input_spikes", result.input_spikes},
            {"spikes", result.spikes.size()},
            {"recorded", recorded_of(result)},
            {"wall_s", {{"map", result.map_s}, {"load", result.load_s}, {"run", result.run_s}}}};
  if (!result.why.empty()) root["ended_by"] = result.why;
  add_counters(root, result);
  if (result.hard_steps) root["hard_steps"] = hard_steps_of(*result.hard_steps);
  if (result.early_exit) root["early_exit"] = early_exit_of(config, result);
  return root;
}

/// What the program early-exit answered; an empty neuron: nothing.
void write_answers(std::ostream& file, const std::vector<RunResult::Answer>& answers) {
  file << "sample,neuron,steps,margin\n";
  for (const RunResult::Answer& each : answers)
    file << fmt::format("{},{},{},{}\n", each.sample,
                        each.neuron ? std::to_string(*each.neuron) : "", each.steps, each.margin);
}

Json config_of(const RunConfig& config, const MapReport& map) {
  return {{"schema", "spikemesh-run-1"},
          {"version", kVersion},
          {"commit", kCommit},
          {"spec_hash", fmt::format("0x{:08x}", spec::kSpecHash)},
          {"network", config.network},
          {"input", config.input},
          {"events", config.events},
          {"event_layout", config.event_layout},
          {"poisson", config.poisson},
          {"regular", config.regular},
          {"source_seed", config.source_seed},
          {"record", config.record},
          {"executor", config.executor},
          {"dt_ms", config.dt_ms},
          {"steps", config.steps},
          {"samples", config.samples},
          {"clear", config.clear},
          {"period", config.period},
          {"hard_steps", config.hard_steps},
          {"firmware", config.firmware},
          {"seed", config.seed},
          {"min_tiles", config.min_tiles},
          {"split_weights", map.conversion.split_weights},
          {"relays", map.conversion.relays_wanted},
          {"build", Json::parse(to_json(map.build))}};
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder, const OptionStyle& style) : path_(folder) {
  const std::string option = style.name("out");
  if (path_.empty()) throw InputError(option + ": it is empty; name a folder");
  const auto fail = [&](const std::string& why) {
    throw InputError(fmt::format("{} {}: {}", option, path_.string(), why));
  };
  std::error_code error;
  made_ = !fs::exists(path_, error);
  fs::create_directories(path_, error);
  if (error) fail(error.message() + "; choose a folder that can be made");
  lock_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0 || ::access(path_.c_str(), W_OK | X_OK) != 0)
    fail("nothing can be written there; choose another folder, or change its permissions");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    fail("another run writes into this folder; wait until it is over, or choose another");
}

RunFolder::~RunFolder() {
  std::error_code not_empty;
  if (made_) fs::remove(path_, not_empty);
  if (lock_ >= 0) ::close(lock_);
}

template <typename Write>
void RunFolder::write_file(const char* name, Write&& write) const {
  OutputFile file(path_ / name);
  write(file.stream());
  file.commit();
}

void RunFolder::write(const RunConfig& config, const MapReport& map, const RunResult& result) {
  write_file("spikes.csv", [&](std::ostream& file) { write_spikes(file, result.spikes); });
  write_file("stats.json", [&](std::ostream& file) { file << text_of(stats_of(config, result)); });
  write_file("config.json", [&](std::ostream& file) { file << text_of(config_of(config, map)); });
  write_file("map.json", [&](std::ostream& file) { file << to_json(map); });
  write_traces(path_, result.traces);
  if (result.early_exit)
    write_file("answers.csv", [&](std::ostream& file) { write_answers(file, result.answers); });
  else
    fs::remove(path_ / "answers.csv");
  write_activity(path_, result.activity.get());
}

std::string hard_steps_json(const HardSteps& hard) { return hard_steps_of(hard).dump(); }

std::string summary_json(const fs::path& folder, const RunConfig& config, const RunResult& result) {
  Json root = stats_of(config, result);
  root["folder"] = folder.string();
  return text_of(root);
}

SavedRun read_run_folder(const fs::path& folder) {
  SavedRun run{read_input(folder / "config.json"),
               read_input(folder / "stats.json"),
               read_input(folder / "map.json"),
               read_spikes(folder / "spikes.csv"),
               {}};
  run.traces = read_traces(folder);
  return run;
}

}  // namespace spikemesh::sim
