// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <string>

#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"

namespace spikemesh {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& path, const std::string& why) {
  throw InputError(fmt::format("{}: {}", shown(path.string(), 4096), why));
}

[[noreturn]] void fail_writing(const fs::path& path) {
  fail(path, "cannot be written; check folder, permissions and room");
}

fs::path folder_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// The file itself, where `path` is a symbolic link to it.
fs::path target_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_symlink(fs::symlink_status(path, error))) return path;
  const fs::path target = fs::weakly_canonical(path, error);
  return error ? path : target;
}

fs::path temporary_for(const fs::path& target) {
  static std::atomic<unsigned> number{0};
  return folder_of(target) / fmt::format(".spikemesh-{}-{}.tmp", ::getpid(), number++);
}

}  // namespace

void check_output_file(const fs::path& path) {
  if (path.empty()) throw InputError("\"\": no file is named; name one");
  const fs::path target = target_of(path);
  std::error_code error;
  const fs::file_status status = fs::status(target, error);
  if (fs::is_directory(status)) fail(path, "this is a folder; name a file in it");
  if (fs::exists(status) && !fs::is_regular_file(status))
    fail(path, "this is a device, not a file or a pipe, and would be replaced; name a file");
  const fs::path folder = folder_of(target);
  if (!fs::is_directory(folder, error) || ::access(folder.c_str(), W_OK | X_OK) != 0 ||
      (fs::exists(status) && ::access(target.c_str(), W_OK) != 0))
    fail_writing(path);
}

OutputFile::OutputFile(const fs::path& path) : path_(path) {
  check_output_file(path);
  target_ = target_of(path);
  temporary_ = temporary_for(target_);
  out_.open(temporary_, std::ios::binary | std::ios::trunc);
  if (!out_) fail_writing(path_);
}

OutputFile::~OutputFile() {
  if (temporary_.empty()) return;
  out_.close();
  std::error_code ignored;
  fs::remove(temporary_, ignored);
}

void OutputFile::commit() {
  out_.close();
  std::error_code error;
  if (out_) {
    const fs::file_status earlier = fs::status(target_, error);
    if (fs::exists(earlier)) fs::permissions(temporary_, earlier.permissions(), error);
    fs::rename(temporary_, target_, error);
  }
  if (!out_ || error) fail_writing(path_);
  temporary_.clear();
}

}  // namespace spikemesh
