// SPDX-License-Identifier: Apache-2.0
#include "sim/plot/plot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "sim/plot/python.hpp"
#include "sim/share.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEndings[] = {".png", ".svg", ".pdf"};

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
  const std::string python = find_python("matplotlib, numpy");
  if (python.empty())
    throw InputError(fmt::format(
        "--plot: neither {} nor the python3 on PATH can import matplotlib; install it (apt install "
        "python3-matplotlib), or run without --plot and draw later: python3 {} DIR {}",
        system_python(), script().string(), file));
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
