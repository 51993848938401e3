// SPDX-License-Identifier: Apache-2.0
#include "files/json_tree.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "files/json_text.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kDeepest = 32;
constexpr std::size_t kLeastPacked = 64;  // numbers; shorter arrays stay as they are
constexpr std::size_t kWidest = 8;        // numbers of a row
constexpr std::int64_t kExactInteger = std::int64_t{1}
                                       << 53;  // integers up to here are exact as double

Json plain(double value) {
  if (value == std::floor(value) && std::abs(value) <= static_cast<double>(kExactInteger))
    return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace

// ---- packed arrays

std::optional<PackedNumbers> PackedNumbers::of(const Json& value) {
  if (!value.is_binary()) return std::nullopt;
  const Json::binary_t& bytes = value.get_binary();
  const bool narrow = (bytes.subtype() & 1) != 0;
  const std::size_t each = narrow ? sizeof(std::int32_t) : sizeof(double);
  return PackedNumbers(bytes.data(), bytes.size() / each, bytes.subtype() >> 1, narrow);
}

double PackedNumbers::number(std::size_t i) const {
  if (narrow_) {
    std::int32_t whole = 0;
    std::memcpy(&whole, bytes_ + i * sizeof whole, sizeof whole);
    return whole;
  }
  double value = 0;
  std::memcpy(&value, bytes_ + i * sizeof value, sizeof value);
  return value;
}

Json PackedNumbers::element(std::size_t i) const {
  if (width_ == 0) return plain(number(i));
  Json row = Json::array();
  for (std::size_t at = 0; at < width_; ++at) row.push_back(plain(number(i * width_ + at)));
  return row;
}

// ---- the tree

void JsonTree::fail(const std::string& message) const {
  std::string path;
  for (const Open& level : open_)
    path += fmt::format("/{}",
                        level.kind == Kind::object ? shown(level.key) : std::to_string(level.next));
  throw InputError(fmt::format("{}: {}: {}", name_, path.empty() ? "/" : path, message));
}

bool JsonTree::number_integer(number_integer_t value) {
  return number(static_cast<double>(value), value >= -kExactInteger && value <= kExactInteger,
                value);
}

bool JsonTree::number_unsigned(number_unsigned_t value) {
  return number(static_cast<double>(value), value <= static_cast<std::uint64_t>(kExactInteger),
                value);
}

bool JsonTree::number_float(number_float_t value, const string_t&) {
  return number(value, true, value);
}

bool JsonTree::number(double value, bool exact, Json plain_value) {
  Open* const array = open_.empty() || open_.back().kind == Kind::object ? nullptr : &open_.back();
  if (pack_ && exact && array != nullptr) {
    if (array->next == 0) array->kind = Kind::numbers;
    if (array->kind == Kind::numbers) {
      array->numbers.push_back(value);
      ++array->next;
      return true;
    }
  }
  return other(std::move(plain_value));
}

bool JsonTree::other(Json value) {
  add(std::move(value));
  return true;
}

void JsonTree::add(Json value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return;
  }
  Open& level = open_.back();
  unpack(level);
  if (level.kind == Kind::object) {
    level.value[level.key] = std::move(value);
  } else {
    level.value.push_back(std::move(value));
  }
  ++level.next;
}

void JsonTree::open(Kind kind) {
  if (open_.size() == kDeepest)
    fail(fmt::format("nested deeper than {} levels; nothing here is that deep", kDeepest));
  Open& level = open_.emplace_back();
  level.kind = kind;
  level.value = kind == Kind::object ? Json::object() : Json::array();
}

bool JsonTree::start_object(std::size_t) {
  open(Kind::object);
  return true;
}

bool JsonTree::start_array(std::size_t) {
  open(Kind::array);
  return true;
}

bool JsonTree::key(string_t& value) {
  Open& level = open_.back();
  level.key = value;
  if (!level.keys.insert(value).second) fail("occurs twice; keep one");
  return true;
}

bool JsonTree::end_object() {
  Json value = std::move(open_.back().value);
  open_.pop_back();
  return other(std::move(value));
}

bool JsonTree::end_array() {
  Open ended = std::move(open_.back());
  open_.pop_back();
  return join_rows(ended) || other(closed(ended));
}

/// Whether an array that has ended is a row of the one around it, and is packed there.
bool JsonTree::join_rows(const Open& row) {
  if (row.kind != Kind::numbers || row.numbers.size() > kWidest || open_.empty()) return false;
  Open& around = open_.back();
  if (around.kind == Kind::array && around.next == 0) {
    around.kind = Kind::rows;
    around.width = row.numbers.size();
  }
  if (around.kind != Kind::rows || around.width != row.numbers.size()) return false;
  around.numbers.append(row.numbers);
  ++around.next;
  return true;
}

/// What an array that has ended is in the tree.
Json JsonTree::closed(Open& ended) {
  if (ended.kind == Kind::array || ended.numbers.size() < kLeastPacked) {
    unpack(ended);
    return std::move(ended.value);
  }
  const std::size_t kind = ended.width << 1 | (ended.numbers.narrow() ? 1 : 0);
  return Json::binary(ended.numbers.take_bytes(), kind);
}

/// An array that was packed so far becomes one that can hold anything.
void JsonTree::unpack(Open& array) {
  if (array.kind != Kind::numbers && array.kind != Kind::rows) return;
  const std::size_t width = array.kind == Kind::rows ? array.width : 1;
  for (std::size_t i = 0; i < array.numbers.size(); i += width) {
    if (array.kind == Kind::numbers) {
      array.value.push_back(plain(array.numbers[i]));
      continue;
    }
    Json& row = array.value.emplace_back(Json::array());
    for (std::size_t at = 0; at < width; ++at) row.push_back(plain(array.numbers[i + at]));
  }
  array.numbers.clear();
  array.kind = Kind::array;
}

bool JsonTree::parse_error(std::size_t, const std::string&,
                           const nlohmann::detail::exception& error) {
  if (const auto* overflow = dynamic_cast<const Json::out_of_range*>(&error)) throw *overflow;
  if (const auto* wrong = dynamic_cast<const Json::parse_error*>(&error)) throw *wrong;
  throw error;
}

}  // namespace spikemesh
