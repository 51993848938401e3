// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace spikemesh {

/// A NumPy array file (format versions 1 to 3). Types: bool, integers and floats of 1 to 8 bytes
/// but float16, either byte order, C or Fortran order, and structured arrays of those. Values
/// become double: integers beyond 2^53 are refused.
struct Npy {
  /// One column of a structured array, or the whole of a plain one.
  struct Field {
    std::string name;            ///< empty in an array without fields
    std::vector<double> values;  ///< in C order
  };
  std::vector<std::size_t> shape;
  std::vector<Field> fields;  ///< one, unless the array is structured

  /// Number of elements: the product of the shape.
  std::size_t size() const { return fields.front().values.size(); }
  /// The field of this name; null if there is none.
  const Field* find(const std::string& name) const;
};

/// Throws InputError, which names the file, for a file that is missing, cut short or of another
/// type.
Npy read_npy(const std::filesystem::path& path);
/// The same from memory; `name` is what errors call it.
Npy parse_npy(std::span<const std::uint8_t> bytes, const std::string& name);

/// Little-endian, C order, format version 1.
void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const double> values);
/// The same, of another type.
void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::uint32_t> values);
/// The same, of another type.
void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::int32_t> values);
/// The same, of another type.
void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::int64_t> values);

}  // namespace spikemesh
