// SPDX-License-Identifier: Apache-2.0
#include "sim/verify.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <type_traits>

#include "sim/lockstep_device.hpp"
#include "sim/verify_case.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

/// One case to run.
struct Job {
  std::string config;
  std::uint64_t seed = 0;
  std::string rerun;
};

/// What came of it: through a pipe from the process that ran it.
struct Outcome {
  CaseResult result;
  EventCounts compared{};
  std::uint64_t pin_changes = 0, bytes = 0;
};
static_assert(std::is_trivially_copyable_v<Outcome>);

/// Of one configuration, all its cases.
struct Total {
  Outcome sum;
  std::uint64_t cases = 0;
};

Link link_of(std::uint64_t seed) {
  return Random(seed ^ 0x71e5).chance(20) ? Link::pins : Link::bytes;
}

Outcome run_job(const Job& job, const VerifyOptions& options) {
  const Link link = link_of(job.seed);
  const DeviceOptions device_options{options.waves, {std::to_string(job.seed), job.rerun}};
  const auto device = make_device(options.executor, load_build(job.config), link, device_options);
  VerifyCase one(*device, link, job.seed);
  Outcome outcome{.result = one.run()};
  if (const auto* lockstep = dynamic_cast<const LockstepDevice*>(device.get())) {
    outcome.compared = lockstep->compared();
    outcome.pin_changes = lockstep->compared_pin_changes();
    outcome.bytes = lockstep->compared_bytes();
  }
  return outcome;
}

/// In the child: the outcome goes into the pipe, a failure to the standard output.
int run_child(const Job& job, const VerifyOptions& options, int pipe) {
  try {
    const Outcome outcome = run_job(job, options);
    return ::write(pipe, &outcome, sizeof outcome) == sizeof outcome ? 0 : 1;
  } catch (const Mismatch& mismatch) {
    fmt::print("\nFAILED: {}, seed {}\n{}", job.config, job.seed, mismatch.what());
  } catch (const std::exception& error) {
    fmt::print("\nFAILED: {}, seed {}\n{}\nseed: {}\nrerun with waves: {}\n", job.config, job.seed,
               error.what(), job.seed, job.rerun);
  }
  return 1;
}

struct Child {
  Job job;
  int pipe = -1;
};

Child start_child(const Job& job, const VerifyOptions& options, pid_t& pid) {
  int ends[2];
  std::fflush(stdout);
  if (::pipe(ends) != 0 || (pid = ::fork()) < 0)
    throw std::runtime_error("verify: this system gives no more processes");
  if (pid == 0) {
    ::close(ends[0]);
    const int code = run_child(job, options, ends[1]);
    std::fflush(stdout);
    ::_exit(code);  // what the parent opened is not this process's to close
  }
  ::close(ends[1]);
  return {job, ends[0]};
}

/// True when the case was equal.
bool finish_child(const Child& child, int status, std::map<std::string, Total>& totals) {
  Outcome outcome;
  const bool whole = ::read(child.pipe, &outcome, sizeof outcome) == sizeof outcome;
  ::close(child.pipe);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || !whole) {
    if (WIFSIGNALED(status)) {
      fmt::print("\nFAILED: {}, seed {}: ended by signal {} ({})\nrerun with waves: {}\n",
                 child.job.config, child.job.seed, WTERMSIG(status), strsignal(WTERMSIG(status)),
                 child.job.rerun);
    }
    return false;
  }
  const CaseResult& result = outcome.result;
  fmt::print(
      "ok  {:<8} seed {:<20}  {:>8} cycles, {:>3} steps, {:>5} spikes and {:>5} words as in the "
      "reference{}\n",
      child.job.config, child.job.seed, result.cycles, result.steps, result.host_spikes,
      result.words,
      result.late_segments != 0 ? fmt::format(" ({} segments late)", result.late_segments) : "");
  Total& total = totals[child.job.config];
  const auto add = [](auto& to, const auto& from) {
    for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
  };
  ++total.cases;
  add(total.sum.compared, outcome.compared);
  add(total.sum.result.statuses, result.statuses);
  add(total.sum.result.edges, result.edges);
  total.sum.result.skipped_updates += result.skipped_updates;
  total.sum.result.emit_stalls += result.emit_stalls;
  total.sum.result.saturations += result.saturations;
  total.sum.pin_changes += outcome.pin_changes;
  total.sum.bytes += outcome.bytes;
  total.sum.result.cycles += result.cycles;
  total.sum.result.steps += result.steps;
  total.sum.result.host_spikes += result.host_spikes;
  total.sum.result.words += result.words;
  total.sum.result.segments += result.segments;
  total.sum.result.late_segments += result.late_segments;
  return true;
}

/// Runs all jobs, `options.jobs` at a time; returns how many failed.
std::uint64_t run_all(const std::vector<Job>& jobs, const VerifyOptions& options,
                      std::map<std::string, Total>& totals) {
  std::map<pid_t, Child> running;
  std::uint64_t failed = 0;
  std::size_t next = 0;
  while (next < jobs.size() || !running.empty()) {
    while (next < jobs.size() && running.size() < std::max(options.jobs, 1u)) {
      pid_t pid = 0;
      const Child child = start_child(jobs[next++], options, pid);
      running.emplace(pid, child);
    }
    int status = 0;
    const pid_t ended = ::waitpid(-1, &status, 0);
    const auto found = running.find(ended);
    if (found == running.end()) continue;
    if (!finish_child(found->second, status, totals)) ++failed;
    running.erase(found);
    std::fflush(stdout);
  }
  return failed;
}

std::vector<std::string> configs_of(const VerifyOptions& options) {
  if (!options.configs.empty()) return options.configs;
  std::vector<std::string> names;
  for (const spec::NamedBuild& named : spec::kBuilds) names.emplace_back(named.name);
  return names;
}

std::vector<Job> jobs_of(const VerifyOptions& options) {
  const std::vector<std::string> configs = configs_of(options);
  for (const std::string& config : configs)
    load_build(config);  // a wrong name is told before the first case
  const auto job = [&](const std::string& config, std::uint64_t seed) {
    return Job{config, seed,
               fmt::format("{} verify --case {} --config {} --waves verify-{}.fst", options.program,
                           seed, config, seed)};
  };
  if (options.one) {
    if (configs.size() != 1)
      throw InputError("verify: --case needs one --config, as in the report of its failure");
    return {job(configs.front(), *options.one)};
  }
  if (options.waves) throw InputError("verify: --waves needs --case: waves of one case");
  Random seeds(options.seed);
  std::vector<Job> jobs;
  for (std::uint64_t i = 0; i < options.cases; ++i)
    jobs.push_back(job(configs[i % configs.size()], seeds.seed()));
  return jobs;
}

void print_table(const std::map<std::string, Total>& totals, bool lockstep) {
  fmt::print("\n{:<18}", "");
  for (const auto& [config, total] : totals) fmt::print("{:>12}", config);
  const auto row = [&](std::string_view name, auto value) {
    fmt::print("\n  {:<16}", name);
    for (const auto& [config, total] : totals) fmt::print("{:>12}", value(total));
  };
  row("cases", [](const Total& total) { return total.cases; });
  row("cycles", [](const Total& total) { return total.sum.result.cycles; });
  if (lockstep) {
    fmt::print("\nmodel = RTL");
    for (unsigned kind = 0; kind < kEventKinds; ++kind) {
      row(kEventNames[kind], [&](const Total& total) { return total.sum.compared[kind]; });
    }
    row("tx pin changes", [](const Total& total) { return total.sum.pin_changes; });
    row("bytes sent", [](const Total& total) { return total.sum.bytes; });
  }
  fmt::print("\n= reference");
  row("steps", [](const Total& total) { return total.sum.result.steps; });
  row("spikes to host", [](const Total& total) { return total.sum.result.host_spikes; });
  row("memory words", [](const Total& total) { return total.sum.result.words; });
  row("segments", [](const Total& total) { return total.sum.result.segments; });
  row("(not: late)", [](const Total& total) { return total.sum.result.late_segments; });
  fmt::print("\nedges");
  for (std::size_t i = 0; i < kEdgeCounters.size(); ++i) {
    const auto& info = spec::kRegisters[static_cast<std::size_t>(kEdgeCounters[i])];
    row(info.name, [&](const Total& total) { return total.sum.result.edges[i]; });
  }
  row("Updates skipped", [](const Total& total) { return total.sum.result.skipped_updates; });
  row("emit_stalls", [](const Total& total) { return total.sum.result.emit_stalls; });
  row("saturations", [](const Total& total) { return total.sum.result.saturations; });
  fmt::print("\nreplies");
  for (unsigned status = 0; status <= static_cast<unsigned>(spec::Status::read_only); ++status) {
    row(to_string(static_cast<spec::Status>(status)),
        [&](const Total& total) { return total.sum.result.statuses[status]; });
  }
  fmt::print("\n");
}

/// A kind of which nothing was compared: nothing is known of it.
bool nothing_missing(const std::map<std::string, Total>& totals, bool lockstep) {
  EventCounts counts{};
  std::uint64_t spikes = 0, words = 0;
  for (const auto& [config, total] : totals) {
    for (unsigned kind = 0; kind < kEventKinds; ++kind) counts[kind] += total.sum.compared[kind];
    spikes += total.sum.result.host_spikes;
    words += total.sum.result.words;
  }
  bool all = spikes != 0 && words != 0;
  if (!all) fmt::print("FAILED: no spike, or no word, was compared with the reference\n");
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    if (counts[kind] != 0 || !lockstep) continue;
    fmt::print("FAILED: no event of kind {} was compared\n", kEventNames[kind]);
    all = false;
  }
  return all;
}

}  // namespace

bool verify(const VerifyOptions& options) {
  const std::vector<Job> jobs = jobs_of(options);
  fmt::print("seed {}, {} cases\n", options.seed, jobs.size());
  std::map<std::string, Total> totals;
  const std::uint64_t failed = run_all(jobs, options, totals);
  const bool lockstep = options.executor == Executor::lockstep;
  print_table(totals, lockstep);
  if (failed != 0) {
    fmt::print("\n{} of {} cases FAILED\n", failed, jobs.size());
    return false;
  }
  if (!options.one && !nothing_missing(totals, lockstep))
    return false;  // one case may well have none of a kind
  fmt::print("\nall {} cases equal\n", jobs.size());
  return true;
}

}  // namespace spikemesh::sim
