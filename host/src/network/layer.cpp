// SPDX-License-Identifier: Apache-2.0
#include "network/layer.hpp"

#include <algorithm>

namespace spikemesh {

std::vector<std::uint32_t> slide(const std::vector<std::uint32_t>& shape, const Window& window,
                                 std::uint32_t channels) {
  std::vector<std::uint32_t> result{channels};
  for (unsigned axis = 0; axis < 2; ++axis) {
    const std::uint64_t room =
        std::uint64_t{shape[axis + 1]} + 2 * std::uint64_t{window.padding[axis]};
    const std::uint64_t span =
        std::uint64_t{window.dilation[axis]} * (window.size[axis] - std::uint64_t{1}) + 1;
    result.push_back(
        span > room ? 0 : static_cast<std::uint32_t>((room - span) / window.stride[axis] + 1));
  }
  return result;
}

Layer::Layer(const Population& from, const Population& to, const Projection& projection)
    : from_(from),
      to_(to),
      projection_(projection),
      window_(projection.window),
      pool_(projection.connect == Connect::pool2d),
      height_(from.shape[1]),
      width_(from.shape[2]),
      plane_(std::uint64_t{to.shape[1]} * to.shape[2]) {
  if (!pool_) {
    channels_ = from.shape[0] / window_.groups;
    sharers_ = to.shape[0] / window_.groups;
  }
  places_ = std::uint64_t{channels_} * window_.size[0] * window_.size[1];
}

Layer::Corner Layer::corner_of(std::uint64_t post) const {
  const auto channel = static_cast<std::uint32_t>(post / plane_);
  const std::uint64_t row = post % plane_ / to_.shape[2], column = post % to_.shape[2];
  return {
      static_cast<std::uint32_t>(post), static_cast<std::uint32_t>(channel * places_),
      static_cast<std::uint32_t>(std::int64_t{channel / sharers_} * channels_ * height_ * width_),
      static_cast<std::int64_t>(row * window_.stride[0]) - window_.padding[0],
      static_cast<std::int64_t>(column * window_.stride[1]) - window_.padding[1]};
}

Synapse Layer::synapse(std::uint64_t i) const {
  const auto place = static_cast<std::uint32_t>(i % places_);
  const std::uint32_t in_channel = place % (window_.size[0] * window_.size[1]);
  return at(corner_of(i / places_), place / (window_.size[0] * window_.size[1]),
            in_channel / window_.size[1], in_channel % window_.size[1], place);
}

std::uint64_t Layer::inside(unsigned axis, std::uint32_t at) const {
  const std::int64_t stride = window_.stride[axis];
  const std::int64_t first = std::int64_t{at} * window_.dilation[axis] - window_.padding[axis];
  const std::int64_t before = first < 0 ? (-first + stride - 1) / stride : 0;  // of no neuron yet
  const std::int64_t last = std::int64_t{from_.shape[axis + 1]} - 1 - first;
  const std::int64_t until = last < 0 ? 0 : last / stride + 1;  // of a neuron still
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(0, std::min<std::int64_t>(until, to_.shape[axis + 1]) - before));
}

std::uint64_t Layer::existing() const {
  std::uint64_t sum = 0;
  std::vector<std::uint64_t> columns;
  for (std::uint32_t column = 0; column < window_.size[1]; ++column)
    columns.push_back(inside(1, column));
  const bool all = projection_.rule || projection_.weight.single();
  const std::uint64_t plane = std::uint64_t{window_.size[0]} * window_.size[1];
  for (std::uint32_t row = 0; row < window_.size[0]; ++row) {
    const std::uint64_t rows = inside(0, row);
    for (std::uint32_t column = 0; column < window_.size[1]; ++column) {
      std::uint64_t kernels = 0;  // that have a weight at this place
      if (all) kernels = std::uint64_t{to_.shape[0]} * channels_;
      for (std::uint64_t i = row * window_.size[1] + column; !all && i < projection_.weight.size();
           i += plane)
        kernels += projection_.weight[i] != 0;
      sum += rows * columns[column] * kernels;
    }
  }
  return sum;
}

}  // namespace spikemesh
