// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/module/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

class SqliteDatabase : public Database {
 public:
  SqliteDatabase(const std::filesystem::path& file, bool make) : file_(file) {
    const int flags =
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX | (make ? SQLITE_OPEN_CREATE : 0);
    try {
      if (sqlite3_open_v2(file_.c_str(), &held_, flags, nullptr) != SQLITE_OK) fail();
      sqlite3_busy_timeout(held_, 10'000);  // somebody may look at the results meanwhile
      execute("PRAGMA journal_mode = WAL");
      execute("PRAGMA synchronous = NORMAL");
    } catch (...) {
      sqlite3_close(held_);
      throw;
    }
  }
  ~SqliteDatabase() override { sqlite3_close(held_); }
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  void execute(const std::string& sql) override {
    if (sqlite3_exec(held_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail();
  }
  std::unique_ptr<Statement> prepare(const std::string& sql) override;

  sqlite3* held() const { return held_; }
  [[noreturn]] void fail() const {
    throw InputError(fmt::format("{}: {}; check the disk, or choose another folder", file_.string(),
                                 sqlite3_errmsg(held_)));
  }

 private:
  std::filesystem::path file_;
  sqlite3* held_ = nullptr;
};

class SqliteStatement : public Statement {
 public:
  SqliteStatement(const SqliteDatabase& database, const std::string& sql) : database_(database) {
    if (sqlite3_prepare_v2(database.held(), sql.c_str(), -1, &held_, nullptr) != SQLITE_OK)
      database.fail();
  }
  ~SqliteStatement() override { sqlite3_finalize(held_); }
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  void bind(int place, const Cell& value) override {
    if (const auto* integer = std::get_if<std::int64_t>(&value))
      sqlite3_bind_int64(held_, place, *integer);
    else if (const auto* real = std::get_if<double>(&value))
      sqlite3_bind_double(held_, place, *real);
    else if (const auto* text = std::get_if<std::string>(&value))
      sqlite3_bind_text(held_, place, text->c_str(), static_cast<int>(text->size()),
                        SQLITE_TRANSIENT);
    else
      sqlite3_bind_null(held_, place);
  }
  bool next() override {
    const int code = sqlite3_step(held_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail();
    return code == SQLITE_ROW;
  }
  Cell cell(int column) const override {
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
  void run() override {
    const int code = sqlite3_step(held_);
    sqlite3_reset(held_);
    if (code != SQLITE_DONE) database_.fail();
  }

 private:
  std::string text(int column) const {
    const auto* bytes = sqlite3_column_text(held_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(held_, column));
    return bytes == nullptr ? "" : std::string(reinterpret_cast<const char*>(bytes), size);
  }

  const SqliteDatabase& database_;
  sqlite3_stmt* held_ = nullptr;
};

std::unique_ptr<Statement> SqliteDatabase::prepare(const std::string& sql) {
  return std::make_unique<SqliteStatement>(*this, sql);
}

}  // namespace

std::unique_ptr<Database> open_sqlite(const std::filesystem::path& file, bool make) {
  return std::make_unique<SqliteDatabase>(file, make);
}

}  // namespace spikemesh::sim
