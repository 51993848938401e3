// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>

namespace spikemesh {

/// Throws InputError when a file that a user named could not be written: its folder is missing or
/// may not be written, or it is a folder, a device, a pipe or a file that may not be replaced.
/// Asked before long work; what only shows when bytes are written (a full disk) OutputFile says.
void check_output_file(const std::filesystem::path& path);

/// A file that is whole or not there: it is written under another name in the same folder, and
/// takes the place of an earlier one when commit() is called. A symbolic link stays, the file that
/// it names is replaced.
class OutputFile {
 public:
  /// Throws InputError, which names the path and the remedy.
  explicit OutputFile(const std::filesystem::path& path);
  /// What was not committed is removed.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Where the contents go, up to commit().
  std::ostream& stream() { return out_; }
  /// Throws InputError when not all could be written; the earlier file then stays as it was.
  void commit();

 private:
  std::filesystem::path path_, target_, temporary_;
  std::ofstream out_;
};

}  // namespace spikemesh
