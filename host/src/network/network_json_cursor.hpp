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
  JsonCursor(nlohmann::json& value, std::string path, const std::string& source,
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
  /// An array or {"npy": file} of any length, with one axis. A packed array is empty then: what it
  /// took is free for the network.
  std::vector<double> column() const;
  /// The same, as indices in min..max.
  std::vector<std::uint32_t> index_column(std::int64_t min, std::int64_t max) const;
  /// The numbers of an array of rows that is packed.
  std::optional<PackedNumbers> packed_rows() const;
  /// Empties a packed array.
  void release() const;
  /// File that {"npy": file} names.
  std::filesystem::path npy_path() const;
  /// A value as an integer in min..max; `part` is its place in the path, such as "/3" or "/3/0".
  template <class Part>
  std::int64_t whole(double value, std::int64_t min, std::int64_t max, Part part) const {
    if (value >= -0x1p62 && value <= 0x1p62) {  // false for NaN
      const auto whole = static_cast<std::int64_t>(value);
      if (static_cast<double>(whole) == value && whole >= min && whole <= max) return whole;
    }
    fail_whole(value, min, max, part());
  }
  /// Every value as an integer in min..max; `parts` numbers them in the path if there are several.
  std::vector<std::int64_t> whole(const std::vector<double>& values, bool parts, std::int64_t min,
                                  std::int64_t max) const;
  const std::string& path() const { return path_; }

 private:
  /// The value as errors show it: short.
  std::string value_text() const;
  const char* type() const;
  JsonCursor child(nlohmann::json& value, const std::string& name) const;
  [[noreturn]] void fail_whole(double value, std::int64_t min, std::int64_t max,
                               const std::string& part) const;

  std::shared_ptr<nlohmann::json> own_;  ///< a part of a packed array
  nlohmann::json* value_;
  std::string path_;
  const std::string* source_;
  const std::filesystem::path* directory_;
};

/// Reads /projections/i and adds it.
void read_projection(const JsonCursor& cursor, Network& network);
/// What a conv2d or pool2d projection says besides what it joins and its delays.
void read_layer(const JsonCursor& cursor, const Network& network, Projection& projection);
/// Delays of a conv2d projection: one, or an array of the shape of its kernel, which is read
/// already.
Values<double> read_kernel_delays(const JsonCursor& cursor, const Network& network,
                                  const Projection& projection);

}  // namespace spikemesh
