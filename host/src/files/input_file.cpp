// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/input_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "files/input_pieces.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

constexpr std::size_t kPiece = 65536;
constexpr std::size_t kMostPiece = 1 << 20;  // so large that its memory goes back to the system

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

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& why) {
  throw InputError(shown(path.string()) + ": " + why);
}

void check_kind(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (path.empty()) throw InputError("\"\": no file is named; name one");
  if (status.type() == std::filesystem::file_type::not_found)
    fail(path, "no such file; check its name and folder");
  if (is_directory(status)) fail(path, "this is a folder; name a file in it");
  if (is_character_file(status) || is_block_file(status) || is_socket(status))
    fail(path, "this is a device, not a file; name a file");
}

/// A file, read from its begin to its end.
class OpenInput {
 public:
  explicit OpenInput(const std::filesystem::path& path)
      : path_(path), file_((check_kind(path), path)) {
    if (file_.handle < 0)
      fail(path,
           fmt::format("it cannot be read ({}); check its permissions", std::strerror(errno)));
  }

  /// Up to `most` bytes; 0 at the end.
  std::size_t read(char* bytes, std::size_t most) {
    for (;;) {
      const ssize_t count = ::read(file_.handle, bytes, most);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0)
        fail(path_,
             fmt::format("it cannot be read after byte {} ({}); check the disk, or copy it again",
                         done_, std::strerror(errno)));
      done_ += static_cast<std::size_t>(count);
      return static_cast<std::size_t>(count);
    }
  }

 private:
  const std::filesystem::path& path_;
  Descriptor file_;
  std::size_t done_ = 0;
};

}  // namespace

std::string read_input(const std::filesystem::path& path) {
  OpenInput file(path);
  std::string text;
  // Of the size that the system tells, and a byte that shows the end; a pipe has none.
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  text.resize(error ? kPiece : std::max<std::size_t>(size + 1, kPiece));
  for (std::size_t done = 0;;) {
    const std::size_t count = file.read(text.data() + done, text.size() - done);
    done += count;
    if (count == 0) {
      text.resize(done);
      return text;
    }
    if (done == text.size()) text.resize(text.size() + text.size() / 2);
  }
}

InputPieces::InputPieces(const std::filesystem::path& path) {
  OpenInput file(path);
  for (;;) {
    std::string piece(kMostPiece, 0);
    std::size_t done = 0;
    while (done < piece.size()) {
      const std::size_t count = file.read(piece.data() + done, piece.size() - done);
      if (count == 0) break;
      done += count;
    }
    const bool ended = done < piece.size();
    piece.resize(done);
    if (done > 0) pieces_.push_back(std::move(piece));
    if (ended) return;
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
