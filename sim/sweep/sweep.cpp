// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "sim/run/run_folder.hpp"
#include "sim/sweep/hash.hpp"
#include "sim/sweep/store.hpp"
#include "spikemesh/error.hpp"
#include "version.hpp"

namespace spikemesh::sim {
namespace {

constexpr auto kTell = std::chrono::milliseconds(100);

Identity identity_of(const SweepFile& sweep, std::uint64_t points) {
  Hash hash;
  hash.add(sweep.text);
  return {{"format", "1"},
          {"sweep_json", sweep.text},
          {"sweep_hash", fmt::format("{:016x}", hash.value())},
          {"inputs_hash", fmt::format("{:016x}", sweep.inputs_hash)},
          {"points", std::to_string(points)},
          {"version", SPIKEMESH_VERSION},
          {"commit", SPIKEMESH_COMMIT},
          {"spec_hash", fmt::format("0x{:08x}", spec::kSpecHash)}};
}

/// The ids of the shard that have no row, those that share a mapping one after another.
std::vector<std::uint64_t> ids_left(const PointRunner& runner, const Shard& shard,
                                    const std::vector<std::uint64_t>& done) {
  std::unordered_map<std::string, std::uint64_t> first;  // id with this mapping
  std::vector<std::pair<std::uint64_t, std::uint64_t>> left;
  for (std::uint64_t id = shard.part - 1; id < runner.size(); id += shard.of) {
    if (std::binary_search(done.begin(), done.end(), id)) continue;
    const Point point = runner.point(id);
    const std::string key = mapping_key(runner.design(point), runner.seed(point));
    left.emplace_back(first.try_emplace(key, id).first->second, id);
  }
  std::sort(left.begin(), left.end());
  std::vector<std::uint64_t> ids;
  for (const auto& [group, id] : left) ids.push_back(id);
  return ids;
}

/// Threads that run points until there are no more, or somebody says stop.
class Workers {
 public:
  Workers(PointRunner& runner, Store& store, std::vector<std::uint64_t> ids, std::uint32_t jobs)
      : runner_(runner), store_(store), ids_(std::move(ids)) {
    for (std::uint32_t i = 0;
         i < std::max<std::uint64_t>(1, std::min<std::uint64_t>(jobs, ids_.size())); ++i)
      threads_.emplace_back([this] { work(); });
  }
  ~Workers() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  std::uint64_t done() {
    const std::lock_guard lock(mutex_);
    return done_;
  }
  /// Waits for a while, or until all is done or one of them failed. Returns whether it is over.
  bool wait() {
    std::unique_lock lock(mutex_);
    const auto over = [&] { return failure_ || done_ == ids_.size(); };
    changed_.wait_for(lock, kTell, over);
    if (failure_) std::rethrow_exception(failure_);
    return over();
  }

 private:
  struct Stopped {};

  void work() {
    try {
      for (std::size_t i = next_++; i < ids_.size() && !stop_; i = next_++) {
        const Row row = runner_.run(runner_.point(ids_[i]), [this] {
          if (stop_) throw Stopped();
        });
        const std::lock_guard lock(mutex_);
        store_.add(row);
        if (++done_ == ids_.size()) changed_.notify_all();
      }
    } catch (const Stopped&) {
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  PointRunner& runner_;
  Store& store_;
  const std::vector<std::uint64_t> ids_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t done_ = 0;
  std::exception_ptr failure_;
  std::vector<std::thread> threads_;
};

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
  config.poisson = sweep.poisson;
  config.regular = sweep.regular;
  config.source_seed = sweep.own_source_seed ? request.source_seed : runner.seed(point);
  return config;
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
  Store store(options.out, identity_of(sweep, runner.size()));
  const std::vector<std::uint64_t> done = store.ids();
  std::vector<std::uint64_t> left = ids_left(runner, options.shard, done);
  SweepSummary summary;
  for (std::uint64_t id = options.shard.part - 1; id < runner.size(); id += options.shard.of)
    ++summary.points;
  const std::uint64_t before = summary.points - left.size();
  std::exception_ptr ended;
  {
    Workers workers(runner, store, std::move(left), options.jobs);
    try {
      do {
        if (options.progress) options.progress(before + workers.done(), summary.points);
      } while (!workers.wait());
    } catch (...) {
      ended = std::current_exception();
    }
    summary.ran = workers.done();
  }
  store.write_csv();
  if (ended) std::rethrow_exception(ended);
  summary.by_status = store.count_by_status();
  return summary;
}

}  // namespace spikemesh::sim
