// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/sweep/point/row.hpp"
#include "sim/sweep/sweep_module.hpp"

namespace spikemesh::sim {

/// What a sweep is: keys and values of the table `sweep`.
using Identity = std::map<std::string, std::string>;

/// The folder of a sweep: DIR/sweep.sqlite, and DIR/sweep.csv when it is asked for. Locked until it
/// goes out of scope. A row that was added stays, whatever becomes of the process.
///
/// Throws InputError that names the file and the remedy, for a folder that cannot be used and for
/// what the database says.
class Store {
 public:
  /// Makes the folder for the sweep with this identity, or goes on with the one that is there,
  /// which has to have the same.
  Store(const std::filesystem::path& folder, const Identity& identity);
  /// Opens one that is there, to read it.
  explicit Store(const std::filesystem::path& folder);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Identity identity() const;
  /// The ids that have a row, ascending.
  std::vector<std::uint64_t> ids() const;
  /// How many rows have each status.
  std::map<std::string, std::uint64_t> count_by_status() const;
  void add(const Row& row);
  /// The row with this id, if there is one.
  std::optional<Row> find(std::uint64_t id) const;
  /// Every row, by id.
  void for_each(const std::function<void(const Row&)>& take) const;
  /// Writes DIR/sweep.csv.
  void write_csv() const;

 private:
  void read(const std::string& where, const std::function<void(const Row&)>& take) const;
  void close();
  void lock();
  void expect(const Identity& identity) const;

  std::filesystem::path folder_, file_;
  int lock_ = -1;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Statement> insert_;
};

}  // namespace spikemesh::sim
