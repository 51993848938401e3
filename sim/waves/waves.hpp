// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace spikemesh::sim {

/// Waves of a window of cycles, as FST (GTKWave, Surfer). Cycle c spans the times 10c .. 10c+9, in
/// nanoseconds; what the chip retires in it is at 10c+5 (docs/waves.md).
struct Waves {
  std::string path;
  std::uint64_t first = 0;                                         ///< first cycle in the file
  std::uint64_t last = std::numeric_limits<std::uint64_t>::max();  ///< last cycle in the file
};

inline constexpr std::uint64_t kTimePerCycle = 10;

/// "x.fst" as "x": what the other files beside it begin with.
std::string waves_stem(const std::string& path);

/// Throws InputError when a file of waves would replace what is no regular file.
void check_waves_place(const std::string& path);

/// Throws InputError when an FST that was closed is not whole: the disk was full.
void expect_whole_waves(const std::string& path);

/// Where the waves of the model go when `waves` are those of RTL and model: x.model.fst.
Waves model_waves(const Waves& waves);

/// Where the waves of the RTL tile (x, y) go: x.tile-X-Y.fst.
std::string tile_waves(const std::string& path, std::uint32_t x, std::uint32_t y);

}  // namespace spikemesh::sim
