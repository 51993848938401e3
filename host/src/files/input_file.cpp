// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/input_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "spikemesh/error.hpp"

namespace spikemesh {

std::ifstream open_input(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& why) {
    throw InputError(shown(path.string()) + ": " + why);
  };
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (path.empty()) throw InputError("\"\": no file is named; name one");
  if (status.type() == std::filesystem::file_type::not_found)
    fail("no such file; check its name and folder");
  if (is_directory(status)) fail("this is a folder; name a file in it");
  if (is_character_file(status) || is_block_file(status) || is_socket(status))
    fail("this is no file but a device; name a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) fail(fmt::format("it cannot be read ({}); check its permissions", std::strerror(errno)));
  return in;
}

std::string shown(std::string_view text, std::size_t most) {
  std::string out;
  for (const char letter : text.substr(0, most)) {
    const auto byte = static_cast<unsigned char>(letter);
    out += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, letter);
  }
  return text.size() > most ? out + "..." : out;
}

std::string shown(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", shown(names[i]));
  return names.size() > kMost ? fmt::format("{} and {} more", out, names.size() - kMost) : out;
}

}  // namespace spikemesh
