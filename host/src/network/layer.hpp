// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "spikemesh/network.hpp"

namespace spikemesh {

inline bool is_layer(const Projection& projection) {
  return projection.connect == Connect::conv2d || projection.connect == Connect::pool2d;
}

/// The synapses of a conv2d or pool2d projection between populations whose shapes fit: those of
/// each receiving neuron one after another, which are the places of its window.
class Layer {
 public:
  /// Keeps references.
  Layer(const Population& from, const Population& to, const Projection& projection);

  std::uint64_t windows() const { return to_.size; }
  /// Places of a window, channels that it sees included.
  std::uint64_t places() const { return places_; }
  std::uint64_t count() const { return windows() * places_; }
  /// Those that the network has: inside the edges, and of weight 0 only where they are plastic.
  std::uint64_t existing() const;

  /// The i-th; one beyond an edge has no sender and the weight 0.
  Synapse synapse(std::uint64_t i) const;
  /// The weight of the i-th among those of the kernel.
  std::uint64_t weight_of(std::uint64_t i) const {
    return pool_ ? 0 : i / places_ / plane_ * places_ + i % places_;
  }

  /// each(i, synapse) of all that are inside the edges, in the order of their numbers.
  template <typename Each>
  void for_each(Each&& each) const {
    for (std::uint64_t i = 0; i < count(); i += places_) {
      const Corner corner = corner_of(i / places_);
      for (std::uint32_t channel = 0, place = 0; channel < channels_; ++channel)
        for (std::uint32_t row = 0; row < window_.size[0]; ++row)
          for (std::uint32_t column = 0; column < window_.size[1]; ++column, ++place)
            if (const Synapse one = at(corner, channel, row, column, place);
                one.pre != Network::kNone)
              each(i + place, one);
    }
  }

 private:
  /// What a receiving neuron sees.
  struct Corner {
    std::uint32_t post = 0, first = 0;  ///< first: of its weights
    std::uint32_t plane = 0;            ///< first neuron of its first channel
    std::int64_t row = 0, column = 0;   ///< of its first place; negative in the padding
  };
  Corner corner_of(std::uint64_t post) const;
  Synapse at(const Corner& corner, std::uint32_t channel, std::uint32_t row, std::uint32_t column,
             std::uint32_t place) const {
    const std::int64_t y = corner.row + std::int64_t{row} * window_.dilation[0];
    const std::int64_t x = corner.column + std::int64_t{column} * window_.dilation[1];
    if (y < 0 || y >= height_ || x < 0 || x >= width_) return {Network::kNone, corner.post, 0, 1};
    const std::size_t value = pool_ ? 0 : corner.first + place;
    return {static_cast<std::uint32_t>(corner.plane + (channel * height_ + y) * width_ + x),
            corner.post, projection_.weight[value], projection_.delay[value]};
  }
  /// Of one axis: how many windows have place `at` of the kernel inside the edges.
  std::uint64_t inside(unsigned axis, std::uint32_t at) const;

  const Population& from_;
  const Population& to_;
  const Projection& projection_;
  const Window& window_;
  bool pool_;
  std::uint32_t channels_ = 1;   ///< that a window sees
  std::uint32_t sharers_ = 1;    ///< channels of the result that see the same ones
  std::int64_t height_, width_;  ///< of `from`
  std::uint64_t plane_;          ///< windows of a channel of the result
  std::uint64_t places_;
};

}  // namespace spikemesh
