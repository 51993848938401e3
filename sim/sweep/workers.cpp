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

#include "sim/hash.hpp"

namespace spikemesh::sim {
namespace {

constexpr auto kTell = std::chrono::milliseconds(100);
constexpr auto kServe = std::chrono::milliseconds(1);
constexpr std::size_t kShares = 4;  ///< that a rank gets at least, where there are enough points

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
  Workers(PointRunner& runner, Store& store, std::vector<std::uint64_t> ids, std::uint32_t jobs,
          RankDesk* desk)
      : runner_(runner), store_(store), ids_(std::move(ids)), desk_(desk) {
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
    const auto over = [&] { return failure_ || done_ == ids_.size(); };
    const auto until = std::chrono::steady_clock::now() + kTell;
    do {
      if (desk_ != nullptr) serve();
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, desk_ != nullptr ? kServe : kTell, over);
      if (failure_) std::rethrow_exception(failure_);
      if (over()) return true;
    } while (std::chrono::steady_clock::now() < until);
    return false;
  }

 private:
  struct Stopped {};

  void work() {
    try {
      for (std::size_t i = next_++; i < ids_.size() && !stop_; i = next_++) {
        const Row row = runner_.run(runner_.point(ids_[i]), [this] {
          if (stop_) throw Stopped();
        });
        add(row);
      }
    } catch (const Stopped&) {
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!failure_) failure_ = std::current_exception();
      changed_.notify_all();
    }
  }

  void add(const Row& row) {
    const std::lock_guard lock(mutex_);
    store_.add(row);
    if (++done_ == ids_.size()) changed_.notify_all();
  }
  /// Gives points to ranks that wait for some, fewer towards the end.
  void serve() {
    desk_->serve(
        [&](std::size_t most) {
          const std::size_t begin = std::min(next_.load(), ids_.size());
          const std::size_t share = (ids_.size() - begin) / (kShares * threads_.size() + kShares);
          const std::size_t first = next_.fetch_add(std::clamp<std::size_t>(share, 1, most));
          const auto at = [&](std::size_t place) {
            return ids_.begin() + static_cast<std::ptrdiff_t>(std::min(place, ids_.size()));
          };
          return std::vector(at(first), at(first + std::clamp<std::size_t>(share, 1, most)));
        },
        [&](const Row& row) { add(row); });
  }

  PointRunner& runner_;
  Store& store_;
  const std::vector<std::uint64_t> ids_;
  RankDesk* const desk_;
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
                std::uint32_t jobs, RankDesk* desk,
                const std::function<void(std::uint64_t done)>& tell) {
  tell(0);
  Workers workers(runner, store, by_mapping(runner, ids), jobs, desk);
  while (!workers.wait()) tell(workers.done());
  tell(ids.size());
}

}  // namespace spikemesh::sim
