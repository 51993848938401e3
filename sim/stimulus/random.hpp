// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace spikemesh::sim {

/// One way of a table of ways to choose, and its share of the sum of the table.
template <typename Way>
struct Share {
  Way way;
  unsigned share;
};

/// One seeded engine and its owner's ways of asking it. The same seed gives the same numbers
/// everywhere (the distributions of the standard library do not promise that).
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 .. limit - 1; `limit` above 0.
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  /// first .. last.
  std::int64_t between(std::int64_t first, std::int64_t last) {
    return first + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(last - first) + 1));
  }
  bool chance(unsigned percent) { return below(100) < percent; }
  std::uint32_t word() { return static_cast<std::uint32_t>(engine_() >> 32); }
  std::uint64_t seed() { return engine_(); }
  /// One of the ways, each as often as its share.
  template <typename Way, std::size_t N>
  Way pick(const std::array<Share<Way>, N>& table) {
    std::uint64_t sum = 0;
    for (const Share<Way>& each : table) sum += each.share;
    std::uint64_t at = below(sum);
    for (const Share<Way>& each : table) {
      if (at < each.share) return each.way;
      at -= each.share;
    }
    return table.back().way;
  }
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace spikemesh::sim
