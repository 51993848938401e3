// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace spikemesh {

/// One value for all neurons (or synapses), or one for each; empty where it was not given.
///
/// Values are held in the narrowest type that has every one of them exactly: whole weights of a
/// byte take one byte each, which is most of what a large network takes.
template <typename T>
class Values {
 public:
  Values() = default;
  /// One value for all.
  Values(T one) : Values(std::vector<T>{one}) {}
  /// One value for each.
  Values(std::vector<T> each) {
    if constexpr (std::is_same_v<T, double>)
      hold<std::int8_t, std::int16_t, float>(std::move(each));
    else if constexpr (std::is_signed_v<T>)
      hold<std::int8_t, std::int16_t, std::int32_t>(std::move(each));
    else
      hold<std::uint8_t, std::uint16_t>(std::move(each));
  }

  /// Whether there is any value.
  bool given() const { return size() != 0; }
  /// Whether one value counts for all.
  bool single() const { return size() == 1; }
  /// Number of values held: 0, 1, or one for each.
  std::size_t size() const {
    return std::visit([](const auto& held) { return held.size(); }, held_);
  }
  /// The value of neuron (or synapse) i; only where given().
  T operator[](std::size_t i) const {
    return std::visit(
        [i](const auto& held) { return static_cast<T>(held.size() == 1 ? held[0] : held[i]); },
        held_);
  }
  /// The value of i, or `otherwise` where none was given.
  T get(std::size_t i, T otherwise) const { return given() ? (*this)[i] : otherwise; }
  /// The values as they were given.
  std::vector<T> all() const {
    return std::visit([](const auto& held) { return std::vector<T>(held.begin(), held.end()); },
                      held_);
  }
  /// Whether both have equal values, however they are held.
  bool operator==(const Values& other) const {
    const std::size_t count = size();
    if (count != other.size()) return false;
    for (std::size_t i = 0; i < count; ++i)
      if ((*this)[i] != other[i]) return false;
    return true;
  }

 private:
  /// Whether the value is the same bit for bit after a turn through the narrower type: a zero keeps
  /// its sign.
  template <typename Narrow>
  static bool keeps(T value) {
    if constexpr (std::is_same_v<T, double>) {
      // Written so that it is false for NaN; what is beyond the range must not be cast.
      constexpr auto kMost = static_cast<double>(std::numeric_limits<Narrow>::max());
      if (!(value >= -kMost && value <= kMost)) return false;
      return std::bit_cast<std::uint64_t>(static_cast<double>(static_cast<Narrow>(value))) ==
             std::bit_cast<std::uint64_t>(value);
    } else {
      return static_cast<T>(static_cast<Narrow>(value)) == value;
    }
  }
  template <typename Narrow, typename... Wider>
  void hold(std::vector<T> each) {
    if (std::all_of(each.begin(), each.end(), keeps<Narrow>)) {
      held_ = std::vector<Narrow>(each.begin(), each.end());
      return;
    }
    if constexpr (sizeof...(Wider) > 0)
      hold<Wider...>(std::move(each));
    else
      held_ = std::move(each);
  }

  template <typename... Held>
  using Any = std::variant<std::vector<Held>...>;
  using Signed = Any<std::int8_t, std::int16_t, std::int32_t, T>;
  using Unsigned = Any<std::uint8_t, std::uint16_t, T>;
  using Real = Any<std::int8_t, std::int16_t, float, T>;
  std::conditional_t<std::is_same_v<T, double>, Real,
                     std::conditional_t<std::is_signed_v<T>, Signed, Unsigned>>
      held_;
};

}  // namespace spikemesh
