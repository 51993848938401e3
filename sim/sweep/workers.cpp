// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/workers.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "sim/sweep/hash.hpp"

namespace spikemesh::sim {
namespace {

constexpr auto kTell = std::chrono::milliseconds(100);

/// The ids in the order in which they are run: those that share a mapping one after another.
std::vector<std::uint64_t> by_mapping(const PointRunner& runner,
                                      const std::vector<std::uint64_t>& ids) {
  std::unordered_map<std::uint64_t, std::uint64_t> first;  // id with this mapping
  std::vector<std::pair<std::uint64_t, std::uint64_t>> keyed;
  for (const std::uint64_t id : ids) {
    const Point point = runner.point(id);
    Hash key;
    key.add(mapping_key(runner.design(point), runner.seed(point)));
    keyed.emplace_back(first.try_emplace(key.value(), id).first->second, id);
  }
  std::sort(keyed.begin(), keyed.end());
  std::vector<std::uint64_t> ordered;
  for (const auto& [group, id] : keyed) ordered.push_back(id);
  return ordered;
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

}  // namespace

void run_points(PointRunner& runner, Store& store, const std::vector<std::uint64_t>& ids,
                std::uint32_t jobs, const std::function<void(std::uint64_t done)>& tell) {
  tell(0);
  Workers workers(runner, store, by_mapping(runner, ids), jobs);
  while (!workers.wait()) tell(workers.done());
  tell(ids.size());
}

}  // namespace spikemesh::sim
