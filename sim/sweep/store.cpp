// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

std::string_view sql_type(Column::Type type) {
  switch (type) {
    case Column::Type::integer:
      return "INTEGER";
    case Column::Type::real:
      return "REAL";
    case Column::Type::text:
      break;
  }
  return "TEXT";
}

std::string create_points() {
  std::string sql = "CREATE TABLE IF NOT EXISTS points (";
  for (const Column& column : columns())
    sql += fmt::format("{}\"{}\" {}{}", column.name == "id" ? "" : ", ", column.name,
                       sql_type(column.type), column.name == "id" ? " PRIMARY KEY" : "");
  return sql + ")";
}

std::string insert_point() {
  std::string names, places;
  for (const Column& column : columns()) {
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
    places += places.empty() ? "?" : ", ?";
  }
  return fmt::format("INSERT INTO points ({}) VALUES ({})", names, places);
}

/// A cell that is not empty: of the text column of a table of ours, or a count.
std::string text_of(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return text == nullptr ? "" : *text;
}

std::uint64_t count_of(const Cell& cell) {
  const auto* count = std::get_if<std::int64_t>(&cell);
  return count == nullptr ? 0 : static_cast<std::uint64_t>(*count);
}

}  // namespace

Store::Store(const std::filesystem::path& folder, const Identity& identity)
    : folder_(folder), file_(folder / "sweep.sqlite") {
  if (folder.empty()) throw InputError("--out: it is empty; name a folder");
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error)
    throw InputError(fmt::format("--out {}: {}; choose a folder that can be made", folder_.string(),
                                 error.message()));
  try {
    lock();
    database_ = sweep_module().open_database(file_, true);
    database_->execute("BEGIN IMMEDIATE");
    database_->execute("CREATE TABLE IF NOT EXISTS sweep (key TEXT PRIMARY KEY, value TEXT)");
    database_->execute(create_points());
    expect(identity);
    database_->execute("COMMIT");
    insert_ = database_->prepare(insert_point());
  } catch (...) {
    close();
    throw;
  }
}

Store::Store(const std::filesystem::path& folder)
    : folder_(folder), file_(folder / "sweep.sqlite") {
  std::error_code none;
  if (!std::filesystem::is_regular_file(file_, none))
    throw InputError(
        fmt::format("{}: there is no such file; name the folder of a sweep", file_.string()));
  try {
    lock();
    database_ = sweep_module().open_database(file_, false);
    identity();
  } catch (...) {
    close();
    throw;
  }
}

Store::~Store() { close(); }

void Store::close() {
  insert_.reset();
  database_.reset();
  if (lock_ >= 0) ::close(lock_);
  lock_ = -1;
}

void Store::lock() {
  lock_ = ::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock_ < 0)
    throw InputError(
        fmt::format("{}: it cannot be opened; choose another folder, or change its "
                    "permissions",
                    folder_.string()));
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    throw InputError(
        fmt::format("{}: another sweep uses this folder; wait until it is over, or "
                    "choose another",
                    folder_.string()));
}

/// A new store gets the identity; another has to have it.
void Store::expect(const Identity& identity) const {
  const Identity held = this->identity();
  for (const auto& [key, value] : identity) {
    const auto found = held.find(key);
    if (held.empty()) {
      const auto insert = database_->prepare("INSERT INTO sweep VALUES (?, ?)");
      insert->bind(1, key);
      insert->bind(2, value);
      insert->run();
    } else if (found == held.end() || found->second != value) {
      throw InputError(
          fmt::format("{}: it holds another sweep: {} is {} there and {} here; choose another "
                      "folder, or remove "
                      "this file",
                      file_.string(), key, found == held.end() ? "missing" : shown(found->second),
                      shown(value)));
    }
  }
}

Identity Store::identity() const {
  Identity identity;
  const auto query = database_->prepare("SELECT key, value FROM sweep");
  while (query->next()) identity[text_of(query->cell(0))] = text_of(query->cell(1));
  return identity;
}

std::vector<std::uint64_t> Store::ids() const {
  std::vector<std::uint64_t> ids;
  const auto query = database_->prepare("SELECT id FROM points ORDER BY id");
  while (query->next()) ids.push_back(count_of(query->cell(0)));
  return ids;
}

std::map<std::string, std::uint64_t> Store::count_by_status() const {
  std::map<std::string, std::uint64_t> counts;
  const auto query = database_->prepare("SELECT status, count(*) FROM points GROUP BY status");
  while (query->next()) counts[text_of(query->cell(0))] = count_of(query->cell(1));
  return counts;
}

void Store::add(const Row& row) {
  int place = 0;
  for (const Cell& cell : row.cells()) insert_->bind(++place, cell);
  insert_->run();
}

void Store::for_each(const std::function<void(const Row&)>& take) const { read("", take); }

std::optional<Row> Store::find(std::uint64_t id) const {
  std::optional<Row> found;
  read(fmt::format("WHERE id = {}", id), [&](const Row& row) { found = row; });
  return found;
}

void Store::read(const std::string& where, const std::function<void(const Row&)>& take) const {
  std::string names;
  for (const Column& column : columns())
    names += fmt::format("{}\"{}\"", names.empty() ? "" : ", ", column.name);
  const auto query =
      database_->prepare(fmt::format("SELECT {} FROM points {} ORDER BY id", names, where));
  while (query->next()) {
    Row row;
    for (std::size_t i = 0; i < columns().size(); ++i)
      row.set(columns()[i].name, query->cell(static_cast<int>(i)));
    take(row);
  }
}

void Store::write_csv() const {
  OutputFile file(folder_ / "sweep.csv");
  for (const Column& column : columns())
    file.stream() << (column.name == "id" ? "" : ",") << column.name;
  file.stream() << "\n";
  for_each([&](const Row& row) {
    for (std::size_t i = 0; i < row.cells().size(); ++i)
      file.stream() << (i == 0 ? "" : ",") << csv_text(row.cells()[i]);
    file.stream() << "\n";
  });
  file.commit();
}

}  // namespace spikemesh::sim
