// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "files/number_list.hpp"

namespace spikemesh {

/// Builds the tree of a JSON text while it is parsed. Long arrays of numbers and of rows are packed
/// (PackedNumbers) when `pack` is set.
class JsonTree : public nlohmann::json_sax<nlohmann::json> {
 public:
  using Json = nlohmann::json;

  /// `name` is what errors call the text.
  JsonTree(const std::string& name, bool pack) : name_(name), pack_(pack) {}
  Json take() { return std::move(root_); }

  bool null() override { return other(nullptr); }
  bool boolean(bool value) override { return other(value); }
  bool string(string_t& value) override { return other(std::move(value)); }
  bool binary(binary_t& value) override { return other(std::move(value)); }
  bool number_integer(number_integer_t value) override;
  bool number_unsigned(number_unsigned_t value) override;
  bool number_float(number_float_t value, const string_t& text) override;
  bool start_object(std::size_t size) override;
  bool key(string_t& value) override;
  bool end_object() override;
  bool start_array(std::size_t size) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception& error) override;

 private:
  enum class Kind { object, array, numbers, rows };  ///< the last two: an array, packed so far
  /// An object or array that has not ended.
  struct Open {
    Kind kind;
    Json value;             ///< of object and array
    NumberList numbers;     ///< of numbers and rows
    std::size_t width = 0;  ///< of rows
    std::size_t next = 0;   ///< index of the element under way
    std::string key;
    std::set<std::string> keys;
  };

  void open(Kind kind);
  bool number(double value, bool exact, Json plain);
  bool other(Json value);
  void add(Json value);
  bool join_rows(const Open& row);
  static Json closed(Open& ended);
  static void unpack(Open& array);
  [[noreturn]] void fail(const std::string& message) const;

  const std::string& name_;
  const bool pack_;
  Json root_;
  std::vector<Open> open_;
};

}  // namespace spikemesh
