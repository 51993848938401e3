// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

namespace spikemesh::model {

/// What the model counts since power-on besides the counters of the chip: where time and traffic
/// go. Counting it is a few instructions a step and a hop, so it is always counted.
struct Activity {
  /// Steps by the cycles that they took, from the decision to begin the step to the first cycle in
  /// which the next could begin.
  std::unordered_map<std::uint64_t, std::uint64_t> steps_by_cycles;
  /// Cycle of the first step's decision, and the first cycle after the last step.
  std::uint64_t begin = std::numeric_limits<std::uint64_t>::max(), end = 0;
  /// Flits that left a router through a port: tile * 5 + port (spec::Port), tile = y * MeshW + x;
  /// local ones reach their core. Then those that the host sent into the mesh.
  std::vector<std::uint64_t> flits;
  /// Flits that a core took or the host tile received, and the cycles that they spent since they
  /// entered the mesh, summed. While flits are under way, the sum is of no use.
  std::uint64_t arrived = 0, transit_cycles = 0;

  void count_steps(std::uint64_t decided, std::uint64_t steps, std::uint64_t cycles) {
    steps_by_cycles[cycles] += steps;
    if (begin > decided) begin = decided;
    end = decided + steps * cycles;
  }
  void entered(std::uint64_t cycle) { transit_cycles -= cycle; }
  void left(std::uint64_t cycle) {
    ++arrived;
    transit_cycles += cycle;
  }
};

}  // namespace spikemesh::model
