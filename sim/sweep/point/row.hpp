// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spikemesh::sim {

/// A value of a result; the first: not known.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;

/// A column of the results (docs/exploration/sweep.md).
struct Column {
  enum class Type : std::uint8_t { integer, real, text };
  std::string name;
  Type type = Type::integer;
  /// Wall time and the like: not the same in every run.
  bool wall = false;

  bool numeric() const { return type != Type::text; }
};

/// All columns, in order; the first is `id`.
const std::vector<Column>& columns();
/// Its index, if there is such a column.
std::optional<std::size_t> find_column(std::string_view name);

/// The results of one point: a cell for each column.
class Row {
 public:
  Row() : cells_(columns().size()) {}
  /// `name` is a column; an integer is stored as such in a real one, too.
  void set(std::string_view name, Cell cell);
  void set_count(std::string_view name, std::uint64_t value) {
    set(name, static_cast<std::int64_t>(value));
  }
  const Cell& operator[](std::string_view name) const;
  const std::vector<Cell>& cells() const { return cells_; }
  std::int64_t id() const { return std::get<std::int64_t>(cells_.front()); }

 private:
  std::vector<Cell> cells_;
};

/// The cell as a number, if it is one.
std::optional<double> number_of(const Cell& cell);
/// The cell as it stands in a CSV file.
std::string csv_text(const Cell& cell);

}  // namespace spikemesh::sim
