// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/plot.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "sim/share.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

// That of the system sees the system's packages; the first on PATH those of who set it up.
constexpr const char* kPythons[] = {SPIKEMESH_PYTHON3, "python3"};
constexpr std::string_view kEndings[] = {".png", ".svg", ".pdf"};

/// Runs Python; true when it ends well. `quiet`: what it says on stderr is dropped.
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

/// The first that can draw; empty: none.
std::string drawing_python() {
  for (const char* python : kPythons)
    if (run_python(python, {"-c", "import matplotlib, numpy"}, true)) return python;
  return "";
}

fs::path script() { return share_folder() / "plot_run.py"; }

}  // namespace

std::string check_plot(const std::string& file) {
  const fs::path path(file);
  const std::string ending = path.extension().string();
  if (std::find(std::begin(kEndings), std::end(kEndings), ending) == std::end(kEndings))
    throw InputError(fmt::format("--plot {}: the extension selects the format: one of {}", file,
                                 fmt::join(kEndings, ", ")));
  if (path.has_parent_path() && !fs::is_directory(path.parent_path()))
    throw InputError(fmt::format("--plot {}: there is no folder {}; make it, or name another", file,
                                 path.parent_path().string()));
  if (!fs::exists(script()))
    throw InputError(
        fmt::format("--plot: {} is not there, which draws; install SpikeMesh whole "
                    "(docs/install.md), or run the program where it was built",
                    script().string()));
  const std::string python = drawing_python();
  if (python.empty())
    throw InputError(fmt::format(
        "--plot: neither {} nor the python3 on PATH can import matplotlib; install it (apt install "
        "python3-matplotlib), or run without --plot and draw later: python3 {} DIR {}",
        SPIKEMESH_PYTHON3, script().string(), file));
  return python;
}

void draw_plot(const std::string& python, const std::string& folder, const std::string& file) {
  if (run_python(python, {script().string(), folder, file}, false)) return;
  throw InputError(
      fmt::format("--plot {}: drawing failed, as said above; the run is whole in {}; draw again "
                  "with python3 {} {} {}",
                  file, folder, script().string(), folder, file));
}

}  // namespace spikemesh::sim
