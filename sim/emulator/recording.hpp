// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// The bytes of a live session with the cycle in which each one began on the rx pin: enough to run
/// it again. A text file: `config JSON`, then a line `CYCLE BYTE` (decimal, hexadecimal) a byte,
/// then `end CYCLE`.
struct Recording {
  spec::Build build;
  std::vector<TimedByte> bytes;
  std::uint64_t end = 0;  ///< cycle in which the session ended
};

/// Throws InputError that names file and line.
Recording read_recording(const std::string& path);

/// Writes a recording while it happens; the file is whole after every byte but for its last line.
class Recorder {
 public:
  /// Throws InputError when the file cannot be written.
  Recorder(const std::string& path, const spec::Build& build);
  /// Both throw it when there is no more room.
  void add(const std::vector<TimedByte>& bytes);
  void finish(std::uint64_t end);

 private:
  void flush();

  std::string path_;
  std::ofstream file_;
};

}  // namespace spikemesh::sim
