// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sweeps: one network on many designs of the chip, a row of results for each
// (docs/exploration/sweep.md).

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sim/ranks/ranks.hpp"
#include "sim/sweep/point/run_point.hpp"

namespace spikemesh::sim {

/// Every `of`-th point, from point `part` - 1 on.
struct Shard {
  std::uint64_t part = 1, of = 1;
};

struct SweepOptions {
  std::filesystem::path out;
  std::uint32_t jobs = 1;  ///< points that run at the same time
  Shard shard{};
  /// The ranks that run it together, each with its `jobs`; rank 0 alone uses `out`.
  Ranks* ranks = nullptr;
  /// Called now and then by the thread that runs the sweep, with points done and in all. What it
  /// throws ends the sweep in good order, and is thrown.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress{};
};

/// What there is when a sweep ended.
struct SweepSummary {
  std::uint64_t points = 0;                        ///< of the sweep, or of its shard
  std::uint64_t ran = 0;                           ///< this time
  std::map<std::string, std::uint64_t> by_status;  ///< rows in the folder
  /// Why points failed, the most frequent first, with the number of points.
  std::vector<std::pair<std::string, std::uint64_t>> failures;
};

/// Runs the points that have no row in `options.out` yet. Throws InputError for a folder that
/// cannot be used. Ranks other than 0 return an empty summary.
SweepSummary run_sweep(const SweepFile& sweep, const SweepOptions& options);

/// Runs one point again, with the folder of a run (docs/run.md) for it. Returns its row. Throws
/// InputError for a point that there is not, and for a folder that cannot be used.
Row run_one(const SweepFile& sweep, std::uint64_t id, const std::filesystem::path& out,
            const std::function<void()>& tell);

/// Puts the rows of several folders into one. Throws InputError for folders of different sweeps,
/// and for a point with different results.
SweepSummary merge_sweeps(const std::vector<std::filesystem::path>& folders,
                          const std::filesystem::path& out);

}  // namespace spikemesh::sim
