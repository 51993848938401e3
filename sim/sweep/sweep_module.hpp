// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/sweep/point/row.hpp"

namespace spikemesh::sim {

/// A statement of SQL. What the database refuses is an InputError that names its file.
class Statement {
 public:
  virtual ~Statement() = default;
  /// Gives a value to a `?`; the first is 1.
  virtual void bind(int place, const Cell& value) = 0;
  /// Whether there is a next row.
  virtual bool next() = 0;
  /// Of the row that next() found; the first column is 0.
  virtual Cell cell(int column) const = 0;
  /// Executes a statement without rows, which can then be bound and executed again.
  virtual void run() = 0;
};

/// A file of SQLite. Its statements go first.
class Database {
 public:
  virtual ~Database() = default;
  virtual void execute(const std::string& sql) = 0;
  virtual std::unique_ptr<Statement> prepare(const std::string& sql) = 0;
};

/// What a genetic search is about. A gene is the index of a value of a dimension.
struct GeneticSearch {
  std::vector<std::uint32_t> values{};  ///< how many each dimension has
  std::size_t objectives = 0;           ///< of each point; smaller is better
  std::vector<double> first{};          ///< the first generation, one point after another
  unsigned seed = 1;
  /// The objectives of points, one after another, for their genes, one after another.
  std::function<std::vector<double>(const std::vector<double>& genes)> evaluate{};
};

/// A search under way.
class Generations {
 public:
  virtual ~Generations() = default;
  /// Evaluates one more generation.
  virtual void next() = 0;
};

/// What sweeps take from other libraries (SQLite, pagmo). It is a file of its own,
/// lib/spikemesh/sweep.so, so that only who sweeps loads these libraries.
struct SweepModule {
  std::unique_ptr<Database> (*open_database)(const std::filesystem::path& file, bool make);
  std::unique_ptr<Generations> (*begin_search)(const GeneticSearch& search);
};

/// Opens the module. Throws Error that names the file, what is missing and the remedy.
const SweepModule& sweep_module();

}  // namespace spikemesh::sim
