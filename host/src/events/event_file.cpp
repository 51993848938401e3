// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "files/csv_cells.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/events.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/npy.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh {
namespace {

enum Column : std::size_t { kT, kX, kY, kP, kColumnCount };
constexpr std::string_view kLetters = "txyp";
constexpr double kTimeMax = 9007199254740992.0;  // 2^53
constexpr double kPlaceMax = 4294967295.0;
constexpr std::uint8_t kTimeIsFull = 240;  ///< y of an N-MNIST event that says it

/// The column of a name, as Python's event_data.stream.NAMES has them.
std::optional<Column> column_of(std::string_view name) {
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (is({"t", "timestamp", "timestamps", "time", "ts"})) return kT;
  if (is({"x"})) return kX;
  if (is({"y"})) return kY;
  if (is({"p", "polarity", "polarities", "on"})) return kP;
  return std::nullopt;
}

/// `value` of a column is good, or `where` says which one is not.
SensorEvent event_of(const std::array<double, kColumnCount>& value, const std::string& where) {
  for (std::size_t c = 0; c < kColumnCount; ++c) {
    const double least = c == kP ? -1 : 0;
    const double most = c == kT ? kTimeMax : c == kP ? 1 : kPlaceMax;
    if (!(value[c] >= least && value[c] <= most) || value[c] != std::floor(value[c]))
      throw InputError(fmt::format("{}: {} is {}, but {} is needed", where, kLetters[c], value[c],
                                   c == kP ? "0, 1 or -1" : "a whole number that is not negative"));
  }
  return {static_cast<std::uint64_t>(value[kT]), static_cast<std::uint32_t>(value[kX]),
          static_cast<std::uint32_t>(value[kY]), value[kP] > 0};
}

std::vector<SensorEvent> read_nmnist(const std::filesystem::path& path) {
  const std::string bytes = read_input(path);
  if (bytes.size() % 5 != 0)
    throw InputError(fmt::format(
        "{}: {} bytes, but 5 bytes an event are needed; it is cut short or of another format",
        path.string(), bytes.size()));
  std::vector<SensorEvent> events;
  events.reserve(bytes.size() / 5);
  std::uint64_t base = 0;
  for (std::size_t at = 0; at < bytes.size(); at += 5) {
    const auto byte = [&](std::size_t i) {
      return std::uint32_t{static_cast<std::uint8_t>(bytes[at + i])};
    };
    if (byte(1) == kTimeIsFull) {
      base += std::uint64_t{1} << 13;
      continue;
    }
    const std::uint64_t time = (byte(2) & 127) << 16 | byte(3) << 8 | byte(4);
    events.push_back({base + time, byte(0), byte(1), byte(2) >> 7 != 0});
  }
  return events;
}

/// Which column each cell of the header stands for; none for one of another name.
std::vector<std::optional<Column>> header_of(std::string_view line, const std::string& name) {
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  std::vector<std::optional<Column>> columns;
  for (const std::string_view cell : cells_of(line)) columns.push_back(column_of(cell));
  for (const Column needed : {kT, kX})
    if (std::count(columns.begin(), columns.end(), needed) != 1)
      throw InputError(fmt::format(
          "{}:1: one column {} is needed in \"{}\"; begin the file with a header such as t,x,y,p",
          name, kLetters[needed], shown(line)));
  return columns;
}

std::vector<SensorEvent> read_csv(const std::filesystem::path& path) {
  std::istringstream in(read_input(path));
  std::string line;
  std::getline(in, line);
  const auto columns = header_of(line, path.string());
  std::vector<SensorEvent> events;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    if (trim(line).empty()) continue;
    const std::string where = fmt::format("{}:{}", path.string(), number);
    const auto cells = cells_of(line);
    if (cells.size() != columns.size())
      throw InputError(
          fmt::format("{}: {} cells, but the header has {}; give each row one cell a "
                      "column",
                      where, cells.size(), columns.size()));
    std::array<double, kColumnCount> value{0, 0, 0, 1};
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!columns[i]) continue;
      const auto read = parse_real(cells[i]);
      if (!read)
        throw InputError(fmt::format("{}: {} is \"{}\", but a number is needed", where,
                                     kLetters[*columns[i]], shown(cells[i])));
      value[*columns[i]] = *read;
    }
    events.push_back(event_of(value, where));
  }
  return events;
}

/// The values of each column; none for one that the file does not have.
using Columns = std::array<const double*, kColumnCount>;

std::vector<SensorEvent> gather(const Columns& columns, std::size_t count, std::size_t stride,
                                const std::string& name) {
  std::vector<SensorEvent> events;
  events.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::array<double, kColumnCount> value{0, 0, 0, 1};
    for (std::size_t c = 0; c < kColumnCount; ++c)
      if (columns[c] != nullptr) value[c] = columns[c][i * stride];
    events.push_back(event_of(value, fmt::format("{}: event {}", name, i)));
  }
  return events;
}

std::vector<SensorEvent> read_array(const std::filesystem::path& path) {
  const Npy npy = read_npy(path);
  Columns columns{};
  if (npy.fields.front().name.empty()) {
    if (npy.shape.size() != 2 || npy.shape[1] != 4)
      throw InputError(path.string() +
                       ": fields t, x, y, p or an array [n, 4] with the columns x, y, t, p are "
                       "needed; write it with EventStream.save");
    const double* first = npy.fields.front().values.data();
    columns = {first + 2, first, first + 1, first + 3};
    return gather(columns, npy.shape[0], 4, path.string());
  }
  for (const Npy::Field& field : npy.fields)
    if (const auto column = column_of(field.name)) columns[*column] = field.values.data();
  for (const Column needed : {kT, kX})
    if (columns[needed] == nullptr)
      throw InputError(fmt::format("{}: there is no field {}; name the fields t, x, y, p",
                                   path.string(), kLetters[needed]));
  return gather(columns, npy.size(), 1, path.string());
}

}  // namespace

std::vector<SensorEvent> read_events(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  if (extension == ".bs2" || extension == ".bin") return read_nmnist(path);
  if (extension == ".csv") return read_csv(path);
  if (extension == ".npy") return read_array(path);
  for (const char* python : {".raw", ".dat", ".aedat4", ".es", ".h5", ".hdf5"})
    if (extension == python) {
      auto converted = path;
      throw InputError(
          fmt::format("{0}: Python reads this format; convert it: python3 -m "
                      "spikemesh.event_data '{0}' -o '{1}'",
                      path.string(), converted.replace_extension(".npy").string()));
    }
  throw InputError(fmt::format(
      "{}: the extension says of which format events are; known are .bs2, .bin, .csv and .npy",
      path.string()));
}

}  // namespace spikemesh
