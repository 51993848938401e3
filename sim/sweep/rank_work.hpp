// SPDX-License-Identifier: Apache-2.0
#pragma once
// A sweep by several ranks: rank 0 has the folder and gives numbers of points out, all others ask
// for some, run them, and send their rows with the next request.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "sim/ranks/ranks.hpp"
#include "sim/sweep/point/run_point.hpp"

namespace spikemesh::sim {

/// Of rank 0. One thread uses it.
class RankDesk {
 public:
  /// `sweep`: what tells this sweep from others; ranks that read another one are an error.
  RankDesk(Ranks& ranks, std::string sweep) : ranks_(ranks), sweep_(std::move(sweep)) {}

  /// Takes the rows that have come, and gives points to who waits for some: `take` gets how many
  /// are wanted at most, and returns ids. Throws Error for a rank that failed.
  void serve(const std::function<std::vector<std::uint64_t>(std::size_t most)>& take,
             const std::function<void(const Row& row)>& add);
  /// Sends all ranks home, once no point is under way.
  void end();

 private:
  struct Asker {
    int rank = 0, tag = 0;
  };
  void take_letters(const std::function<void(const Row& row)>& add);

  Ranks& ranks_;
  std::string sweep_;
  std::vector<Asker> waiting_;
  int known_ = 0;    ///< ranks that said how many workers they have
  int workers_ = 0;  ///< of these
};

/// Runs points for rank 0, in `jobs` threads, until there are no more.
void work_for_rank_0(PointRunner& runner, Ranks& ranks, const std::string& sweep,
                     std::uint32_t jobs);

}  // namespace spikemesh::sim
