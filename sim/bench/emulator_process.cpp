// SPDX-License-Identifier: Apache-2.0
#include "sim/bench/emulator_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace spikemesh::bench {

EmulatorProcess::EmulatorProcess(const std::string& executor) {
  const std::string program =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() / "spikemesh";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe for the emulator");
  pid_ = fork();
  if (pid_ == 0) {
    dup2(ends[1], STDOUT_FILENO);
    execl(program.c_str(), "spikemesh", "emulate", "--executor", executor.c_str(), nullptr);
    _exit(127);
  }
  close(ends[1]);
  char first = 0;
  const bool began = read(ends[0], &first, 1) == 1 && first == '/';
  close(ends[0]);
  if (!began) throw std::runtime_error(program + " emulate did not say where its UART is");
}

EmulatorProcess::~EmulatorProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

double EmulatorProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(text.rfind(')') + 1));  // the name may hold spaces
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

}  // namespace spikemesh::bench
