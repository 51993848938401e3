// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace spikemesh::model {

/// Who wakes when: units 0..n-1, each with at most one pending wake. Setting one and taking one
/// cost a few instructions however many are pending; the next wake is found by a bitmap.
class Wheel {
 public:
  explicit Wheel(std::uint32_t units) : next_(units) { reset(0); }

  /// Forgets all; the next cycle to be taken is `now` or later.
  void reset(std::uint64_t now) {
    heads_.fill(kNone);
    bits_.fill(0);
    words_ = 0;
    far_.clear();
    now_ = now;
  }

  /// `unit` wakes in `cycle`, which has not been taken yet.
  void set(std::uint32_t unit, std::uint64_t cycle) {
    assert(cycle >= now_);
    if (cycle - now_ >= kSlots) {
      far_.emplace_back(cycle, unit);
      std::ranges::push_heap(far_, std::greater{});
      return;
    }
    const auto slot = static_cast<std::uint32_t>(cycle % kSlots);
    next_[unit] = heads_[slot];
    heads_[slot] = unit;
    bits_[slot / 64] |= std::uint64_t{1} << slot % 64;
    words_ |= std::uint64_t{1} << slot / 64;
  }

  /// First cycle with a wake; the largest number if there is none.
  std::uint64_t first() const {
    const std::uint64_t far = far_.empty() ? kNothing : far_.front().first;
    return words_ == 0 ? far : std::min(far, near());
  }

  /// Calls each(unit) for the wakes of `cycle`; no wake may lie before it.
  template <class Each>
  void take(std::uint64_t cycle, Each&& each) {
    assert(cycle >= now_ && cycle <= first());
    now_ = cycle + 1;
    const auto slot = static_cast<std::uint32_t>(cycle % kSlots);
    const std::uint64_t bit = std::uint64_t{1} << slot % 64;
    if (bits_[slot / 64] & bit) {
      for (std::uint32_t unit = heads_[slot]; unit != kNone;) {
        each(std::exchange(unit, next_[unit]));
      }
      heads_[slot] = kNone;
      bits_[slot / 64] &= ~bit;
      if (bits_[slot / 64] == 0) words_ &= ~(std::uint64_t{1} << slot / 64);
    }
    while (!far_.empty() && far_.front().first == cycle) {
      each(far_.front().second);
      std::ranges::pop_heap(far_, std::greater{});
      far_.pop_back();
    }
  }

 private:
  static constexpr std::uint32_t kSlots = 4096;
  static constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::uint64_t kNothing = std::numeric_limits<std::uint64_t>::max();

  /// First cycle >= now_ whose slot holds a wake; one exists.
  std::uint64_t near() const {
    const auto from = static_cast<std::uint32_t>(now_ % kSlots);
    std::uint32_t word = from / 64;
    std::uint64_t bits = bits_[word] & (~std::uint64_t{0} << from % 64);
    if (bits == 0) {
      const std::uint64_t later = word == 63 ? 0 : words_ & (~std::uint64_t{0} << (word + 1));
      word = static_cast<std::uint32_t>(std::countr_zero(later != 0 ? later : words_));
      bits = bits_[word];
    }
    const std::uint32_t slot = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
    return now_ + ((slot - from) & (kSlots - 1));
  }

  std::uint64_t now_ = 0;
  std::vector<std::uint32_t> next_;  ///< next unit of the same slot
  std::array<std::uint32_t, kSlots> heads_;
  std::array<std::uint64_t, kSlots / 64> bits_;
  std::uint64_t words_ = 0;                                   ///< words of bits_ that are not 0
  std::vector<std::pair<std::uint64_t, std::uint32_t>> far_;  ///< heap of {cycle, unit}
};

}  // namespace spikemesh::model
