// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "sim/hash.hpp"
#include "sim/run/run_folder.hpp"
#include "sim/run/version.hpp"
#include "sim/sweep/search.hpp"
#include "sim/sweep/store.hpp"
#include "sim/sweep/workers.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

Identity identity_of(const SweepFile& sweep, std::uint64_t points) {
  Hash hash;
  hash.add(sweep.text);
  return {{"format", "1"},
          {"sweep_json", sweep.text},
          {"sweep_hash", fmt::format("{:016x}", hash.value())},
          {"inputs_hash", fmt::format("{:016x}", sweep.inputs_hash)},
          {"points", std::to_string(points)},
          {"version", kVersion},
          {"commit", kCommit},
          {"spec_hash", fmt::format("0x{:08x}", spec::kSpecHash)}};
}

std::string text_of(const Identity& identity) {
  std::string text;
  for (const auto& [key, value] : identity) text += key + '=' + value + '\n';
  return text;
}

/// The ids of the shard that have no row.
std::vector<std::uint64_t> ids_left(std::uint64_t size, const Shard& shard,
                                    const std::vector<std::uint64_t>& done) {
  std::vector<std::uint64_t> left;
  for (std::uint64_t id = shard.part - 1; id < size; id += shard.of)
    if (!std::binary_search(done.begin(), done.end(), id)) left.push_back(id);
  return left;
}

RunConfig config_of(const SweepFile& sweep, const PointRunner& runner, const Point& point,
                    const PointRun& run) {
  const RunRequest& request = sweep.request;
  RunConfig config;
  config.network = sweep.network.source;
  config.input = request.inputs.empty() ? "" : request.inputs_name;
  config.executor = "model";
  config.clear = to_string(request.clear);
  config.dt_ms = sweep.network.dt_ms();
  config.steps = request.steps;
  config.samples = run.result.samples;
  config.seed = runner.seed(point);
  config.min_tiles = runner.design(point).min_tiles;
  config.period = runner.design(point).period;
  config.poisson = sweep.poisson;
  config.regular = sweep.regular;
  config.source_seed = sweep.own_source_seed ? request.source_seed : runner.seed(point);
  return config;
}

void count(const Store& store, SweepSummary& summary) {
  summary.by_status = store.count_by_status();
  std::map<std::string, std::uint64_t> reasons;
  store.for_each([&](const Row& row) {
    if (std::get<std::string>(row["status"]) == "failed")
      ++reasons[std::get<std::string>(row["reason"])];
  });
  summary.failures.assign(reasons.begin(), reasons.end());
  std::stable_sort(summary.failures.begin(), summary.failures.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
}

}  // namespace

Row run_one(const SweepFile& sweep, std::uint64_t id, const std::filesystem::path& out,
            const std::function<void()>& tell) {
  PointRunner runner(sweep, designs_of(sweep), 1);
  if (id >= runner.size())
    throw InputError(fmt::format("--point {}: {} has {} points, so choose 0..{}", id,
                                 sweep.path.string(), runner.size(), runner.size() - 1));
  RunFolder folder(out, {.shell = true});
  const Point point = runner.point(id);
  PointRun run;
  Row row = runner.run(point, tell, &run);
  if (std::get<std::string>(row["status"]) == "ok") {
    run.result.map_s = number_of(row["wall_map_s"]).value_or(0);
    run.result.load_s = number_of(row["wall_load_s"]).value_or(0);
    folder.write(config_of(sweep, runner, point, run), run.map, run.result);
  }
  return row;
}

SweepSummary run_sweep(const SweepFile& sweep, const SweepOptions& options) {
  PointRunner runner(sweep, designs_of(sweep), std::size_t{options.jobs} + 1);
  const Identity identity = identity_of(sweep, runner.size());
  std::optional<RankDesk> desk;
  if (options.ranks != nullptr) {
    if (options.ranks->rank() != 0) {
      work_for_rank_0(runner, *options.ranks, text_of(identity), options.jobs);
      return {};
    }
    desk.emplace(*options.ranks, text_of(identity));
  }
  RankDesk* const others = desk ? &*desk : nullptr;
  Store store(options.out, identity);
  SweepSummary summary;
  std::exception_ptr ended;
  const std::size_t before = store.ids().size();
  try {
    if (sweep.search) {
      summary.points = search_points(sweep, runner, store, options, others);
    } else {
      const Shard& shard = options.shard;
      const std::vector<std::uint64_t> left = ids_left(runner.size(), shard, store.ids());
      summary.points = (runner.size() + shard.of - shard.part) / shard.of;
      run_points(runner, store, left, options.jobs, others, [&](std::uint64_t done) {
        if (options.progress) options.progress(summary.points - left.size() + done, summary.points);
      });
    }
  } catch (...) {
    ended = std::current_exception();
  }
  store.write_csv();
  if (ended) std::rethrow_exception(ended);
  if (desk) desk->end();
  summary.ran = store.ids().size() - before;
  count(store, summary);
  return summary;
}

}  // namespace spikemesh::sim
