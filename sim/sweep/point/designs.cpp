// SPDX-License-Identifier: Apache-2.0
// The designs of a sweep: all of the space, or a sample of it.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "sim/sweep/sweep_file.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kMostDesigns = 1'000'000;

/// Numbers of one sample: the same on every machine, which those of std distributions are not.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}
  /// 0 .. count - 1.
  std::uint64_t below(std::uint64_t count) {
    const std::uint64_t limit = ~std::uint64_t{0} / count * count;
    for (;;)
      if (const std::uint64_t number = engine_(); number < limit) return number % count;
  }
  template <typename Value>
  void shuffle(std::vector<Value>& values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

/// Combinations of the space; kMostDesigns + 1 if they are more than that.
std::uint64_t combinations(const std::vector<Dimension>& space) {
  std::uint64_t count = 1;
  for (const Dimension& each : space)
    count = std::min(count * each.values.size(), kMostDesigns + 1);
  return count;
}

std::vector<Choice> whole_grid(const std::vector<Dimension>& space) {
  std::vector<Choice> all;
  Choice choice(space.size(), 0);
  for (;;) {
    all.push_back(choice);
    std::size_t i = space.size();
    while (i > 0 && ++choice[i - 1] == space[i - 1].values.size()) choice[--i] = 0;
    if (i == 0) return all;
  }
}

std::vector<Choice> draw_random(const std::vector<Dimension>& space, const Sample& sample) {
  Draw draw(sample.seed);
  if (combinations(space) <= 2 * sample.points) {  // drawing would meet the same ones again
    std::vector<Choice> all = whole_grid(space);
    draw.shuffle(all);
    all.resize(std::min<std::uint64_t>(sample.points, all.size()));
    return all;
  }
  std::vector<Choice> drawn;
  std::set<Choice> seen;
  while (drawn.size() < sample.points) {
    Choice choice;
    for (const Dimension& each : space)
      choice.push_back(static_cast<std::uint32_t>(draw.below(each.values.size())));
    if (seen.insert(choice).second) drawn.push_back(choice);
  }
  return drawn;
}

}  // namespace

/// In each dimension the points fall evenly on its values, in an order of its own.
std::vector<Choice> latin_hypercube(const std::vector<Dimension>& space, std::uint64_t points,
                                    std::uint64_t seed) {
  Draw draw(seed);
  std::vector<Choice> drawn(points);
  for (const Dimension& dimension : space) {
    std::vector<std::uint64_t> strata(points);
    std::iota(strata.begin(), strata.end(), 0);
    draw.shuffle(strata);
    const std::uint64_t count = dimension.values.size();
    for (std::uint64_t i = 0; i < points; ++i)
      drawn[i].push_back(
          static_cast<std::uint32_t>((strata[i] * count + draw.below(count)) / points));
  }
  return drawn;
}

namespace {

std::vector<Choice> choices_of(const SweepFile& sweep) {
  if (sweep.space.empty()) return {};
  if (!sweep.sample) {
    if (combinations(sweep.space) > kMostDesigns)
      throw InputError(
          fmt::format("{}: /space: more than {} combinations; give fewer values, or add \"sample\"",
                      sweep.path.string(), kMostDesigns));
    return whole_grid(sweep.space);
  }
  return sweep.sample->latin_hypercube
             ? latin_hypercube(sweep.space, sweep.sample->points, sweep.sample->seed)
             : draw_random(sweep.space, *sweep.sample);
}

}  // namespace

std::vector<Design> designs_of(const SweepFile& sweep) {
  std::vector<Design> designs;
  for (const Choice& choice : choices_of(sweep)) {
    Design design = sweep.base;
    for (std::size_t i = 0; i < choice.size(); ++i) {
      const Dimension& dimension = sweep.space[i];
      for (std::size_t k = 0; k < dimension.parameters.size(); ++k)
        dimension.parameters[k]->set(design, dimension.values[choice[i]][k]);
    }
    designs.push_back(design);
  }
  for (const Assignment& point : sweep.points) {
    Design design = sweep.base;
    for (const auto& [parameter, value] : point) parameter->set(design, value);
    designs.push_back(design);
  }
  if (designs.size() * sweep.repeats > kMostDesigns)
    throw InputError(
        fmt::format("{}: {} points with their repeats, but at most {} are allowed; "
                    "give fewer values or repeats",
                    sweep.path.string(), designs.size() * sweep.repeats, kMostDesigns));
  return designs;
}

}  // namespace spikemesh::sim
