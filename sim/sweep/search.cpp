// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "sim/sweep/sweep_module.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

constexpr double kWorse = 1e15;  ///< than any result: of a point that has none
constexpr unsigned kIdle = 60;   ///< generations without a new point, which end a search

/// Runs points for the algorithm, each once, until the search has had all of its evaluations.
class Evaluator {
 public:
  Evaluator(const SweepFile& sweep, PointRunner& runner, Store& store, const SweepOptions& options,
            RankDesk* desk)
      : sweep_(sweep), runner_(runner), store_(store), options_(options), desk_(desk) {}

  std::uint64_t evaluated() const { return results_.size(); }
  bool spent() const {
    return results_.size() >= std::min(sweep_.search->evaluations, runner_.size());
  }

  /// The objectives of points, one after another; smaller is better.
  std::vector<double> evaluate(const std::vector<double>& genes) {
    const std::size_t length = sweep_.space.size();
    std::vector<std::uint64_t> ids, wanted;
    for (std::size_t i = 0; i < genes.size(); i += length) {
      ids.push_back(id_of(&genes[i]));
      if (results_.contains(ids.back()) || spent()) continue;
      results_[ids.back()];
      wanted.push_back(ids.back());
    }
    run(wanted);
    std::vector<double> fitness;
    for (const std::uint64_t id : ids) {
      const auto found = results_.find(id);
      for (std::size_t k = 0; k < sweep_.search->objectives.size(); ++k)
        fitness.push_back(found == results_.end() ? kWorse : found->second[k]);
    }
    return fitness;
  }

 private:
  /// As the grid numbers its combinations, the last dimension first.
  std::uint64_t id_of(const double* genes) const {
    std::uint64_t id = 0;
    for (std::size_t i = 0; i < sweep_.space.size(); ++i)
      id = id * sweep_.space[i].values.size() + static_cast<std::uint64_t>(std::llround(genes[i]));
    return id;
  }

  void run(const std::vector<std::uint64_t>& wanted) {
    std::vector<std::uint64_t> left;
    for (const std::uint64_t id : wanted)
      if (!store_.find(id)) left.push_back(id);
    const std::uint64_t before = results_.size() - left.size();
    run_points(runner_, store_, left, options_.jobs, desk_, [&](std::uint64_t done) {
      if (options_.progress) options_.progress(before + done, sweep_.search->evaluations);
    });
    for (const std::uint64_t id : wanted) results_[id] = objectives_of(store_.find(id).value());
  }

  std::vector<double> objectives_of(const Row& row) const {
    std::vector<double> values;
    const bool good = number_of(row["feasible"]).value_or(0) == 1;
    for (const Objective& each : sweep_.search->objectives) {
      const double value = good ? number_of(row[each.column]).value_or(kWorse) : kWorse;
      values.push_back(each.maximize && value != kWorse ? -value : value);
    }
    return values;
  }

  const SweepFile& sweep_;
  PointRunner& runner_;
  Store& store_;
  const SweepOptions& options_;
  RankDesk* const desk_;
  std::unordered_map<std::uint64_t, std::vector<double>> results_;
};

/// Points spread over the whole space, with both of its ends.
GeneticSearch begin(const SweepFile& sweep) {
  const Search& search = *sweep.search;
  GeneticSearch genetic{.objectives = search.objectives.size(),
                        .seed = static_cast<unsigned>(search.seed)};
  for (const Dimension& each : sweep.space)
    genetic.values.push_back(static_cast<std::uint32_t>(each.values.size()));
  const std::vector<Choice> choices = latin_hypercube(sweep.space, search.population, search.seed);
  for (std::size_t i = 0; i < choices.size(); ++i)
    for (std::size_t k = 0; k < sweep.space.size(); ++k)
      genetic.first.push_back(i == 0 ? 0 : i == 1 ? genetic.values[k] - 1 : choices[i][k]);
  return genetic;
}

}  // namespace

std::uint64_t search_points(const SweepFile& sweep, PointRunner& runner, Store& store,
                            const SweepOptions& options, RankDesk* desk) {
  if (options.shard.of != 1)
    throw InputError(
        "--shard: a search has no shards, as each generation hangs on the last; leave "
        "it out");
  Evaluator evaluator(sweep, runner, store, options, desk);
  GeneticSearch genetic = begin(sweep);
  genetic.evaluate = [&](const std::vector<double>& genes) { return evaluator.evaluate(genes); };
  const std::unique_ptr<Generations> generations = sweep_module().begin_search(genetic);
  for (unsigned idle = 0; !evaluator.spent() && idle < kIdle;) {
    const std::uint64_t before = evaluator.evaluated();
    generations->next();
    idle = evaluator.evaluated() > before ? 0 : idle + 1;
  }
  return evaluator.evaluated();
}

}  // namespace spikemesh::sim
