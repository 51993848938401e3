// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "convert/convert_neurons.hpp"
#include "convert/convert_scale.hpp"

namespace spikemesh {

/// Weights of synapses as they were rounded, to be taken again in the same order. There are as many
/// as synapses, and nearly all fit 16 bits.
class RoundedWeights {
 public:
  explicit RoundedWeights(std::size_t count) { small_.reserve(count); }
  void add(std::int32_t weight) {
    const auto small = static_cast<std::int16_t>(weight);
    const bool fits = small == weight && small != kLarge;
    small_.push_back(fits ? small : kLarge);
    if (!fits) large_.push_back(weight);
  }
  std::int32_t take() {
    const std::int16_t small = small_[taken_++];
    return small != kLarge ? small : large_[taken_large_++];
  }

 private:
  static constexpr std::int16_t kLarge = -32768;  ///< the weight is the next of large_
  std::vector<std::int16_t> small_;
  std::vector<std::int32_t> large_;
  std::size_t taken_ = 0, taken_large_ = 0;
};

/// Rounds the weights of a network, splits them into the words of the chip, and tells what that
/// did.
class WeightRounder {
 public:
  struct Source {
    const Network& network;
    const spec::Build& build;
    const std::vector<Physics>& physics;    ///< by unit
    const std::vector<Incoming>& incoming;  ///< by unit
    const std::vector<double>& scale;  ///< by unit, of physical neurons: raw weight in one of the
                                       ///< author's
    double split_weights;              ///< above 0: static weights may take several words
  };
  /// Units and gains of `converted` are known already; its report is added to.
  WeightRounder(const Source& source, Converted& converted);

  /// The weight of synapse i of a projection, into unit `post`, for all its words together. Throws
  /// InputError where the chip cannot hold it.
  std::int32_t round(Network::Id id, std::size_t i, std::uint32_t post, double weight);
  /// How many words such a weight takes.
  std::int32_t words(std::int32_t weight) const;
  /// The share of one of these words: as equal as they can be.
  std::int16_t part(std::int32_t weight, std::int32_t word) const;
  /// Throws InputError if no chip with this mesh has so many words.
  void check_room(std::uint64_t words) const;

 private:
  bool fits(double weight, std::uint32_t bits) const;
  double exact(const Projection& projection, std::uint32_t post, double weight) const;
  [[noreturn]] void refuse(Network::Id id, std::size_t i, double weight, double rounded) const;
  [[noreturn]] void refuse_words(Network::Id id, std::size_t i, double weight,
                                 std::uint64_t words) const;
  void tell(Network::Id id, std::size_t i, std::uint32_t post, double weight, std::int32_t rounded);

  Source source_;
  const IntegerNetwork& integers_;
  ConversionReport& report_;
  static constexpr std::size_t kNoReport = ~std::size_t{0};
  std::vector<std::size_t> reports_;  ///< by projection: its place in the report
  std::vector<double> currents_;      ///< by place: range of a current source; 0: it is none
};

}  // namespace spikemesh
