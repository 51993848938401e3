// SPDX-License-Identifier: Apache-2.0
// lib/spikemesh/ranks.so: what join_ranks() opens.
#include <mpi.h>

#include <chrono>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "sim/ranks/ranks.hpp"

namespace spikemesh::sim {
namespace {

/// Between two looks for a text. MPI itself would look without a pause, and keep a core busy.
constexpr auto kPause = std::chrono::microseconds(200);

/// MPI ends the whole command when one of its calls fails, so no call is checked here.
class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    int granted = MPI_THREAD_SINGLE;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &granted);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    counts_.resize(static_cast<std::size_t>(size_));
    begins_.resize(static_cast<std::size_t>(size_));
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  void send(int to, int tag, const std::string& text) override {
    MPI_Request request{};
    const std::unique_lock lock(mutex_);
    MPI_Isend(text.data(), static_cast<int>(text.size()), MPI_CHAR, to, tag, MPI_COMM_WORLD,
              &request);
    wait(request);
  }
  std::string receive(int from, int tag) override {
    for (;;) {
      if (auto letter = probe(from, tag)) return std::move(letter->text);
      std::this_thread::sleep_for(kPause);
    }
  }
  std::optional<Letter> poll() override { return probe(MPI_ANY_SOURCE, MPI_ANY_TAG); }
  std::vector<std::uint32_t> gather(std::span<const std::uint32_t> mine) override {
    const std::lock_guard lock(mutex_);
    const int count = static_cast<int>(mine.size());
    MPI_Allgather(&count, 1, MPI_INT, counts_.data(), 1, MPI_INT, MPI_COMM_WORLD);
    std::exclusive_scan(counts_.begin(), counts_.end(), begins_.begin(), 0);
    std::vector<std::uint32_t> all(static_cast<std::size_t>(begins_.back() + counts_.back()));
    if (!all.empty())
      MPI_Allgatherv(mine.data(), count, MPI_UINT32_T, all.data(), counts_.data(), begins_.data(),
                     MPI_UINT32_T, MPI_COMM_WORLD);
    return all;
  }
  void finish() override { MPI_Finalize(); }

 private:
  /// Other threads have their turn while the text goes out.
  void wait(MPI_Request& request) {
    for (int sent = 0;;) {
      MPI_Test(&request, &sent, MPI_STATUS_IGNORE);
      if (sent != 0) return;
      mutex_.unlock();
      std::this_thread::sleep_for(kPause);
      mutex_.lock();
    }
  }
  std::optional<Letter> probe(int from, int tag) {
    const std::lock_guard lock(mutex_);
    int found = 0, length = 0;
    MPI_Status status{};
    MPI_Iprobe(from, tag, MPI_COMM_WORLD, &found, &status);
    if (found == 0) return std::nullopt;
    MPI_Get_count(&status, MPI_CHAR, &length);
    Letter letter{status.MPI_SOURCE, status.MPI_TAG,
                  std::string(static_cast<std::size_t>(length), ' ')};
    MPI_Recv(letter.text.data(), length, MPI_CHAR, letter.from, letter.tag, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return letter;
  }

  int rank_ = 0, size_ = 1;
  std::vector<int> counts_, begins_;  ///< by rank: of what is gathered
  std::mutex mutex_;                  ///< MPI is called by one thread at a time
};

}  // namespace
}  // namespace spikemesh::sim

extern "C" __attribute__((visibility("default"))) spikemesh::sim::Ranks* spikemesh_join_ranks() {
  static spikemesh::sim::MpiRanks ranks;
  return &ranks;
}
