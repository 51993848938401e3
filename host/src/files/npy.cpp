// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/npy.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>
#include <fstream>
#include <limits>

#include "files/npy_header.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh {
namespace {

constexpr std::uint8_t kMagic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};
constexpr double kExact = 9007199254740992.0;  // 2^53: integers up to here are exact as double

/// The text of the header, and where the data begin.
struct Opening {
  std::string header;
  std::size_t data = 0;
};

Opening open_npy(std::span<const std::uint8_t> bytes, const std::string& name) {
  if (bytes.size() < 10 || std::memcmp(bytes.data(), kMagic, sizeof(kMagic)) != 0)
    throw InputError(name + ": this is not a .npy file; write it with numpy.save");
  const unsigned version = bytes[6];
  if (version < 1 || version > 3)
    throw InputError(fmt::format(
        "{}: format version {}, but 1..3 are known; write it with numpy.save", name, version));
  const std::size_t start = version == 1 ? 10 : 12;
  std::size_t length = bytes[8] | bytes[9] << 8;
  if (version > 1 && bytes.size() >= 12)
    length |= std::size_t{bytes[10]} << 16 | std::size_t{bytes[11]} << 24;
  if (bytes.size() < start + length)
    throw InputError(
        fmt::format("{}: cut short in its header ({} bytes); write it again", name, bytes.size()));
  return {std::string(bytes.begin() + start, bytes.begin() + start + length), start + length};
}

/// One element, whose bytes are in the file's order.
double decode(const std::uint8_t* at, const NpyType& type) {
  std::uint64_t bits = 0;
  for (unsigned i = 0; i < type.bytes; ++i)
    bits |= std::uint64_t{at[type.big_endian ? type.bytes - 1 - i : i]} << (8 * i);
  if (type.kind == 'f')
    return type.bytes == 4 ? std::bit_cast<float>(static_cast<std::uint32_t>(bits))
                           : std::bit_cast<double>(bits);
  if (type.kind != 'i') return static_cast<double>(bits);
  const unsigned unused = 64 - 8 * type.bytes;
  return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
}

/// Where element i of C order is in a file of Fortran order.
std::size_t fortran_place(std::size_t i, const std::vector<std::size_t>& shape) {
  std::size_t place = 0, stride = 1;
  for (const std::size_t extent : shape) stride *= extent;
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    stride /= shape[axis];
    place += i % shape[axis] * stride;
    i /= shape[axis];
  }
  return place;
}

std::size_t checked_count(const NpyHeader& header, std::size_t present, const std::string& name) {
  std::size_t count = 1;
  for (const std::size_t extent : header.shape) {
    if (extent != 0 && count > std::numeric_limits<std::size_t>::max() / header.stride / extent)
      throw InputError(name + ": its shape is impossibly large; write the file again");
    count *= extent;
  }
  if (present != count * header.stride)
    throw InputError(
        fmt::format("{}: {} bytes of data, but its shape needs {}; write the file again", name,
                    present, count * header.stride));
  return count;
}

template <typename T>
void write_values(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
                  std::span<const T> values, const char* type) {
  static_assert(std::endian::native == std::endian::little);
  std::string extents;
  for (const std::size_t extent : shape) extents += fmt::format("{},", extent);
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, extents);
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  OutputFile file(path);
  std::ostream& out = file.stream();
  const std::uint16_t length = static_cast<std::uint16_t>(header.size());
  out.write(reinterpret_cast<const char*>(kMagic), sizeof(kMagic));
  const char rest[] = {1, 0, static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  out.write(rest, sizeof(rest));
  out << header;
  out.write(reinterpret_cast<const char*>(values.data()),
            static_cast<std::streamsize>(values.size_bytes()));
  file.commit();
}

}  // namespace

const Npy::Field* Npy::find(const std::string& name) const {
  for (const Field& field : fields)
    if (field.name == name) return &field;
  return nullptr;
}

Npy parse_npy(std::span<const std::uint8_t> bytes, const std::string& name) {
  const Opening opening = open_npy(bytes, name);
  const NpyHeader header = parse_npy_header(opening.header, name);
  const auto data = bytes.subspan(opening.data);
  const std::size_t count = checked_count(header, data.size(), name);
  Npy npy;
  npy.shape = header.shape;
  for (const NpyType& type : header.fields) {
    Npy::Field field{type.name, std::vector<double>(count)};
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t place = header.fortran ? fortran_place(i, header.shape) : i;
      field.values[i] = decode(data.data() + place * header.stride + type.offset, type);
      if (type.kind != 'f' && (field.values[i] > kExact || field.values[i] < -kExact))
        throw InputError(
            fmt::format("{}: element {} is beyond 2^53; use smaller integers", name, i));
      if (type.kind == 'b' && field.values[i] > 1)
        throw InputError(
            fmt::format("{}: element {} is {}, but a bool is 0 or 1; write the file again", name, i,
                        field.values[i]));
    }
    npy.fields.push_back(std::move(field));
  }
  return npy;
}

Npy read_npy(const std::filesystem::path& path) {
  const std::string bytes = read_input(path);
  return parse_npy({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                   path.string());
}

void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const double> values) {
  write_values(path, shape, values, "<f8");
}

void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::uint32_t> values) {
  write_values(path, shape, values, "<u4");
}

void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::int32_t> values) {
  write_values(path, shape, values, "<i4");
}

void write_npy(const std::filesystem::path& path, const std::vector<std::size_t>& shape,
               std::span<const std::int64_t> values) {
  write_values(path, shape, values, "<i8");
}

}  // namespace spikemesh
