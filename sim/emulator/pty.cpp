// SPDX-License-Identifier: Apache-2.0
#include "sim/emulator/pty.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <utility>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {

namespace fs = std::filesystem;

Pty::Pty(const std::string& link_path) : link_(link_path) {
  try {
    open();
    if (!link_.empty()) make_link();
  } catch (...) {
    for (const int descriptor : {master_, slave_, watch_})
      if (descriptor >= 0) ::close(descriptor);
    throw;
  }
}

Pty::~Pty() {
  if (!link_.empty()) remove_own_link();
  ::close(slave_);
}

void Pty::open() {
  master_ = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
  std::array<char, 256> name{};
  if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0 ||
      ptsname_r(master_, name.data(), name.size()) != 0) {
    throw InputError("--link pty: this system gives no pseudo-terminal; use --link tcp:0");
  }
  path_ = name.data();
  slave_ = ::open(path_.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  termios settings{};
  if (slave_ < 0 || tcgetattr(slave_, &settings) != 0) {
    throw InputError(fmt::format("--link pty: {} cannot be opened; use --link tcp:0", path_));
  }
  cfmakeraw(&settings);
  tcsetattr(slave_, TCSANOW, &settings);
  watch_ = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (watch_ < 0 || inotify_add_watch(watch_, path_.c_str(), IN_OPEN | IN_CLOSE) < 0) {
    throw InputError(
        fmt::format("--link pty: this system does not tell who opens {} ({}); use --link tcp:0",
                    path_, std::strerror(errno)));
  }
}

void Pty::make_link() {
  std::error_code error;
  if (fs::read_symlink(link_, error).parent_path() == "/dev/pts")
    fs::remove(link_, error);  // of a run that was killed
  fs::create_symlink(path_, link_, error);
  if (error) {
    const std::string place = std::exchange(link_, "");
    throw InputError(
        fmt::format("--link pty:{}: {}; name a path that is free", place, error.message()));
  }
}

/// Another emulator may have taken the path over: its link stays.
void Pty::remove_own_link() const {
  std::error_code error;
  if (fs::read_symlink(link_, error) == path_ && !error) fs::remove(link_, error);
}

Pty::Change Pty::look() {
  Change change;
  alignas(inotify_event) std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = ::read(watch_, buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < count;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += static_cast<ssize_t>(sizeof event + event.len);
      if ((event.mask & IN_OPEN) != 0) {
        if (openers_++ == 0) change.came = true;
      } else if ((event.mask & IN_CLOSE) != 0 && openers_ > 0) {
        --openers_;
        change.left = true;
      }
    }
  }
  change.left = change.left && openers_ == 0;
  return change;
}

// Each direction is held twice by the system: on its way, and where the reader takes it from.
void Pty::drop_output() {
  tcflush(master_, TCOFLUSH);
  tcflush(slave_, TCIFLUSH);
}
void Pty::drop_input() {
  tcflush(slave_, TCOFLUSH);
  tcflush(master_, TCIFLUSH);
}

std::size_t Pty::unread() const {
  int count = 0;
  return ::ioctl(master_, FIONREAD, &count) == 0 ? static_cast<std::size_t>(count) : 0;
}

}  // namespace spikemesh::sim
