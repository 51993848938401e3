// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <unordered_map>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

using pagmo::vector_double;

constexpr double kWorse = 1e15;  ///< than any result: of a point that has none
constexpr unsigned kIdle = 60;   ///< generations without a new point, which end a search
constexpr double kCrossover = 0.9, kCrossoverIndex = 10, kMutationIndex = 5;

/// Runs points for the algorithm, each once, until the search has had all of its evaluations.
class Evaluator {
 public:
  Evaluator(const SweepFile& sweep, PointRunner& runner, Store& store, const SweepOptions& options,
            RankDesk* desk)
      : sweep_(sweep), runner_(runner), store_(store), options_(options), desk_(desk) {}

  const SweepFile& sweep() const { return sweep_; }
  std::uint64_t evaluated() const { return results_.size(); }
  bool spent() const {
    return results_.size() >= std::min(sweep_.search->evaluations, runner_.size());
  }

  /// The objectives of points, one after another; smaller is better.
  vector_double evaluate(const vector_double& genes) {
    const std::size_t length = sweep_.space.size();
    std::vector<std::uint64_t> ids, wanted;
    for (std::size_t i = 0; i < genes.size(); i += length) {
      ids.push_back(id_of(&genes[i]));
      if (results_.contains(ids.back()) || spent()) continue;
      results_[ids.back()];
      wanted.push_back(ids.back());
    }
    run(wanted);
    vector_double fitness;
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

/// The search as pagmo wants it: a gene is the index of a value of a dimension.
class Problem {
 public:
  Problem() = default;  // pagmo asks for it
  explicit Problem(Evaluator& evaluator) : evaluator_(&evaluator) {}

  vector_double fitness(const vector_double& genes) const { return evaluator_->evaluate(genes); }
  vector_double batch_fitness(const vector_double& genes) const {
    return evaluator_->evaluate(genes);
  }
  vector_double::size_type get_nobj() const {
    return evaluator_->sweep().search->objectives.size();
  }
  vector_double::size_type get_nix() const { return evaluator_->sweep().space.size(); }
  std::pair<vector_double, vector_double> get_bounds() const {
    std::pair<vector_double, vector_double> bounds;
    for (const Dimension& each : evaluator_->sweep().space) {
      bounds.first.push_back(0);
      bounds.second.push_back(static_cast<double>(each.values.size() - 1));
    }
    return bounds;
  }

 private:
  Evaluator* evaluator_ = nullptr;
};

/// Spread over the whole space, with both of its ends.
pagmo::population first_generation(const pagmo::problem& problem, const SweepFile& sweep) {
  const Search& search = *sweep.search;
  std::vector<Choice> choices = latin_hypercube(sweep.space, search.population, search.seed);
  const auto ends = problem.get_bounds();
  vector_double genes;
  for (std::size_t i = 0; i < choices.size(); ++i)
    for (std::size_t k = 0; k < sweep.space.size(); ++k)
      genes.push_back(i == 0 ? ends.first[k] : i == 1 ? ends.second[k] : choices[i][k]);
  const vector_double fitness = problem.batch_fitness(genes);
  pagmo::population population(problem, 0u, static_cast<unsigned>(search.seed));
  const std::size_t length = sweep.space.size(), objectives = search.objectives.size();
  for (std::size_t i = 0; i < choices.size(); ++i)
    population.push_back({genes.begin() + static_cast<std::ptrdiff_t>(i * length),
                          genes.begin() + static_cast<std::ptrdiff_t>((i + 1) * length)},
                         {fitness.begin() + static_cast<std::ptrdiff_t>(i * objectives),
                          fitness.begin() + static_cast<std::ptrdiff_t>((i + 1) * objectives)});
  return population;
}

}  // namespace

std::uint64_t search_points(const SweepFile& sweep, PointRunner& runner, Store& store,
                            const SweepOptions& options, RankDesk* desk) {
  if (options.shard.of != 1)
    throw InputError(
        "--shard: a search has no shards, as each generation hangs on the last; leave "
        "it out");
  Evaluator evaluator(sweep, runner, store, options, desk);
  const pagmo::problem problem{Problem(evaluator)};
  pagmo::population population = first_generation(problem, sweep);
  const double mutation = std::min(1.0, 1.5 / static_cast<double>(sweep.space.size()));
  pagmo::nsga2 algorithm(1u, kCrossover, kCrossoverIndex, mutation, kMutationIndex,
                         static_cast<unsigned>(sweep.search->seed));
  algorithm.set_bfe(pagmo::bfe(pagmo::member_bfe()));
  for (unsigned idle = 0; !evaluator.spent() && idle < kIdle;) {
    const std::uint64_t before = evaluator.evaluated();
    population = algorithm.evolve(population);
    idle = evaluator.evaluated() > before ? 0 : idle + 1;
  }
  return evaluator.evaluated();
}

}  // namespace spikemesh::sim
