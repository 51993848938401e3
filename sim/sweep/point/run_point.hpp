// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <functional>

#include "sim/run/run_result.hpp"
#include "sim/sweep/point/map_cache.hpp"
#include "sim/sweep/point/row.hpp"
#include "sim/sweep/point/traffic.hpp"
#include "sim/sweep/sweep_file.hpp"

namespace spikemesh::sim {

/// A point of a sweep.
struct Point {
  std::uint64_t id = 0;
  std::uint64_t design = 0;  ///< number of its design
  std::uint32_t repeat = 0;
};

/// What a point came to besides its row, for the folder of a single run.
struct PointRun {
  RunResult result;
  MapReport map;
};

/// Runs points of one sweep, in any number of threads.
class PointRunner {
 public:
  /// `mappings`: how many are kept. The sweep outlives it.
  PointRunner(const SweepFile& sweep, std::vector<Design> designs, std::size_t mappings);

  std::uint64_t size() const { return designs_.size() * sweep_.repeats; }
  Point point(std::uint64_t id) const;
  const Design& design(const Point& point) const { return designs_[point.design]; }
  std::uint64_t seed(const Point& point) const;

  /// The row of the point, whatever becomes of it: what is wrong with it is its `reason`. `tell` is
  /// called now and then; what it throws ends the point, and is thrown. `run`: takes what the row
  /// does not hold.
  Row run(const Point& point, const std::function<void()>& tell, PointRun* run = nullptr);

 private:
  void set_design(const Point& point, Design& design, Row& row) const;
  void execute(const Point& point, const Design& design, const std::function<void()>& tell,
               Row& row, PointRun* run);
  std::string broken_constraint(const Row& row) const;
  RunRequest request(std::uint64_t seed) const;

  const SweepFile& sweep_;
  std::vector<Design> designs_;
  TrafficMeter traffic_;
  MapCache cache_;
};

}  // namespace spikemesh::sim
