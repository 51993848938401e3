// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <barrier>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

namespace spikemesh::model {

/// Threads that do one piece of work after another together; the caller is the first of them.
class Workers {
 public:
  explicit Workers(std::uint32_t count) : gate_(count), middle_(count) {
    for (std::uint32_t index = 1; index < count; ++index)
      threads_.emplace_back([this, index] { serve(index); });
  }
  ~Workers() {
    work_ = nullptr;
    gate_.arrive_and_wait();
    for (std::thread& thread : threads_) thread.join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Calls work(index) once in each thread; returns when all are done. It must not throw.
  void run(const std::function<void(std::uint32_t)>& work) {
    work_ = &work;
    gate_.arrive_and_wait();
    work(0);
    gate_.arrive_and_wait();
  }
  /// Within work: waits until every thread has come here.
  void meet() { middle_.arrive_and_wait(); }

 private:
  void serve(std::uint32_t index) {
    for (;;) {
      gate_.arrive_and_wait();
      if (work_ == nullptr) return;
      (*work_)(index);
      gate_.arrive_and_wait();
    }
  }

  std::barrier<> gate_, middle_;
  const std::function<void(std::uint32_t)>* work_ = nullptr;  ///< null: it is over
  std::vector<std::thread> threads_;
};

}  // namespace spikemesh::model
