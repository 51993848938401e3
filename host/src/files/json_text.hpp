// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "files/input_pieces.hpp"

namespace spikemesh {

/// Parses a JSON text of a user; `name` is what errors call it. Throws InputError for text that is
/// not JSON (line and column), for a key that stands twice in one object (path), for objects and
/// arrays nested deeper than any of ours, and for more values than there is memory for.
nlohmann::json parse_json(const std::string& text, const std::string& name);

/// The same, with long arrays of numbers, and long arrays of rows of equally many numbers, packed:
/// a tree takes 16 to 48 bytes a number, a packed array 4 if all of its numbers are whole and
/// small, else 8. They are Json::binary; PackedNumbers reads them.
nlohmann::json parse_packed_json(const std::string& text, const std::string& name);
/// Takes the memory of the text for that of the tree, piece by piece.
nlohmann::json parse_packed_json(InputPieces text, const std::string& name);

class PackedNumbers {
 public:
  /// Nothing for a value that is not packed. `value` outlives it.
  static std::optional<PackedNumbers> of(const nlohmann::json& value);

  /// Elements of the array.
  std::size_t size() const { return count_ / (width_ == 0 ? 1 : width_); }
  /// Numbers of each element; 0: each is a number.
  std::size_t width() const { return width_; }
  /// Number `i` of all.
  double number(std::size_t i) const;
  /// Element `i` as it stood in the text, up to how a whole number was written.
  nlohmann::json element(std::size_t i) const;

 private:
  PackedNumbers(const std::uint8_t* bytes, std::size_t count, std::size_t width, bool narrow)
      : bytes_(bytes), count_(count), width_(width), narrow_(narrow) {}

  const std::uint8_t* bytes_;
  std::size_t count_, width_;
  bool narrow_;
};

}  // namespace spikemesh
