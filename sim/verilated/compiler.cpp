// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated/compiler.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "spikemesh/error.hpp"

extern char** environ;

namespace spikemesh::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kLook = std::chrono::milliseconds(50);

pid_t spawn(const std::vector<std::string>& command, const std::filesystem::path& log) {
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                     O_CREAT | O_WRONLY | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, words.front(), &actions, nullptr, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0)
    throw InputError(fmt::format("{} cannot be run: {}; install SpikeMesh whole (docs/install.md)",
                                 command.front(), std::strerror(error)));
  return pid;
}

/// On a terminal the line is written again, with the seconds.
int wait_for(pid_t pid, const std::string& what) {
  const bool terminal = ::isatty(STDERR_FILENO) != 0;
  fmt::print(stderr, "{}{}", what, terminal ? "" : "\n");
  const auto begin = Clock::now();
  int status = 0;
  for (std::int64_t told = 0; ::waitpid(pid, &status, WNOHANG) == 0;) {
    std::this_thread::sleep_for(kLook);
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin).count();
    if (!terminal || seconds == told) continue;
    told = seconds;
    fmt::print(stderr, "\r{}: {} s", what, seconds);
  }
  if (terminal) std::fputs("\n", stderr);
  return status;
}

std::string read_and_remove(const std::filesystem::path& log) {
  std::ostringstream text;
  text << std::ifstream(log).rdbuf();
  std::error_code ignored;
  std::filesystem::remove(log, ignored);
  return text.str();
}

}  // namespace

std::optional<std::string> run_compiler(const std::vector<std::string>& command,
                                        const std::string& what, const std::filesystem::path& log) {
  const int status = wait_for(spawn(command, log), what);
  const std::string said = read_and_remove(log);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::nullopt;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) throw Error(what + ": interrupted");
  return said;
}

}  // namespace spikemesh::sim
