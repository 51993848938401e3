// SPDX-License-Identifier: Apache-2.0
#include "sim/sweep/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "sim/cli/commands.hpp"
#include "sim/cli/interrupt.hpp"
#include "sim/cli/options/validators.hpp"
#include "sim/cli/progress.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/number.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kMostThreads = 1024;
constexpr std::size_t kShownFailures = 3;  ///< kinds of them

struct SweepCommand {
  std::string file, out, shard;
  std::vector<std::string> merge;
  std::optional<std::uint64_t> point;
  std::optional<std::uint32_t> jobs;
  bool mpi = false;
};

Shard parse_shard(const std::string& text) {
  const std::size_t slash = text.find('/');
  const auto part = parse_integer(text.substr(0, slash));
  const auto of = slash == std::string::npos ? std::nullopt : parse_integer(text.substr(slash + 1));
  if (!part || !of || *part < 1 || *part > *of)
    throw InputError(
        fmt::format("--shard: {}, but it is K/N with K from 1 to N, such as 1/4", shown(text)));
  return {*part, *of};
}

void print(const SweepSummary& summary, const std::string& out, const char* done) {
  std::string counts;
  for (const auto& [status, count] : summary.by_status)
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, status);
  fmt::print("{} points, {} {}: {}: {}\n", summary.points, summary.ran, done, counts, out);
  for (std::size_t i = 0; i < std::min(kShownFailures, summary.failures.size()); ++i)
    fmt::print(stderr, "spikemesh: {} failed: {}\n", summary.failures[i].second,
               summary.failures[i].first);
  if (summary.failures.size() > kShownFailures)
    fmt::print(stderr, "spikemesh: {} more reasons are in the column `reason`\n",
               summary.failures.size() - kShownFailures);
}

/// Every column of the row, a line each.
void print(const Row& row) {
  for (std::size_t i = 0; i < columns().size(); ++i)
    if (!std::holds_alternative<std::monostate>(row.cells()[i]))
      fmt::print("{}: {}\n", columns()[i].name,
                 std::holds_alternative<std::string>(row.cells()[i])
                     ? std::get<std::string>(row.cells()[i])
                     : csv_text(row.cells()[i]));
}

void run_point(const SweepCommand& options) {
  const SweepFile sweep = load_sweep(options.file);
  const InterruptGuard guard;
  const Row row = run_one(sweep, *options.point, options.out, [&] { guard.check(); });
  print(row);
  if (std::get<std::string>(row["status"]) != "ok") throw CLI::RuntimeError(1);
}

void merge(const SweepCommand& options) {
  const SweepSummary summary =
      merge_sweeps({options.merge.begin(), options.merge.end()}, options.out);
  print(summary, options.out, "merged now");
  std::uint64_t there = 0;
  for (const auto& [status, count] : summary.by_status) there += count;
  if (there < summary.points)
    fmt::print(stderr, "spikemesh: {} points are missing; merge their shards, too\n",
               summary.points - there);
}

/// Ranks are as many as somebody wants to be busy, so each runs one point at a time.
std::uint32_t jobs_of(const SweepCommand& options) {
  const std::uint32_t alone = std::max(1u, std::thread::hardware_concurrency());
  return options.jobs.value_or(options.mpi ? 1 : alone);
}

void run(const SweepCommand& options) {
  if (!options.merge.empty()) return merge(options);
  if (options.file.empty())
    throw InputError("sweep: name a sweep file (docs/exploration/sweep.md), or folders to --merge");
  if (options.point) return run_point(options);
  const SweepFile sweep = load_sweep(options.file);
  Progress line;
  const InterruptGuard guard;
  SweepOptions wanted{.out = options.out, .jobs = jobs_of(options)};
  if (options.mpi) wanted.ranks = &join_ranks();
  if (!options.shard.empty()) wanted.shard = parse_shard(options.shard);
  wanted.progress = [&](std::uint64_t done, std::uint64_t all) {
    guard.check();
    line.show("points", done, all);
  };
  const SweepSummary summary = run_sweep(sweep, wanted);
  line.end();
  if (options.mpi) wanted.ranks->finish();
  if (!options.mpi || wanted.ranks->rank() == 0) print(summary, options.out, "ran now");
}

}  // namespace

void add_sweep(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "sweep", "runs a network on many designs of the chip, with a row of results for each");
  const auto options = std::make_shared<SweepCommand>();
  auto* file =
      command->add_option("sweep", options->file, "sweep file (docs/exploration/sweep.md)");
  command
      ->add_option("--out", options->out,
                   "folder for sweep.sqlite and sweep.csv; a sweep that is there goes on")
      ->required();
  command
      ->add_option("--jobs", options->jobs,
                   "number of points that run at the same time; one for each core of the machine, "
                   "with --mpi one in each rank")
      ->check(whole(1, kMostThreads));
  auto* shard = command->add_option(
      "--shard", options->shard,
      "K/N: runs the points whose number modulo N is K - 1, for one of N machines");
  auto* point = command->add_option("--point", options->point,
                                    "runs only the point with this number; --out is then the "
                                    "folder of a run, and its row is printed");
  point->excludes(shard);
  auto* mpi = command->add_flag(
      "--mpi", options->mpi,
      "shares the points among the processes that mpirun started, which take new ones as they end");
  point->excludes(mpi);
  command
      ->add_option("--merge", options->merge,
                   "instead: puts the rows of these folders of one sweep into the one of --out")
      ->excludes(file)
      ->excludes(shard)
      ->excludes(mpi)
      ->excludes(point);
  command->callback([options] {
    try {
      run(*options);
    } catch (const Interrupted& interrupted) {
      fmt::print(stderr, "spikemesh: {}; the same command goes on from here\n", interrupted.what());
      throw CLI::RuntimeError(interrupted.exit_code());
    }
  });
}

}  // namespace spikemesh::sim
