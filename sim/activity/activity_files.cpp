// SPDX-License-Identifier: Apache-2.0
#include "sim/activity/activity_files.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "spikemesh/npy.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kIndex = "activity.json";
constexpr const char* kMessages = "messages.csv";
constexpr const char* kArrays[] = {"steps", "cores", "links", "buffers", "spans"};

std::string file_of(const char* array) { return std::string("activity-") + array + ".npy"; }

template <class Key>
Json histogram_of(const std::map<Key, std::uint64_t>& counts) {
  Json rows = Json::array();
  for (const auto& [value, count] : counts) rows.push_back({value, count});
  return rows;
}

std::vector<std::int64_t> steps_of(const Activity& activity) {
  std::vector<std::int64_t> rows;
  for (const Activity::Window& each : activity.windows)
    for (const std::uint64_t value : {each.first_step, each.steps, each.cycles, each.shortest,
                                      each.longest, each.to_host, std::uint64_t{each.host_held}})
      rows.push_back(static_cast<std::int64_t>(value));
  return rows;
}

std::vector<std::int64_t> spans_of(const Activity& activity) {
  std::vector<std::int64_t> rows;
  for (const Activity::SpanRow& each : activity.spans) {
    rows.push_back(each.tile == Activity::kNoTile ? -1 : std::int64_t{each.tile});
    rows.push_back(static_cast<std::int64_t>(each.kind));
    rows.push_back(static_cast<std::int64_t>(each.span.from));
    rows.push_back(static_cast<std::int64_t>(each.span.to));
  }
  return rows;
}

std::string place_of(const Activity& activity, std::uint32_t tile) {
  if (tile == Activity::kNoTile) return "host,host";
  return fmt::format("{},{}", tile % activity.build.mesh_w, tile / activity.build.mesh_w);
}

void write_messages(const fs::path& path, const Activity& activity) {
  OutputFile file(path);
  std::ostream& out = file.stream();
  out << "step,source_x,source_y,target_x,target_y,axon,synapses,offered,entered,taken\n";
  for (const Activity::Message& each : activity.messages)
    out << fmt::format("{},{},{},{},{},{},{},{}\n", each.step, place_of(activity, each.source),
                       place_of(activity, each.target), each.axon, each.synapses, each.offered,
                       each.entered, each.taken);
  file.commit();
}

Json messages_of(const Activity& activity) {
  if (activity.messaged_steps == 0) return nullptr;
  return {{"file", kMessages}, {"complete_steps", activity.messaged_steps}};
}

Json index_of(const Activity& activity) {
  const auto file = [](const char* array, const auto& columns) {
    return Json{{"file", file_of(array)}, {"columns", columns}};
  };
  std::uint64_t steps = 0, cycles = 0;
  for (const Activity::Window& each : activity.windows) {
    steps += each.steps;
    cycles += each.cycles;
  }
  return {{"schema", "spikemesh-activity-1"},
          {"mesh_w", activity.build.mesh_w},
          {"mesh_h", activity.build.mesh_h},
          {"router_depth", activity.build.router_depth},
          {"core_depth", activity.build.core_depth},
          {"windows", activity.windows.size()},
          {"window_steps", activity.window_steps},
          {"steps", file("steps", Json{"first_step", "steps", "cycles", "shortest", "longest",
                                       "to_host", "host_held"})},
          {"cores", file("cores", kCoreQuantities)},
          {"links", file("links", Json{"local", "north", "east", "south", "west"})},
          {"buffers", file("buffers", Json{"local", "north", "east", "south", "west", "core"})},
          {"spans",
           {{"file", file_of("spans")},
            {"columns", {"tile", "kind", "from", "to"}},
            {"kinds", kSpanKinds},
            {"complete_steps", activity.spanned_steps}}},
          {"messages", messages_of(activity)},
          {"total", {{"steps", steps}, {"cycles", cycles}}},
          {"step_cycles", histogram_of(activity.step_cycles)},
          {"latency_cycles", histogram_of(activity.latency)}};
}

}  // namespace

void write_activity(const fs::path& folder, const Activity* activity) {
  std::error_code ignored;
  fs::remove(folder / kIndex, ignored);
  for (const char* array : kArrays) fs::remove(folder / file_of(array), ignored);
  fs::remove(folder / kMessages, ignored);
  if (activity == nullptr) return;
  const std::size_t windows = activity->windows.size(), tiles = activity->tiles();
  const auto write = [&](const char* array, const std::vector<std::size_t>& shape, auto values) {
    write_npy(folder / file_of(array), shape, values);
  };
  const auto steps = steps_of(*activity), spans = spans_of(*activity);
  write("steps", {windows, 7}, std::span<const std::int64_t>(steps));
  write("cores", {windows, tiles, kCoreQuantities.size()},
        std::span<const std::int64_t>(activity->cores));
  write("links", {windows, tiles, spec::kPorts}, std::span<const std::int64_t>(activity->links));
  write("buffers", {windows, tiles, Activity::kBuffers},
        std::span<const std::uint32_t>(activity->held));
  write("spans", {activity->spans.size(), 4}, std::span<const std::int64_t>(spans));
  if (activity->messaged_steps > 0) write_messages(folder / kMessages, *activity);
  OutputFile index(folder / kIndex);
  index.stream() << index_of(*activity).dump(1) << '\n';
  index.commit();
}

}  // namespace spikemesh::sim
