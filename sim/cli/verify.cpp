// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/cli/rtl_tile_options.hpp"
#include "sim/cli/waves_options.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

/// Which chips are drawn.
void add_cases(CLI::App& command, VerifyOptions& options) {
  auto* random =
      command.add_option("--random", options.cases,
                         fmt::format("number of random cases; from {} on, over all builds, every "
                                     "feature bin must be hit",
                                     VerifyOptions::kCasesForAllBins));
  random->capture_default_str()->check(CLI::PositiveNumber);
  command
      .add_option("--cycles", options.cycles, "instead: cases until so many cycles were compared")
      ->excludes(random)
      ->check(CLI::PositiveNumber);
  command.add_option("--state", options.state,
                     "with --cycles: file that a run that was stopped goes on from");
  command.add_option("--seed", options.seed, "where the seeds of the cases come from")
      ->capture_default_str();
  command.add_option(
      "--config", options.configs,
      fmt::format("build: default, ecp5, tiny, odd, {} .. {} (may stand more than once; without it "
                  "all, in rotation)",
                  spec::kCoverBuilds.front().name, spec::kCoverBuilds.back().name));
  command.add_option("--case", options.one, "only the case with this seed, as a report names it")
      ->excludes(random);
}

}  // namespace

void add_verify(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "verify", "random chips: model against RTL, cycle by cycle, and against the reference");
  const auto options = std::make_shared<VerifyOptions>();
  const auto executor = std::make_shared<std::string>("lockstep");
  options->jobs = std::max(1u, std::thread::hardware_concurrency());
  options->program = app.get_name();
  add_cases(*command, *options);
  auto* what = command->add_option("--executor", *executor,
                                   "lockstep; model or rtl: that one against the reference only");
  what->capture_default_str()->check(CLI::IsMember({"model", "rtl", "lockstep"}));
  add_rtl_tiles(*command, options->rtl_tiles, what);
  command->add_option("--jobs", options->jobs, "cases at a time")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_flag("--json", options->json,
                    "JSON on stdout, for programs; what people read goes to stderr");
  const auto waves = std::make_shared<WavesOptions>();
  add_waves(*command, *waves,
            "with --case: FST of what the chip does; lockstep writes FILE of the RTL and "
            "FILE.model.fst");
  command->callback([options, executor, waves] {
    options->waves = waves->window();
    options->executor = kExecutors.at(*executor);
    if (!verify(*options)) throw CLI::RuntimeError(1);
  });
}

}  // namespace spikemesh::sim
