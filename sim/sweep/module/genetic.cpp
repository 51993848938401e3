// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/module/genetic.hpp"

#include <algorithm>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/batch_evaluators/member_bfe.hpp>
#include <pagmo/bfe.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>

namespace spikemesh::sim {
namespace {

using pagmo::vector_double;

constexpr double kCrossover = 0.9, kCrossoverIndex = 10, kMutationIndex = 5;

/// The search as pagmo wants it.
class Problem {
 public:
  Problem() = default;  // pagmo asks for it
  explicit Problem(const GeneticSearch& search) : search_(&search) {}

  vector_double fitness(const vector_double& genes) const { return search_->evaluate(genes); }
  vector_double batch_fitness(const vector_double& genes) const { return search_->evaluate(genes); }
  vector_double::size_type get_nobj() const { return search_->objectives; }
  vector_double::size_type get_nix() const { return search_->values.size(); }
  std::pair<vector_double, vector_double> get_bounds() const {
    std::pair<vector_double, vector_double> bounds;
    for (const std::uint32_t count : search_->values) {
      bounds.first.push_back(0);
      bounds.second.push_back(static_cast<double>(count) - 1);
    }
    return bounds;
  }

 private:
  const GeneticSearch* search_ = nullptr;
};

pagmo::nsga2 algorithm_for(const GeneticSearch& search) {
  const double mutation = std::min(1.0, 1.5 / static_cast<double>(search.values.size()));
  pagmo::nsga2 algorithm(1u, kCrossover, kCrossoverIndex, mutation, kMutationIndex, search.seed);
  algorithm.set_bfe(pagmo::bfe(pagmo::member_bfe()));
  return algorithm;
}

class Nsga2 : public Generations {
 public:
  explicit Nsga2(const GeneticSearch& search)
      : search_(search),
        algorithm_(algorithm_for(search)),
        population_(pagmo::problem(Problem(search_)), 0u, search.seed) {
    const vector_double fitness = population_.get_problem().batch_fitness(search.first);
    const auto part = [](const vector_double& all, std::size_t index, std::size_t length) {
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(index * length);
      return vector_double(begin, begin + static_cast<std::ptrdiff_t>(length));
    };
    const std::size_t length = search.values.size();
    for (std::size_t i = 0; i < search.first.size() / length; ++i)
      population_.push_back(part(search.first, i, length), part(fitness, i, search.objectives));
  }
  Nsga2(const Nsga2&) = delete;  // the problem points into it
  Nsga2& operator=(const Nsga2&) = delete;

  void next() override { population_ = algorithm_.evolve(population_); }

 private:
  GeneticSearch search_;
  pagmo::nsga2 algorithm_;
  pagmo::population population_;
};

}  // namespace

std::unique_ptr<Generations> begin_nsga2(const GeneticSearch& search) {
  return std::make_unique<Nsga2>(search);
}

}  // namespace spikemesh::sim
