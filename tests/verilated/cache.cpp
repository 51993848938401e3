// SPDX-License-Identifier: Apache-2.0
// Where compiled RTL is kept (sim/verilated/cache.hpp).
#include "sim/verilated/cache.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

/// A folder of the test, named by SPIKEMESH_CACHE, that is not there yet.
struct CacheFolder {
  CacheFolder() {
    std::string name = (fs::temp_directory_path() / "spikemesh_cache_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    top = name;
    cache = top / "cache";
    ::setenv("SPIKEMESH_CACHE", cache.c_str(), 1);
  }
  ~CacheFolder() {
    ::unsetenv("SPIKEMESH_CACHE");
    fs::remove_all(top);
  }
  fs::path top, cache;
};

void write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }
std::string read(const fs::path& path) {
  std::string text;
  std::getline(std::ifstream(path), text);
  return text;
}
void never() { FAIL("nobody else is at it"); }

std::string refusal(const fs::path& shared) {
  try {
    LibraryCache cache(shared);
    cache.get("key", never, [](const fs::path& library) { write(library, "made"); });
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a library is made once, in a folder that is the user's alone") {
  const CacheFolder folder;
  unsigned made = 0;
  for (unsigned i = 0; i < 3; ++i) {
    LibraryCache cache(folder.top / "none");
    const fs::path library = cache.get("key", never, [&](const fs::path& path) {
      ++made;
      write(path, "made");
    });
    CHECK(read(library) == "made");
    CHECK(library.parent_path() == folder.cache);
  }
  CHECK(made == 1);
  struct stat status {};
  REQUIRE(::stat(folder.cache.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  for (const auto& entry : fs::directory_iterator(folder.cache))
    CHECK(entry.path().filename() == "key.so");
}

TEST_CASE("what cannot be made is an error, and is tried again") {
  const CacheFolder folder;
  LibraryCache cache(folder.top / "none");
  const auto fail = [](const fs::path&) { throw std::runtime_error("does not compile"); };
  CHECK_THROWS_WITH(cache.get("key", never, fail), "does not compile");
  CHECK(read(cache.get("key", never, [](const fs::path& path) { write(path, "made"); })) == "made");
}

TEST_CASE("a folder that others can write is refused with the command that changes it") {
  const CacheFolder folder;
  fs::create_directory(folder.cache);
  REQUIRE(::chmod(folder.cache.c_str(), 0770) == 0);
  const std::string message = refusal(folder.top / "none");
  CHECK(message.find("chmod go-w '" + folder.cache.string() + "'") != std::string::npos);
  REQUIRE(::chmod(folder.cache.c_str(), 0750) == 0);
  CHECK(refusal(folder.top / "none") == "");
}

TEST_CASE("a folder of another user is refused") {
  const CacheFolder folder;
  if (::geteuid() == 0) {
    fs::create_directory(folder.cache);
    REQUIRE(::chmod(folder.cache.c_str(), 0700) == 0);
    REQUIRE(::chown(folder.cache.c_str(), 12345, 12345) == 0);
  } else {
    ::setenv("SPIKEMESH_CACHE", "/", 1);
  }
  CHECK(refusal(folder.top / "none").find("not to you") != std::string::npos);
}

TEST_CASE("a folder that cannot be made is an error that names it and the remedy") {
  const CacheFolder folder;
  write(folder.top / "file", "");
  ::setenv("SPIKEMESH_CACHE", (folder.top / "file" / "cache").c_str(), 1);
  const std::string message = refusal(folder.top / "none");
  CHECK(message.find((folder.top / "file").string()) != std::string::npos);
  CHECK(message.find("set SPIKEMESH_CACHE") != std::string::npos);
}

TEST_CASE("what came with the program is taken before anything is made") {
  const CacheFolder folder;
  const fs::path shared = folder.top / "shared";
  fs::create_directory(shared);
  write(shared / "key.so", "came");
  LibraryCache cache(shared);
  const auto make = [](const fs::path&) { FAIL("it is there"); };
  CHECK(read(cache.get("key", never, make)) == "came");
}

TEST_CASE("of two processes that want one library, one makes it and the other waits") {
  const CacheFolder folder;
  const fs::path count = folder.top / "count";
  constexpr auto kAtWork = std::chrono::milliseconds(400);
  const auto make = [&](const fs::path& library) {
    std::ofstream(count, std::ios::app) << "x";
    std::this_thread::sleep_for(kAtWork);
    write(library, "made");
  };
  pid_t children[2] = {};
  for (pid_t& child : children) {
    child = ::fork();
    REQUIRE(child >= 0);
    if (child != 0) continue;
    LibraryCache cache(folder.top / "none");
    bool waited = false;
    const fs::path library = cache.get(
        "key", [&] { waited = true; }, make);
    ::_exit(read(library) == "made" ? (waited ? 1 : 0) : 2);
  }
  int waited = 0;
  for (const pid_t child : children) {
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) < 2);
    waited += WEXITSTATUS(status);
  }
  CHECK(read(count) == "x");
  CHECK(waited <= 1);
}

}  // namespace
}  // namespace spikemesh::sim
