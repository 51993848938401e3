// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/recording.hpp"

#include <fmt/format.h>

#include <sstream>

#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::string_view kConfig = "config ", kEnd = "end ";
constexpr std::uint64_t kLastCycle = std::uint64_t{1} << 62;  ///< none of a session lies behind it

[[noreturn]] void fail(const std::string& line, const std::string& place) {
  throw InputError(fmt::format(
      "{}: \"{}\", but `CYCLE BYTE` is needed, such as `1200 c0`; record the session again", place,
      shown(line)));
}

std::uint64_t parse_cycle(std::string_view text, const std::string& line, const std::string& place,
                          std::uint64_t earliest) {
  const auto cycle = parse_integer(text, 0, kLastCycle);
  if (!cycle) fail(line, place);
  if (*cycle < earliest) {
    throw InputError(
        fmt::format("{}: cycle {} is before that of the line above ({}); sort the lines", place,
                    *cycle, earliest));
  }
  return *cycle;
}

TimedByte parse_byte(const std::string& line, const std::string& place, std::uint64_t earliest) {
  const std::size_t space = line.find(' ');
  if (space == std::string::npos) fail(line, place);
  const auto byte = parse_integer(std::string_view(line).substr(space + 1), 0, 255, 16);
  if (!byte || line.size() != space + 3) fail(line, place);
  return {parse_cycle(std::string_view(line).substr(0, space), line, place, earliest),
          static_cast<std::uint8_t>(*byte)};
}

}  // namespace

Recording read_recording(const std::string& path) {
  std::istringstream file(read_input(path));
  std::string line;
  if (!std::getline(file, line) || line.rfind(kConfig, 0) != 0) {
    throw InputError(fmt::format(
        "{}:1: no recording of `spikemesh emulate --record` (its first line is `config ...`); name "
        "one",
        path));
  }
  Recording recording;
  recording.build = parse_build(line.substr(kConfig.size()), path + ":1");
  for (unsigned number = 2; std::getline(file, line); ++number) {
    const std::string place = fmt::format("{}:{}", path, number);
    if (line.starts_with(kEnd)) {
      recording.end =
          parse_cycle(std::string_view(line).substr(kEnd.size()), line, place, recording.end);
      if (std::getline(file, line)) {
        throw InputError(fmt::format("{}:{}: \"{}\" after the end; record the session again", path,
                                     number + 1, shown(line)));
      }
      break;
    }
    recording.bytes.push_back(parse_byte(line, place, recording.end));
    recording.end = recording.bytes.back().cycle;
  }
  return recording;  // without an end the session was killed: it ends with its last byte
}

Recorder::Recorder(const std::string& path, const spec::Build& build) : path_(path) {
  check_output_file(path);
  file_.open(path);
  if (!(file_ << kConfig << to_json(build) << std::endl)) {
    throw InputError(
        fmt::format("{}: cannot be written; name a file in a folder that exists", path));
  }
}

void Recorder::add(const std::vector<TimedByte>& bytes) {
  for (const TimedByte& sent : bytes) file_ << fmt::format("{} {:02x}\n", sent.cycle, sent.byte);
  flush();
}

void Recorder::finish(std::uint64_t end) {
  file_ << "end " << end << '\n';
  flush();
}

void Recorder::flush() {
  if (!file_.flush())
    throw InputError(fmt::format(
        "{}: cannot be written any further; what was recorded ends here; make room", path_));
}

}  // namespace spikemesh::sim
