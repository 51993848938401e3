// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
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

}  // namespace

/// A query, read row by row.
class Store::Statement {
 public:
  Statement(const Store& store, const std::string& sql) : store_(store) {
    if (sqlite3_prepare_v2(store.database_, sql.c_str(), -1, &held_, nullptr) != SQLITE_OK)
      store.fail();
  }
  ~Statement() { sqlite3_finalize(held_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Whether there is a next row.
  bool next() {
    const int code = sqlite3_step(held_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) store_.fail();
    return code == SQLITE_ROW;
  }
  Cell cell(int column) const {
    switch (sqlite3_column_type(held_, column)) {
      case SQLITE_INTEGER:
        return std::int64_t{sqlite3_column_int64(held_, column)};
      case SQLITE_FLOAT:
        return sqlite3_column_double(held_, column);
      case SQLITE_NULL:
        return {};
      default:
        return text(column);
    }
  }
  std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(held_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(held_, column));
    return bytes == nullptr ? "" : std::string(reinterpret_cast<const char*>(bytes), size);
  }
  std::uint64_t count(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(held_, column));
  }

 private:
  const Store& store_;
  sqlite3_stmt* held_ = nullptr;
};

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
    open(true);
    execute("BEGIN IMMEDIATE");
    execute("CREATE TABLE IF NOT EXISTS sweep (key TEXT PRIMARY KEY, value TEXT)");
    execute(create_points());
    expect(identity);
    execute("COMMIT");
    if (sqlite3_prepare_v2(database_, insert_point().c_str(), -1, &insert_, nullptr) != SQLITE_OK)
      fail();
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
    open(false);
    identity();
  } catch (...) {
    close();
    throw;
  }
}

Store::~Store() { close(); }

void Store::close() {
  sqlite3_finalize(insert_);
  sqlite3_close(database_);
  if (lock_ >= 0) ::close(lock_);
  insert_ = nullptr;
  database_ = nullptr;
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

void Store::open(bool make) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | (make ? SQLITE_OPEN_CREATE : 0);
  if (sqlite3_open_v2(file_.c_str(), &database_, flags, nullptr) != SQLITE_OK) fail();
  sqlite3_busy_timeout(database_, 10'000);  // somebody may look at the results meanwhile
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = NORMAL");
}

void Store::execute(const std::string& sql) const {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
}

void Store::fail() const {
  throw InputError(fmt::format("{}: {}; check the disk, or choose another folder", file_.string(),
                               sqlite3_errmsg(database_)));
}

/// A new store gets the identity; another has to have it.
void Store::expect(const Identity& identity) const {
  const Identity held = this->identity();
  for (const auto& [key, value] : identity) {
    const auto found = held.find(key);
    if (held.empty()) {
      sqlite3_stmt* insert = nullptr;
      if (sqlite3_prepare_v2(database_, "INSERT INTO sweep VALUES (?, ?)", -1, &insert, nullptr) !=
          SQLITE_OK)
        fail();
      sqlite3_bind_text(insert, 1, key.c_str(), -1, SQLITE_TRANSIENT);
      sqlite3_bind_text(insert, 2, value.c_str(), -1, SQLITE_TRANSIENT);
      const int code = sqlite3_step(insert);
      sqlite3_finalize(insert);
      if (code != SQLITE_DONE) fail();
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
  Statement query(*this, "SELECT key, value FROM sweep");
  while (query.next()) identity[query.text(0)] = query.text(1);
  return identity;
}

std::vector<std::uint64_t> Store::ids() const {
  std::vector<std::uint64_t> ids;
  Statement query(*this, "SELECT id FROM points ORDER BY id");
  while (query.next()) ids.push_back(query.count(0));
  return ids;
}

std::map<std::string, std::uint64_t> Store::count_by_status() const {
  std::map<std::string, std::uint64_t> counts;
  Statement query(*this, "SELECT status, count(*) FROM points GROUP BY status");
  while (query.next()) counts[query.text(0)] = query.count(1);
  return counts;
}

void Store::add(const Row& row) {
  int place = 0;
  for (const Cell& cell : row.cells()) {
    ++place;
    if (const auto* integer = std::get_if<std::int64_t>(&cell))
      sqlite3_bind_int64(insert_, place, *integer);
    else if (const auto* real = std::get_if<double>(&cell))
      sqlite3_bind_double(insert_, place, *real);
    else if (const auto* text = std::get_if<std::string>(&cell))
      sqlite3_bind_text(insert_, place, text->c_str(), static_cast<int>(text->size()),
                        SQLITE_TRANSIENT);
    else
      sqlite3_bind_null(insert_, place);
  }
  const int code = sqlite3_step(insert_);
  sqlite3_reset(insert_);
  if (code != SQLITE_DONE) fail();
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
  Statement query(*this, fmt::format("SELECT {} FROM points {} ORDER BY id", names, where));
  while (query.next()) {
    Row row;
    for (std::size_t i = 0; i < columns().size(); ++i)
      row.set(columns()[i].name, query.cell(static_cast<int>(i)));
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
