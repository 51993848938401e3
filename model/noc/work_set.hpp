// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace spikemesh::model {

/// A set of numbers 0..n-1: adding one is two stores, draining it costs its members.
class WorkSet {
 public:
  explicit WorkSet(std::uint32_t n) : words_(n / 64 + 1), summary_(n / 4096 + 1) {}

  void add(std::uint32_t i, bool really = true) {
    words_[i / 64] |= std::uint64_t{really} << i % 64;
    summary_[i / 4096] |= std::uint64_t{really} << i / 64 % 64;
  }
  bool empty() const {
    std::uint64_t any = 0;
    for (const std::uint64_t word : summary_) any |= word;
    return any == 0;
  }
  /// Calls each(i) for every member, ascending, and empties the set; each must not add.
  template <class Each>
  void drain(Each&& each) {
    for (std::uint32_t top = 0; top < summary_.size(); ++top) {
      for (; summary_[top] != 0; summary_[top] &= summary_[top] - 1) {
        const auto at = top * 64 + static_cast<std::uint32_t>(std::countr_zero(summary_[top]));
        for (std::uint64_t word = words_[at]; word != 0; word &= word - 1) {
          each(at * 64 + static_cast<std::uint32_t>(std::countr_zero(word)));
        }
        words_[at] = 0;
      }
    }
  }
  void clear() {
    drain([](std::uint32_t) {});
  }

 private:
  std::vector<std::uint64_t> words_;
  std::vector<std::uint64_t> summary_;  ///< words_ that are not 0
};

}  // namespace spikemesh::model
