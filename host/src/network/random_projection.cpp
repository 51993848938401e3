// SPDX-License-Identifier: Apache-2.0
// Random projections become sparse ones: what was drawn is what is saved, mapped and loaded again.
#include <fmt/format.h>

#include <algorithm>

#include "network/draw.hpp"
#include "network/network_check.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {
namespace {

Projection random_projection(Network::Id from, Network::Id to, double weight, std::uint32_t delay,
                             bool allow_self) {
  Projection projection;
  projection.from = from;
  projection.to = to;
  projection.weight = weight;
  projection.delay = delay;
  projection.allow_self = allow_self;
  return projection;
}

}  // namespace

void Network::draw_fixed_probability(Projection& projection, double probability,
                                     std::uint64_t seed) const {
  if (!(probability >= 0 && probability <= 1))
    throw InputError(where_projection(static_cast<Id>(projections_.size()), "/probability") +
                     fmt::format(": {}, but 0..1 are allowed", probability));
  const bool leave_out = projection.from == projection.to && !projection.allow_self;
  const std::uint32_t rows = size_of(projection.from), columns = size_of(projection.to);
  check_drawn(*this, "/probability", probability, probability * rows * columns);
  Draw draw(seed);
  for (std::uint32_t pre = 0; pre < rows; ++pre) {
    for (std::uint32_t post = 0; post < columns; ++post) {
      if (draw.unit() >= probability || (leave_out && pre == post)) continue;
      projection.pre.push_back(pre);
      projection.post.push_back(post);
    }
  }
  projection.allow_self = true;  // the pairs say it themselves now
}

void Network::draw_fixed_in_degree(Projection& projection, std::uint32_t in_degree,
                                   std::uint64_t seed) const {
  const bool leave_out = projection.from == projection.to && !projection.allow_self;
  const std::uint32_t rows = size_of(projection.from);
  const std::uint32_t choice = leave_out && rows > 0 ? rows - 1 : rows;
  if (in_degree > choice)
    throw InputError(where_projection(static_cast<Id>(projections_.size()), "/in_degree") +
                     fmt::format(": {}, but there are {} neurons to choose from; choose fewer",
                                 in_degree, choice));
  check_drawn(*this, "/in_degree", in_degree, double(in_degree) * size_of(projection.to));
  Draw draw(seed);
  std::vector<std::uint32_t> pool(choice);
  for (std::uint32_t post = 0; post < size_of(projection.to); ++post) {
    for (std::uint32_t i = 0; i < choice; ++i) pool[i] = i + (leave_out && i >= post ? 1 : 0);
    for (std::uint32_t i = 0; i < in_degree; ++i)
      std::swap(pool[i], pool[i + draw.below(choice - i)]);
    std::sort(pool.begin(), pool.begin() + in_degree);
    projection.pre.insert(projection.pre.end(), pool.begin(), pool.begin() + in_degree);
    projection.post.insert(projection.post.end(), in_degree, post);
  }
  projection.allow_self = true;  // the pairs say it themselves now
}

Network::Id Network::connect_fixed_probability(Id from, Id to, double probability, double weight,
                                               std::uint64_t seed, std::uint32_t delay,
                                               bool allow_self) {
  Projection projection = random_projection(from, to, weight, delay, allow_self);
  draw_fixed_probability(projection, probability, seed);
  return add(std::move(projection));
}

Network::Id Network::connect_fixed_in_degree(Id from, Id to, std::uint32_t in_degree, double weight,
                                             std::uint64_t seed, std::uint32_t delay,
                                             bool allow_self) {
  Projection projection = random_projection(from, to, weight, delay, allow_self);
  draw_fixed_in_degree(projection, in_degree, seed);
  return add(std::move(projection));
}

std::uint32_t Network::size_of(Id population) const {
  return population < populations_.size() ? populations_[population].size : 0;
}

}  // namespace spikemesh
