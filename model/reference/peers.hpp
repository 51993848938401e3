// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace spikemesh::model {

/// The processes among which the tiles of a reference are shared out. Each of them has a Reference
/// and calls the same functions of it in the same order.
class Peers {
 public:
  virtual ~Peers() = default;
  /// Of this process, 0..size() - 1.
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// Waits until every process has said something; returns what they said, rank after rank.
  virtual std::vector<std::uint32_t> gather(std::span<const std::uint32_t> mine) = 0;
};

}  // namespace spikemesh::model
