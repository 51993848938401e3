// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "sim/stimulus/random.hpp"

namespace spikemesh {

/// Rows of one level for each factor in which every pair of levels of any two factors occurs at
/// least `times` times, and which has at least `least` rows. Greedy, and the same for a seed.
class CoveringSet {
 public:
  CoveringSet(std::vector<unsigned> levels, unsigned times, unsigned least, std::uint64_t seed)
      : levels_(std::move(levels)), times_(times), random_(seed) {
    for (unsigned a = 0; a < levels_.size(); ++a)
      for (unsigned b = 0; b < a; ++b) counts_.emplace_back(levels_[a] * levels_[b]);
    while (open() != 0 || rows_.size() < least) add_best();
  }

  const std::vector<std::vector<unsigned>>& rows() const { return rows_; }

 private:
  /// Pairs of levels that occur fewer than `times` times.
  unsigned open() const {
    unsigned left = 0;
    for (const auto& counts : counts_)
      for (const unsigned count : counts) left += count < times_;
    return left;
  }

  template <class Act>
  void for_pairs(const std::vector<unsigned>& row, Act act) {
    std::size_t pair = 0;
    for (unsigned a = 0; a < row.size(); ++a)
      for (unsigned b = 0; b < a; ++b, ++pair) act(counts_[pair][row[a] * levels_[b] + row[b]]);
  }

  void add_best() {
    std::vector<unsigned> best;
    int most = -1;
    for (unsigned attempt = 0; attempt < 60; ++attempt) {
      std::vector<unsigned> row;
      for (const unsigned count : levels_)
        row.push_back(static_cast<unsigned>(random_.below(count)));
      int gain = 0;
      for_pairs(row, [&](unsigned& count) { gain += count < times_; });
      if (gain > most) most = gain, best = row;
    }
    for_pairs(best, [](unsigned& count) { ++count; });
    rows_.push_back(best);
  }

  std::vector<unsigned> levels_;
  unsigned times_;
  sim::Random random_;
  std::vector<std::vector<unsigned>> counts_;  ///< of each pair of factors: of each pair of levels
  std::vector<std::vector<unsigned>> rows_;
};

}  // namespace spikemesh
