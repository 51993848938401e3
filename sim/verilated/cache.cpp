// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated/cache.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr auto kKept =
    std::chrono::hours(24 * 60);  ///< a library that was not used for so long goes
constexpr const char* kRemedy = "set SPIKEMESH_CACHE to a folder that is yours alone";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

fs::path home() {
  if (const std::string home = variable("HOME"); !home.empty()) return home;
  if (const passwd* user = ::getpwuid(::geteuid()); user != nullptr) return user->pw_dir;
  throw InputError(
      fmt::format("compiled RTL has no place to be kept: this user has no home; {}", kRemedy));
}

bool is_own(const fs::path& folder) {
  struct stat status {};
  return ::stat(folder.c_str(), &status) == 0 && S_ISDIR(status.st_mode) &&
         status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Whoever can write where libraries are loaded from runs code as this user.
void check(const fs::path& folder) {
  struct stat status {};
  if (::stat(folder.c_str(), &status) != 0) return;
  const auto refuse = [&](const std::string& why) {
    throw InputError(fmt::format("compiled RTL is not loaded from {}: {}, or {}", folder.string(),
                                 why, kRemedy));
  };
  if (!S_ISDIR(status.st_mode)) refuse("it is no folder; remove it");
  if (status.st_uid != ::geteuid())
    refuse(fmt::format("it belongs to user {}, not to you ({}); remove it", status.st_uid,
                       ::geteuid()));
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    refuse(fmt::format("others can write there (mode {:o}); say chmod go-w '{}'",
                       status.st_mode & 07777, folder.string()));
}

[[noreturn]] void cannot_write(const fs::path& path, int error) {
  throw InputError(fmt::format("compiled RTL cannot be kept in {}: {}; {}", path.string(),
                               std::strerror(error), kRemedy));
}

void make_folder(const fs::path& folder) {
  if (fs::exists(folder)) return;
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (error) cannot_write(folder.parent_path(), error.value());
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) cannot_write(folder, errno);
  check(folder);
}

/// Held until it goes; the compiler inherits it, so that it is held as long as that is at work,
/// even when this process is killed.
class Lock {
 public:
  Lock(const fs::path& path, const std::function<void()>& wait)
      : file_(::open(path.c_str(), O_CREAT | O_RDWR, 0600)) {
    if (file_ < 0) cannot_write(path, errno);
    if (::flock(file_, LOCK_EX | LOCK_NB) == 0) return;
    wait();
    if (::flock(file_, LOCK_EX) == 0) return;
    const int error = errno;
    ::close(file_);
    if (error == EINTR) throw Error("interrupted while another process compiles RTL");
    cannot_write(path, error);
  }
  ~Lock() { ::close(file_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int file_;
};

}  // namespace

LibraryCache::LibraryCache(const fs::path& shared) : shared_(shared) {
  const std::string asked = variable("SPIKEMESH_CACHE"), xdg = variable("XDG_CACHE_HOME");
  if (!asked.empty()) {
    folder_ = fs::absolute(asked);
  } else if (is_own(shared)) {
    folder_ = shared;
  } else {
    folder_ = (xdg.empty() ? home() / ".cache" : fs::path(xdg)) / "spikemesh" / "verilated";
    check(folder_.parent_path());
  }
  check(folder_);
}

void LibraryCache::remove_old() const {
  std::error_code ignored;
  const auto now = fs::file_time_type::clock::now();
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().extension() == ".so" && now - entry.last_write_time(ignored) > kKept)
      fs::remove(entry.path(), ignored);
  }
}

fs::path LibraryCache::get(const std::string& key, const std::function<void()>& wait,
                           const std::function<void(const fs::path&)>& make) {
  // What came with the program is as trusted as the program.
  if (const fs::path came = shared_ / (key + ".so"); fs::exists(came)) return came;
  const fs::path library = folder_ / (key + ".so");
  std::error_code ignored;
  if (!fs::exists(library)) {
    make_folder(folder_);
    const fs::path lock_file = folder_ / (key + ".lock");
    const Lock lock(lock_file, wait);
    if (fs::exists(library)) return library;
    remove_old();
    make(library);
    fs::remove(lock_file, ignored);
  }
  fs::last_write_time(library, fs::file_time_type::clock::now(), ignored);
  return library;
}

}  // namespace spikemesh::sim
