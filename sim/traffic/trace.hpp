// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <istream>
#include <optional>
#include <string>
#include <vector>

#include "spikemesh/network.hpp"

namespace spikemesh::sim {

/// Packets of a file (docs/exploration/traffic.md): who sends to whom in which step. Nodes are
/// numbers; which tile a node is on, a placement decides, unless the file gives tiles instead of
/// nodes.
struct TrafficTrace {
  static constexpr std::uint32_t kHost = 0xffffffff;  ///< instead of a node

  struct Row {
    std::uint64_t step = 0;
    std::uint32_t source = 0, destination = 0;
    std::uint32_t count = 1;     ///< packets
    std::uint32_t synapses = 1;  ///< words of the row that each walks where it arrives
  };
  std::string name;       ///< what errors call it
  std::vector<Row> rows;  ///< by step; of a step, in the order in which they are sent
  std::vector<std::optional<TilePlace>> nodes;  ///< with its tile, if the file gives tiles
  std::uint64_t packets = 0;

  /// Steps up to the last one in which something is sent.
  std::uint64_t steps() const { return rows.empty() ? 0 : rows.back().step + 1; }
};

/// Throws InputError, which names file and line.
TrafficTrace read_trace(const std::filesystem::path& path);
/// The same from a stream; `name` is what errors call it.
TrafficTrace read_trace(std::istream& in, const std::string& name);

}  // namespace spikemesh::sim
