// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/recording.hpp"

#include <fmt/format.h>

#include <sstream>

#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::string_view kConfig = "config ";

TimedByte parse_byte(const std::string& line, const std::string& place, std::uint64_t earliest) {
  std::istringstream fields(line);
  std::uint64_t cycle = 0;
  unsigned byte = 0;
  std::string rest;
  if (!(fields >> cycle >> std::hex >> byte) || (fields >> rest) || byte > 255) {
    throw InputError(fmt::format(
        "{}: \"{}\", but `CYCLE BYTE` is needed, such as `1200 c0`; record the session again",
        place, shown(line)));
  }
  if (cycle < earliest) {
    throw InputError(
        fmt::format("{}: cycle {} is before that of the line above ({}); sort the lines", place,
                    cycle, earliest));
  }
  return {cycle, static_cast<std::uint8_t>(byte)};
}

}  // namespace

Recording read_recording(const std::string& path) {
  std::ifstream file = open_input(path);
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
    if (line.rfind("end ", 0) == 0) {
      recording.end = parse_byte(line.substr(4) + " 0", place, recording.end).cycle;
      return recording;
    }
    recording.bytes.push_back(parse_byte(line, place, recording.end));
    recording.end = recording.bytes.back().cycle;
  }
  return recording;  // the session was killed: it ends with its last byte
}

Recorder::Recorder(const std::string& path, const spec::Build& build) : path_(path), file_(path) {
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
