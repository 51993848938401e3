// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/plot/python.hpp"
#include "sim/share.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/output_file.hpp"

namespace spikemesh::sim {
namespace {

namespace fs = std::filesystem;

struct ReportOptions {
  std::string folder, out, coefficients;
  std::string timeline, figures;
  std::optional<double> clock_mhz;
  bool json = false;
};

/// sim/report/report.py with these arguments. What goes wrong there it says itself.
void call(const std::string& command, std::vector<std::string> arguments,
          const char* modules = "numpy") {
  const fs::path script = share_folder() / "report.py";
  if (!fs::exists(script))
    throw InputError(
        fmt::format("{}: {} is not there, which makes the report; install SpikeMesh whole "
                    "(docs/install.md), or run the program where it was built",
                    command, script.string()));
  const std::string python = find_python(modules);
  if (python.empty())
    throw InputError(
        fmt::format("{}: neither {} nor the python3 on PATH can import {}; install it (apt install "
                    "python3-numpy python3-matplotlib)",
                    command, system_python(), modules));
  arguments.insert(arguments.begin(), {"-B", script.string()});
  std::fflush(stdout);
  if (!run_python(python, std::move(arguments), false)) throw CLI::RuntimeError(1);
}

void report(const ReportOptions& options) {
  const std::string page =
      options.out.empty() ? (fs::path(options.folder) / "report.html").string() : options.out;
  std::vector<std::string> arguments{"page", options.folder, page};
  if (!options.coefficients.empty())
    arguments.insert(arguments.end(), {"--coefficients", options.coefficients});
  check_output_file(page);
  for (const std::string& more : {options.timeline, options.figures})
    if (!more.empty()) check_output_file(more);
  call("report", std::move(arguments));
  if (!options.figures.empty())
    call("report", {"figures", options.folder, options.figures}, "numpy, matplotlib");
  if (options.timeline.empty()) return;
  arguments = {"timeline", options.folder, options.timeline};
  if (options.clock_mhz)
    arguments.insert(arguments.end(), {"--clock-mhz", fmt::format("{}", *options.clock_mhz)});
  call("report", std::move(arguments));
}

void energy(const ReportOptions& options) {
  std::vector<std::string> arguments{"energy", options.folder, "--coefficients",
                                     options.coefficients};
  if (options.json) arguments.push_back("--json");
  call("energy", std::move(arguments));
}

constexpr const char* kCoefficients =
    "energy of each event: loihi, truenorth, odin, cmos45, cmos28, or a JSON file "
    "(docs/exploration/report.md)";

}  // namespace

void add_report(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "report", "makes an interactive HTML page of a folder that run --activity or sweep wrote");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("folder", options->folder, "folder of a run or of a sweep")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("-o,--out", options->out, "page to write (default: FOLDER/report.html)");
  auto* timeline = command->add_option("--timeline", options->timeline,
                                       "Chrome trace events (JSON) of a run, for Perfetto");
  command
      ->add_option("--clock-mhz", options->clock_mhz,
                   "clock of the timeline (default: a cycle is drawn as 1 us)")
      ->needs(timeline)
      ->check(above_zero());
  command->add_option("--figures", options->figures,
                      "picture (.png, .svg, .pdf) of the maps and charts of a run");
  command->add_option("--coefficients", options->coefficients,
                      std::string("adds the modelled energy; ") + kCoefficients);
  command->callback([options] { report(*options); });
}

void add_energy(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("energy", "models the energy of a run of which the activity was recorded");
  const auto options = std::make_shared<ReportOptions>();
  command->add_option("folder", options->folder, "folder of a run")
      ->required()
      ->check(CLI::ExistingDirectory);
  command->add_option("--coefficients", options->coefficients, kCoefficients)->required();
  command->add_flag("--json", options->json, "prints the energy as JSON on stdout");
  command->callback([options] { energy(*options); });
}

}  // namespace spikemesh::sim
