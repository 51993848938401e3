// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace spikemesh {

/// Type of one field of an element.
struct NpyType {
  std::string name;  ///< empty in an array without fields
  char kind = 'f';   ///< b, i, u, f
  unsigned bytes = 8;
  bool big_endian = false;
  std::size_t offset = 0;  ///< in the element
};

struct NpyHeader {
  std::vector<NpyType> fields;
  std::size_t stride = 0;  ///< bytes an element
  bool fortran = false;
  std::vector<std::size_t> shape;
};

/// Reads the Python dict that opens a .npy file; throws InputError that names the file.
NpyHeader parse_npy_header(const std::string& text, const std::string& name);

}  // namespace spikemesh
