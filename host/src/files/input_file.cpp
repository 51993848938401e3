// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr std::size_t kPiece = 65536;

struct Descriptor {
  explicit Descriptor(const std::filesystem::path& path)
      : handle(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {}
  ~Descriptor() {
    if (handle >= 0) ::close(handle);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int handle;
};

}  // namespace

std::string read_input(const std::filesystem::path& path) {
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
    fail("this is a device, not a file; name a file");
  const Descriptor file(path);
  if (file.handle < 0)
    fail(fmt::format("it cannot be read ({}); check its permissions", std::strerror(errno)));
  std::string text;
  // Of the size that the system tells, and a byte that shows the end; a pipe has none.
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  text.resize(error ? kPiece : std::max<std::size_t>(size + 1, kPiece));
  for (std::size_t done = 0;;) {
    const ssize_t count = ::read(file.handle, text.data() + done, text.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      fail(fmt::format("it cannot be read after byte {} ({}); check the disk, or copy it again",
                       done, std::strerror(errno)));
    done += static_cast<std::size_t>(count);
    if (count == 0) {
      text.resize(done);
      return text;
    }
    if (done == text.size()) text.resize(text.size() + text.size() / 2);
  }
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
  if (names.empty()) return "none";
  constexpr std::size_t kMost = 12;
  std::string out;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i)
    out += fmt::format("{}{}", i == 0 ? "" : ", ", shown(names[i]));
  return names.size() > kMost ? fmt::format("{} and {} more", out, names.size() - kMost) : out;
}

}  // namespace spikemesh
