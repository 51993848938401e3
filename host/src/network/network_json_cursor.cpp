// SPDX-License-Identifier: Apache-2.0
#include "network/network_json_cursor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/network_json.hpp"
#include "spikemesh/npy.hpp"

namespace spikemesh {
namespace {

std::string shape_text(const std::vector<std::size_t>& shape) {
  return fmt::format("({})", fmt::join(shape, ", "));
}

}  // namespace

void JsonCursor::fail(const std::string& message) const {
  const std::string place = path_.empty() ? "/" : path_;
  throw InputError((source_->empty() ? place : *source_ + ": " + place) + ": " + message);
}

const char* JsonCursor::type() const { return is_array() ? "array" : value_->type_name(); }

std::string JsonCursor::value_text() const {
  return value_->is_object() || is_array() ? type() : shown(value_->dump());
}

JsonCursor JsonCursor::child(nlohmann::json& value, const std::string& name) const {
  JsonCursor made{value, path_ + "/" + name, *source_, *directory_};
  made.own_ = own_;
  return made;
}

void JsonCursor::object(const std::vector<std::string_view>& keys) const {
  if (!value_->is_object()) fail(fmt::format("{}, but an object {{...}} is needed", value_text()));
  for (auto& [key, value] : value_->items())
    if (std::find(keys.begin(), keys.end(), key) == keys.end())
      child(value, shown(key))
          .fail(fmt::format("unknown key; the keys here are {}", fmt::join(keys, ", ")));
}

std::size_t JsonCursor::array_size() const {
  if (const auto packed = PackedNumbers::of(*value_)) return packed->size();
  if (!value_->is_array()) fail(fmt::format("{}, but an array [...] is needed", value_text()));
  return value_->size();
}

std::optional<JsonCursor> JsonCursor::find(const char* key) const {
  const auto found = value_->find(key);
  if (found == value_->end()) return std::nullopt;
  return child(*found, key);
}

JsonCursor JsonCursor::at(const char* key) const {
  if (const auto found = find(key)) return *found;
  fail(fmt::format("{} is missing; add it", key));
}

JsonCursor JsonCursor::at(std::size_t i) const {
  const auto packed = PackedNumbers::of(*value_);
  if (!packed) return child((*value_)[i], std::to_string(i));
  const auto own = std::make_shared<nlohmann::json>(packed->element(i));
  JsonCursor part = child(*own, std::to_string(i));
  part.own_ = own;
  return part;
}

double JsonCursor::number() const {
  if (!value_->is_number()) fail(fmt::format("{}, but a number is needed", value_text()));
  return value_->get<double>();
}

std::int64_t JsonCursor::integer(std::int64_t min, std::int64_t max) const {
  if (!value_->is_number_integer()) return whole(number(), min, max, [] { return std::string(); });
  // Not by way of a double, which has 53 bits.
  const bool beyond = value_->is_number_unsigned() &&
                      value_->get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
  if (beyond || value_->get<std::int64_t>() < min || value_->get<std::int64_t>() > max)
    fail(fmt::format("{}, but {}..{} are allowed", value_text(), min, max));
  return value_->get<std::int64_t>();
}

void JsonCursor::fail_whole(double value, std::int64_t min, std::int64_t max,
                            const std::string& part) const {
  JsonCursor place = *this;
  place.path_ += part;
  if (value != std::floor(value)) place.fail(fmt::format("{}, but an integer is needed", value));
  constexpr std::int64_t kNoLimit = 0xffffffff;  // what is allowed hangs on the chip
  place.fail(max >= kNoLimit ? fmt::format("{}, but at least {} is needed", value, min)
                             : fmt::format("{}, but {}..{} are allowed", value, min, max));
}

std::vector<std::int64_t> JsonCursor::whole(const std::vector<double>& values, bool parts,
                                            std::int64_t min, std::int64_t max) const {
  std::vector<std::int64_t> result;
  result.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    result.push_back(
        whole(values[i], min, max, [&] { return parts ? fmt::format("/{}", i) : std::string(); }));
  return result;
}

bool JsonCursor::truth() const {
  if (!value_->is_boolean()) fail(fmt::format("{}, but true or false is needed", value_text()));
  return value_->get<bool>();
}

std::string JsonCursor::text() const {
  if (!value_->is_string()) fail(fmt::format("{}, but a string is needed", value_text()));
  return value_->get<std::string>();
}

std::size_t JsonCursor::choice(const std::vector<std::string_view>& words) const {
  const std::string word = text();
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end())
    fail(fmt::format("\"{}\", but it is one of {}", shown(word), fmt::join(words, ", ")));
  return static_cast<std::size_t>(found - words.begin());
}

std::filesystem::path JsonCursor::npy_path() const {
  object(network_keys("npy"));
  return *directory_ / at("npy").text();
}

std::vector<double> JsonCursor::column() const {
  std::vector<double> values;
  if (is_object()) {
    Npy npy = read_npy(npy_path());
    if (npy.shape.size() != 1 || npy.fields.size() != 1)
      fail(fmt::format("the shape of {} is {}, but a plain array with one axis is needed",
                       npy_path().string(), shape_text(npy.shape)));
    return std::move(npy.fields.front().values);
  }
  const std::size_t size = array_size();
  values.reserve(size);
  const auto packed = PackedNumbers::of(*value_);
  const bool plain = packed && packed->width() == 0;
  for (std::size_t i = 0; i < size; ++i)
    values.push_back(plain ? packed->number(i) : at(i).number());
  release();
  return values;
}

std::vector<std::uint32_t> JsonCursor::index_column(std::int64_t min, std::int64_t max) const {
  const auto index = [&](double value, std::size_t i) {
    return static_cast<std::uint32_t>(
        whole(value, min, max, [&] { return fmt::format("/{}", i); }));
  };
  std::vector<std::uint32_t> indices;
  const auto packed = PackedNumbers::of(*value_);
  if (packed && packed->width() == 0) {
    indices.reserve(packed->size());
    for (std::size_t i = 0; i < packed->size(); ++i) indices.push_back(index(packed->number(i), i));
    release();
    return indices;
  }
  const std::vector<double> values = column();
  indices.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) indices.push_back(index(values[i], i));
  return indices;
}

std::optional<PackedNumbers> JsonCursor::packed_rows() const {
  const auto packed = PackedNumbers::of(*value_);
  return packed && packed->width() > 0 ? packed : std::nullopt;
}

void JsonCursor::release() const {
  if (value_->is_binary()) *value_ = nlohmann::json::array();
}

Values<double> JsonCursor::numbers(std::size_t count, const char* of) const {
  if (!is_array() && !is_object()) return number();
  std::vector<double> values = column();
  if (values.size() != count)
    fail(fmt::format("{} values for {} {}; give one value, or one for each", values.size(), count,
                     of));
  return values;
}

Values<std::int64_t> JsonCursor::integers(std::size_t count, const char* of, std::int64_t min,
                                          std::int64_t max) const {
  const bool several = is_array() || is_object();
  return whole(numbers(count, of).all(), several, min, max);
}

}  // namespace spikemesh
