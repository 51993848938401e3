// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/run/request/run_request.hpp"
#include "sim/sweep/point/design.hpp"
#include "sim/sweep/point/memories.hpp"
#include "sim/traffic/trace.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::sim {

/// Parameters that change together, and the values that they take in turn.
struct Dimension {
  std::vector<const Parameter*> parameters;
  std::vector<std::vector<Value>> values;  ///< each has one value for each parameter
};

/// So many points of the space instead of all.
struct Sample {
  bool latin_hypercube = false;  ///< else random
  std::uint64_t points = 0;
  std::uint64_t seed = 1;
};

/// What a column of the results shall be.
struct Constraint {
  std::string column;
  std::optional<double> at_least{}, at_most{};
  std::string path;  ///< in SWEEP.json
};

/// A column that a search makes small or large.
struct Objective {
  std::string column;
  bool maximize = false;
};

/// A search for the best points of the space instead of all.
struct Search {
  std::vector<Objective> objectives;
  std::uint64_t evaluations = 0;  ///< points that are run
  std::uint32_t population = 24;
  std::uint64_t seed = 1;
};

/// For each dimension of the space, the index of a value.
using Choice = std::vector<std::uint32_t>;

/// SWEEP.json (docs/exploration/sweep.md), checked, with the files that it names.
struct SweepFile {
  std::filesystem::path path;
  std::string text;
  Network network{1.0};
  std::shared_ptr<const TrafficTrace> trace;  ///< instead of a network, which is made of it
  std::uint64_t inputs_hash = 0;              ///< of the contents of network, input and build files
  RunRequest request;
  std::vector<std::string> poisson, regular;  ///< the sources of the request, as they stand there
  bool own_source_seed = false;  ///< request.source_seed does not follow the seed of a point
  Design base;
  std::vector<Dimension> space;
  std::vector<Assignment> points;
  std::optional<Sample> sample{};
  std::optional<Search> search{};
  std::vector<Constraint> constraints;
  std::optional<Part> part{};
  std::uint64_t seed = 1;
  std::uint32_t repeats = 1;
};

/// Throws InputError that names file, JSON path, value and remedy.
SweepFile load_sweep(const std::filesystem::path& path);

/// The designs of the points: those of the space, or a sample of them, then those of the list.
/// Throws InputError when they are too many.
std::vector<Design> designs_of(const SweepFile& sweep);
/// The points of a latin hypercube.
std::vector<Choice> latin_hypercube(const std::vector<Dimension>& space, std::uint64_t points,
                                    std::uint64_t seed);

}  // namespace spikemesh::sim
