// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/json_text.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh {

/// A value of a JSON file that knows its path, so that every error can name it.
class JsonCursor {
 public:
  JsonCursor(const nlohmann::json& value, std::string path, const std::string& source,
             const std::filesystem::path& directory)
      : value_(&value), path_(std::move(path)), source_(&source), directory_(&directory) {}

  /// Throws InputError: source, path, message.
  [[noreturn]] void fail(const std::string& message) const;

  /// An object with no keys but these.
  void object(const std::vector<std::string_view>& keys) const;
  bool is_object() const { return value_->is_object(); }
  bool is_array() const { return value_->is_array() || PackedNumbers::of(*value_); }
  bool is_truth() const { return value_->is_boolean(); }
  /// Elements of an array; fails for anything else.
  std::size_t array_size() const;

  std::optional<JsonCursor> find(const char* key) const;
  JsonCursor at(const char* key) const;  ///< fails if it is missing
  JsonCursor at(std::size_t i) const;

  double number() const;
  std::int64_t integer(std::int64_t min, std::int64_t max) const;
  bool truth() const;
  std::string text() const;
  /// Index of the text among `words`.
  std::size_t choice(const std::vector<std::string_view>& words) const;

  /// One number, or an array of `count`, or {"npy": file} with one axis of `count`.
  Values<double> numbers(std::size_t count, const char* of) const;
  Values<std::int64_t> integers(std::size_t count, const char* of, std::int64_t min,
                                std::int64_t max) const;
  /// An array or {"npy": file} of any length, with one axis.
  std::vector<double> column() const;
  /// File that {"npy": file} names.
  std::filesystem::path npy_path() const;
  /// Every value as an integer in min..max; `parts` numbers them in the path if there are several,
  /// and `column` follows the number.
  std::vector<std::int64_t> whole(const std::vector<double>& values, bool parts, std::int64_t min,
                                  std::int64_t max, const char* column = "") const;
  const std::string& path() const { return path_; }

 private:
  /// The value as errors show it: short.
  std::string value_text() const;
  const char* type() const;
  JsonCursor child(const nlohmann::json& value, const std::string& name) const;

  std::shared_ptr<const nlohmann::json> own_;  ///< a part of a packed array
  const nlohmann::json* value_;
  std::string path_;
  const std::string* source_;
  const std::filesystem::path* directory_;
};

/// Reads /projections/i and adds it.
void read_projection(const JsonCursor& cursor, Network& network);

}  // namespace spikemesh
