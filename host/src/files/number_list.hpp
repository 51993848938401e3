// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

namespace spikemesh {

/// Numbers of an array that is being read: 4 bytes each as long as all are whole and small.
class NumberList {
 public:
  std::size_t size() const { return narrow_ ? small_.size() : large_.size(); }
  bool narrow() const { return narrow_; }
  double operator[](std::size_t i) const { return narrow_ ? small_[i] : large_[i]; }

  void push_back(double value) {
    if (narrow_ && is_small(value)) {
      small_.push_back(static_cast<std::int32_t>(value));
      return;
    }
    if (narrow_) widen();
    large_.push_back(value);
  }
  void append(const NumberList& other) {
    for (std::size_t i = 0; i < other.size(); ++i) push_back(other[i]);
  }
  void clear() { *this = NumberList(); }

  /// The numbers one behind the other, as they stand in memory; the list is empty then.
  std::vector<std::uint8_t> take_bytes() {
    std::vector<std::uint8_t> bytes = narrow_ ? taken(small_) : taken(large_);
    clear();
    return bytes;
  }

 private:
  /// Not -0.0, which is another number.
  static bool is_small(double value) {
    if (!(value >= INT32_MIN && value <= INT32_MAX)) return false;
    const auto whole = static_cast<double>(static_cast<std::int32_t>(value));
    return std::memcmp(&whole, &value, sizeof value) == 0;
  }
  void widen() {
    narrow_ = false;
    for (; !small_.empty(); small_.pop_front()) large_.push_back(small_.front());
  }
  template <class Number>
  static std::vector<std::uint8_t> taken(std::deque<Number>& numbers) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(numbers.size() * sizeof(Number));
    for (; !numbers.empty(); numbers.pop_front()) {  // gives memory back as it goes
      std::uint8_t number[sizeof(Number)];
      std::memcpy(number, &numbers.front(), sizeof number);
      bytes.insert(bytes.end(), std::begin(number), std::end(number));
    }
    return bytes;
  }

  bool narrow_ = true;
  std::deque<std::int32_t> small_;
  std::deque<double> large_;
};

}  // namespace spikemesh
