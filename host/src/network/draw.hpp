// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace spikemesh {

/// One seeded engine. The same seed draws the same numbers everywhere: the engine is fixed by the
/// C++ standard, which its distributions are not.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  explicit Draw(std::seed_seq& seeds) : engine_(seeds) {}
  /// As many calls of unit() whose numbers nobody wants.
  void skip(std::uint64_t numbers) { engine_.discard(numbers); }
  /// 0 <= number < 1, in multiples of 2^-53.
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  /// 0 .. limit - 1, each as likely: numbers beyond the last whole multiple of limit are drawn
  /// again.
  std::size_t below(std::size_t limit) {
    const std::uint64_t rest = (~std::uint64_t{0} % limit + 1) % limit;
    std::uint64_t number = engine_();
    while (number > ~std::uint64_t{0} - rest) number = engine_();
    return number % limit;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace spikemesh
