// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/rtl_tile_options.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/cli/options/waves_options.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kMostJobs = 1024;

/// Which chips are drawn.
void add_cases(CLI::App& command, VerifyOptions& options) {
  auto* random =
      command.add_option("--random", options.cases,
                         fmt::format("number of random cases; {} or more over all builds must hit "
                                     "every feature bin",
                                     VerifyOptions::kCasesForAllBins));
  random->capture_default_str()->check(whole(1));
  command
      .add_option("--cycles", options.cycles,
                  "instead: runs cases until this many cycles are compared")
      ->excludes(random)
      ->check(whole(1));
  command.add_option("--state", options.state,
                     "with --cycles: file from which a stopped run continues");
  command.add_option("--seed", options.seed, "seed from which the seeds of the cases are drawn")
      ->capture_default_str();
  command.add_option(
      "--config", options.configs,
      fmt::format("build: default, ecp5, tiny, odd, {} .. {}; repeatable (default: all builds in "
                  "turn)",
                  spec::kCoverBuilds.front().name, spec::kCoverBuilds.back().name));
  command
      .add_option("--case", options.one, "runs only the case with this seed, which a report names")
      ->excludes(random);
}

}  // namespace

void add_verify(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "verify",
      "compares random chips: model with RTL in every cycle, and both with the reference");
  const auto options = std::make_shared<VerifyOptions>();
  const auto executor = std::make_shared<std::string>("lockstep");
  options->jobs = std::max(1u, std::thread::hardware_concurrency());
  options->program = app.get_name();
  add_cases(*command, *options);
  auto* what = command->add_option("--executor", *executor,
                                   "lockstep; or model or rtl alone, compared with the reference");
  what->capture_default_str()->check(one_of({"model", "rtl", "lockstep"}));
  add_rtl_tiles(*command, options->rtl_tiles, what);
  command
      ->add_option("--rtl", options->rtl_sources,
                   "FILE.sv, with commas between several: their modules replace ours anywhere in "
                   "the chip (sm_host, sm_bridge, ...)")
      ->excludes("--rtl-tile");
  command->add_option_function<std::string>(
      "--features",
      [options](const std::string& names) { options->features = Features(names, "--features"); },
      "what the core has, with commas between: stdp, adaptation, refractory, subtraction, gain, "
      "current, delays; or none (default: all)");
  command->add_option("--jobs", options->jobs, "number of cases that run at the same time")
      ->capture_default_str()
      ->check(whole(1, kMostJobs));
  command->add_flag("--json", options->json,
                    "prints JSON on stdout, and text for people on stderr");
  const auto waves = std::make_shared<WavesOptions>();
  add_waves(*command, *waves,
            "with --case: file for waves (FST); lockstep writes the RTL to FILE and the model to "
            "FILE.model.fst");
  command->callback([options, executor, waves] {
    options->waves = waves->window();
    options->executor = kExecutors.at(*executor);
    if (!verify(*options)) throw CLI::RuntimeError(1);
  });
}

}  // namespace spikemesh::sim
