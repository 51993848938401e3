// SPDX-License-Identifier: Apache-2.0
#include "sim/run/run_folder.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "version.hpp"

namespace spikemesh::sim {
namespace {

using Json = nlohmann::ordered_json;
using Tile = MachineStats::Tile;

struct CounterName {
  const char* name;
  std::uint32_t Tile::*member;
};
constexpr CounterName kCounters[] = {
    {"spikes", &Tile::spikes},
    {"packets", &Tile::packets},
    {"synapse_events", &Tile::synapse_events},
    {"emitted", &Tile::emitted},
    {"emit_stalls", &Tile::emit_stalls},
    {"saturations", &Tile::saturations},
    {"updates", &Tile::updates},
    {"weight_updates", &Tile::weight_updates},
    {"clips_min", &Tile::clips_min},
    {"clips_max", &Tile::clips_max},
};

/// Of one tile; counters wrap at 32 bit, differences do not.
Tile difference(const RunResult& result, std::size_t i) {
  Tile tile = result.after.tiles[i];
  if (i < result.before.tiles.size())
    for (const CounterName& counter : kCounters)
      tile.*counter.member -= result.before.tiles[i].*counter.member;
  return tile;
}

Json counters_of(const RunResult& result) {
  Json sums = Json::object();
  for (const CounterName& counter : kCounters) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < result.after.tiles.size(); ++i)
      sum += difference(result, i).*counter.member;
    sums[counter.name] = sum;
  }
  return sums;
}

Json tiles_of(const RunResult& result) {
  Json tiles = Json::array();
  for (std::size_t i = 0; i < result.after.tiles.size(); ++i) {
    const Tile tile = difference(result, i);
    const spec::Tile at = spec::Tile::unpack(tile.tile);
    Json entry{{"x", at.x}, {"y", at.y}};
    for (const CounterName& counter : kCounters) entry[counter.name] = tile.*counter.member;
    tiles.push_back(std::move(entry));
  }
  return tiles;
}

Json recorded_of(const RunResult& result) {
  Json all = Json::array();
  for (const RunResult::Recorded& each : result.recorded)
    all.push_back({{"population", each.population}, {"neurons", each.neurons}, {"of", each.of}});
  return all;
}

Json stats_of(const RunConfig& config, const RunResult& result) {
  const MachineStats &before = result.before, &after = result.after;
  return {{"schema", "spikemesh-stats-1"},
          {"executor", config.executor},
          {"samples", config.samples},
          {"steps", result.steps},
          {"cycles", after.cycles - before.cycles},
          {"input_spikes", result.input_spikes},
          {"spikes", result.spikes.size()},
          {"recorded", recorded_of(result)},
          {"wall_s", {{"map", result.map_s}, {"load", result.load_s}, {"run", result.run_s}}},
          {"counters", counters_of(result)},
          {"host",
           {{"stretched", after.stretched - before.stretched},
            {"late_entries", after.late_entries - before.late_entries},
            {"bad_entries", after.bad_entries - before.bad_entries},
            {"lost_spikes", after.lost_spikes - before.lost_spikes},
            {"ring_out_stalls", after.out_stalls - before.out_stalls},
            {"inject_stalls", after.in_stalls - before.in_stalls}}},
          {"tiles", tiles_of(result)}};
}

Json config_of(const RunConfig& config, const spec::Build& build) {
  return {{"schema", "spikemesh-run-1"},
          {"version", SPIKEMESH_VERSION},
          {"commit", SPIKEMESH_COMMIT},
          {"spec_hash", fmt::format("0x{:08x}", spec::kSpecHash)},
          {"network", config.network},
          {"input", config.input},
          {"poisson", config.poisson},
          {"regular", config.regular},
          {"source_seed", config.source_seed},
          {"record", config.record},
          {"executor", config.executor},
          {"dt_ms", config.dt_ms},
          {"steps", config.steps},
          {"samples", config.samples},
          {"clear", config.clear},
          {"seed", config.seed},
          {"min_tiles", config.min_tiles},
          {"build", Json::parse(to_json(build))}};
}

class Folder {
 public:
  explicit Folder(std::filesystem::path path) : path_(std::move(path)) {
    if (path_.empty()) throw InputError("--out: it is empty; name a folder");
    std::error_code error;
    std::filesystem::create_directories(path_, error);
    if (error)
      throw InputError(fmt::format("--out {}: {}; choose a folder that can be made", path_.string(),
                                   error.message()));
  }
  const std::filesystem::path& path() const { return path_; }
  template <typename Write>
  void write(const char* name, Write&& write) const {
    std::ofstream out(path_ / name);
    write(out);
    if (!out.flush())
      throw InputError(fmt::format("{}: cannot be written; check room and permissions",
                                   (path_ / name).string()));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace

RunFolder::RunFolder(const std::string& folder) {
  const bool there = std::filesystem::exists(folder);
  const Folder made(folder);
  if (!there) made_ = folder;
}

RunFolder::~RunFolder() {
  std::error_code not_empty;
  if (!made_.empty()) std::filesystem::remove(made_, not_empty);
}

void write_run_folder(const std::string& folder, const RunConfig& config, const MapReport& map,
                      const RunResult& result) {
  const Folder out(folder);
  out.write("spikes.csv", [&](std::ostream& file) { write_spikes(file, result.spikes); });
  out.write("config.json",
            [&](std::ostream& file) { file << config_of(config, map.build).dump(2) << '\n'; });
  out.write("map.json", [&](std::ostream& file) { file << to_json(map); });
  out.write("stats.json",
            [&](std::ostream& file) { file << stats_of(config, result).dump(2) << '\n'; });
  write_traces(out.path(), result.traces);
}

std::string summary_json(const std::string& folder, const RunConfig& config,
                         const RunResult& result) {
  Json root = stats_of(config, result);
  root["folder"] = folder;
  return root.dump(2) + "\n";
}

MachineStats::Tile total_counters(const RunResult& result) {
  Tile sum;
  for (std::size_t i = 0; i < result.after.tiles.size(); ++i)
    for (const CounterName& counter : kCounters)
      sum.*counter.member += difference(result, i).*counter.member;
  return sum;
}

}  // namespace spikemesh::sim
