// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/waves.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

/// Blocks of an FST: a byte that says the kind, then the length of the rest, 64 bits, big-endian.
constexpr std::uint64_t kLengthBytes = 8;
constexpr int kHeader = 0, kGeometry = 3, kUnfinished = 255;
constexpr std::array kHierarchies{4, 6, 7};

bool is_hierarchy(int kind) {
  return std::find(kHierarchies.begin(), kHierarchies.end(), kind) != kHierarchies.end();
}

/// Whether the blocks of the file end where it ends, and those that a reader needs are there.
bool is_whole(std::ifstream& in, std::uint64_t size) {
  bool geometry = false, hierarchy = false;
  std::uint64_t at = 0;
  while (at < size) {
    in.seekg(static_cast<std::streamoff>(at));
    const int kind = in.get();
    std::uint64_t length = 0;
    for (std::uint64_t i = 0; i < kLengthBytes; ++i)
      length = length << 8 | static_cast<std::uint8_t>(in.get());
    if (!in || length < kLengthBytes || length >= size - at) return false;
    if (kind == kUnfinished || (at == 0) != (kind == kHeader)) return false;
    geometry = geometry || kind == kGeometry;
    hierarchy = hierarchy || is_hierarchy(kind);
    at += 1 + length;
  }
  return at == size && geometry && hierarchy;
}

}  // namespace

std::string waves_stem(const std::string& path) {
  return path.ends_with(".fst") ? path.substr(0, path.size() - 4) : path;
}

Waves model_waves(const Waves& waves) {
  return {waves_stem(waves.path) + ".model.fst", waves.first, waves.last};
}

std::string tile_waves(const std::string& path, std::uint32_t x, std::uint32_t y) {
  return fmt::format("{}.tile-{}-{}.fst", waves_stem(path), x, y);
}

void check_waves_place(const std::string& path) {
  std::error_code none;
  const fs::file_status status = fs::symlink_status(path, none);
  if (!fs::exists(status) || fs::is_regular_file(status)) return;
  if (fs::is_directory(status))
    throw InputError(fmt::format("--waves {}: this is a folder; name a file in it", path));
  throw InputError(fmt::format("--waves {}: this is a {}, and would be replaced; name a file", path,
                               fs::is_symlink(status) ? "symbolic link"
                               : fs::is_fifo(status)  ? "pipe"
                                                      : "device"));
}

void expect_whole_waves(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (error || !in || !is_whole(in, size))
    throw InputError(
        fmt::format("--waves {}: not all could be written; make room, or choose fewer cycles with "
                    "--waves-from and --waves-to",
                    path));
}

}  // namespace spikemesh::sim
