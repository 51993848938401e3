// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/python.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace spikemesh::sim {

bool run_python(const std::string& python, std::vector<std::string> arguments, bool quiet) {
  arguments.insert(arguments.begin(), python);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (quiet) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawnp(&child, argv.front(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  return failed == 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status) &&
         WEXITSTATUS(status) == 0;
}

std::string find_python(const std::string& modules) {
  for (const char* python : {SPIKEMESH_PYTHON3, "python3"})
    if (run_python(python, {"-c", "import " + modules}, true)) return python;
  return "";
}

std::string system_python() { return SPIKEMESH_PYTHON3; }

}  // namespace spikemesh::sim
