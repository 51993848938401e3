// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <vector>

namespace spikemesh::sim {

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
  template <typename T>
  const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace spikemesh::sim
