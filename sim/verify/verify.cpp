// SPDX-License-Identifier: Apache-2.0
#include "sim/verify/verify.hpp"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <limits>
#include <set>

#include "sim/device/rtl_device.hpp"
#include "sim/verify/case/verify_state.hpp"
#include "sim/verify/verify_job.hpp"
#include "sim/verify/verify_json.hpp"
#include "sim/verify/verify_totals.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

#ifdef SPIKEMESH_INSTRUMENT
extern "C" void __gcov_dump();
#endif

namespace spikemesh::sim {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kFullReports = 3;  ///< of failures; those that follow take a line each
constexpr unsigned kLeastPercent = 5;    ///< the share that a row of cases must have had
constexpr auto kReportEvery = std::chrono::seconds(30), kRedrawEvery = std::chrono::seconds(1);

void tell_failure(const Job& job, const std::string& what) {
  fmt::print("\nFAILED: {}, seed {}{}{}\n", job.config, job.seed, job.brief ? ": " : "\n",
             job.brief ? what.substr(0, what.find('\n')) : what);
}

/// In the child: the outcome goes into the pipe, a failure to the standard output.
int run_child(const Job& job, const VerifyOptions& options, int pipe) {
  try {
    const Outcome outcome = run_job(job, options);
    return ::write(pipe, &outcome, sizeof outcome) == sizeof outcome ? 0 : 1;
  } catch (const Mismatch& mismatch) {
    tell_failure(job, mismatch.what());
    if (mismatch.place() && !options.waves && !job.brief)
      write_waves(job, options, *mismatch.place());
  } catch (const std::exception& error) {
    tell_failure(
        job, fmt::format("{}\nseed: {}\nrerun with waves: {}", error.what(), job.seed, job.rerun));
  }
  return 1;
}

struct Child {
  Job job;
  std::uint64_t number = 0;
  int pipe = -1;
};

/// However verify ends, even by SIGKILL, its cases end with it.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

Child start_child(const Job& job, std::uint64_t number, const VerifyOptions& options, pid_t& pid) {
  int ends[2];
  std::fflush(stdout);
  const pid_t parent = ::getpid();
  if (::pipe(ends) != 0 || (pid = ::fork()) < 0)
    throw std::runtime_error("verify: this system gives no more processes");
  if (pid == 0) {
    die_with(parent);
    ::close(ends[0]);
    const int code = run_child(job, options, ends[1]);
    std::fflush(stdout);
#ifdef SPIKEMESH_INSTRUMENT
    __gcov_dump();  // _exit does not
#endif
    ::_exit(code);  // what the parent opened is not this process's to close
  }
  ::close(ends[1]);
  return {job, number, ends[0]};
}

/// Nothing when the case failed; it has said why.
std::optional<Outcome> finish_child(const Child& child, int status) {
  Outcome outcome;
  const bool whole = ::read(child.pipe, &outcome, sizeof outcome) == sizeof outcome;
  ::close(child.pipe);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && whole) return outcome;
  if (WIFSIGNALED(status)) {
    fmt::print("\nFAILED: {}, seed {}: ended by signal {} ({})\nrerun with waves: {}\n",
               child.job.config, child.job.seed, WTERMSIG(status), strsignal(WTERMSIG(status)),
               child.job.rerun);
  }
  return std::nullopt;
}

void print_case(const Job& job, const Outcome& outcome) {
  const CaseResult& result = outcome.result;
  fmt::print(
      "ok  {:<8} seed {:<20}  {:>8} cycles, {:>3} steps, {:>5} spikes and {:>5} words as in the "
      "reference{}\n",
      job.config, job.seed, result.cycles, result.steps, result.host_spikes, result.words,
      result.late_segments != 0 ? fmt::format(" ({} segments late)", result.late_segments) : "");
}

/// What stands in for the chip, and what it has, as options.
std::string how(const VerifyOptions& options) {
  std::string out = to_options(options.rtl_tiles);
  for (const auto& [name, executor] : kExecutors) {
    if (options.rtl_tiles.empty() && executor == options.executor && executor != Executor::lockstep)
      out = " --executor " + name;
  }
  if (!options.rtl_sources.empty()) out += " --rtl " + options.rtl_sources;
  return out + options.features.to_option();
}

/// Runs the cases of a plan, `options.jobs` at a time, and takes their outcomes in order.
class Runner {
 public:
  Runner(const VerifyOptions& options, const VerifyPlan& plan, VerifyState& state)
      : options_(options), plan_(plan), state_(state), seeds_(plan.seed) {
    for (std::uint64_t i = 0; i < state.next_case; ++i) seeds_.seed();
    next_start_ = state.next_case;
    cycles_ = sum(state.totals).result.cycles;
  }

  void run() {
    while (more() || !running_.empty()) {
      while (more() && running_.size() < std::max(options_.jobs, 1u)) start();
      int status = 0;
      const auto found = running_.find(::waitpid(-1, &status, 0));
      if (found == running_.end()) continue;
      const Child child = std::move(found->second);
      running_.erase(found);
      const auto outcome = finish_child(child, status);
      failures_ += !outcome;
      finished_.emplace(child.number, std::pair(child.job, outcome));
      take_in_order();
      std::fflush(stdout);
    }
  }

 private:
  bool more() const {
    if (options_.one) return next_start_ == 0;
    return options_.cycles ? cycles_ < *options_.cycles : next_start_ < options_.cases;
  }

  void start() {
    const std::string& config = plan_.schedule[next_start_ % plan_.schedule.size()];
    const std::uint64_t seed = options_.one.value_or(seeds_.seed());
    const Job job{config, seed,
                  fmt::format("{} verify --case {} --config {}{} --waves verify-{}.fst",
                              options_.program, seed, config, how(options_), seed),
                  failures_ >= kFullReports};
    pid_t pid = 0;
    const Child child = start_child(job, next_start_++, options_, pid);
    running_.emplace(pid, child);
  }

  /// A state knows all cases up to one, so those that overtook an earlier one wait for it.
  void take_in_order() {
    bool taken = false;
    for (auto at = finished_.find(state_.next_case); at != finished_.end();
         at = finished_.find(state_.next_case)) {
      const auto& [job, outcome] = at->second;
      if (outcome) {
        if (!options_.cycles) print_case(job, *outcome);
        cycles_ += outcome->result.cycles;
        add(state_.totals.try_emplace(job.config, Outcome{.result = {}, .cases = 0}).first->second,
            *outcome);
      } else {
        state_.failed.push_back({job.config, job.seed});
      }
      finished_.erase(at);
      ++state_.next_case;
      taken = true;
    }
    if (taken && options_.state) save_state(*options_.state, plan_, state_);
    if (taken && options_.cycles) progress();
  }

  void progress() {
    const bool terminal = ::isatty(STDOUT_FILENO) != 0;
    const auto now = Clock::now();
    if (now - told_ < (terminal ? kRedrawEvery : kReportEvery) && more()) return;
    told_ = now;
    fmt::print("{}{} cases, {} of {} cycles ({:.1f} %), {} failed{}", terminal ? "\r" : "",
               state_.next_case, cycles_, *options_.cycles,
               100.0 * static_cast<double>(cycles_) / static_cast<double>(*options_.cycles),
               state_.failed.size(), terminal && more() ? "" : "\n");
  }

  const VerifyOptions& options_;
  const VerifyPlan& plan_;
  VerifyState& state_;
  Random seeds_;
  std::uint64_t next_start_ = 0, cycles_ = 0;
  std::size_t failures_ = 0;
  std::map<pid_t, Child> running_;
  std::map<std::uint64_t, std::pair<Job, std::optional<Outcome>>> finished_;  ///< not taken yet
  Clock::time_point told_ = Clock::now();
};

void check(const VerifyOptions& options) {
  if (options.one && options.configs.size() != 1)
    throw InputError("verify: --case needs one --config, as in the report of its failure");
  if (options.waves && !options.one)
    throw InputError("verify: --waves needs --case: waves of one case");
  if (options.one && options.cycles)
    throw InputError("verify: --case is one case, --cycles many; give one of them");
  if (options.state && !options.cycles)
    throw InputError("verify: --state needs --cycles: it says from where a long run continues");
  if (!options.rtl_sources.empty() && options.executor == Executor::model)
    throw InputError("verify: --rtl needs --executor lockstep or rtl: the model has no RTL");
  if (options.rtl_tiles.places.size() > VerifyOptions::kMostRtlTiles)
    throw InputError(fmt::format("verify: {} times --rtl-tile; name at most {}",
                                 options.rtl_tiles.places.size(), VerifyOptions::kMostRtlTiles));
}

Against against(const VerifyOptions& options) {
  const Compare compare = options.rtl_tiles.compare;
  const bool cycles = options.rtl_tiles.empty() ? options.executor == Executor::lockstep
                                                : compare == Compare::cycles;
  if (cycles) return Against::cycles;
  return compare == Compare::order ? Against::order : Against::nothing;
}

bool has_place(const spec::Build& build, const RtlTiles& tiles) {
  return std::all_of(tiles.places.begin(), tiles.places.end(), [&](const RtlTile& tile) {
    return tile.x < build.mesh_w && tile.y < build.mesh_h;
  });
}

/// With --cycles small chips come more often than large ones, whose cycles take longer.
VerifyPlan plan_of(const VerifyOptions& options) {
  constexpr std::uint32_t kTiles = 4;
  VerifyPlan plan{.seed = options.seed, .executor = "", .schedule = options.configs};
  for (const auto& [name, executor] : kExecutors) {
    if (executor == options.executor) plan.executor = name;
  }
  if (!options.rtl_tiles.empty()) plan.executor = to_options(options.rtl_tiles);
  if (!options.rtl_sources.empty()) plan.executor += " --rtl " + options.rtl_sources;
  plan.executor += options.features.to_option();
  const auto schedule = [&](const auto& builds) {
    for (const spec::NamedBuild& named : builds) {
      if (has_place(named.build, options.rtl_tiles)) plan.schedule.emplace_back(named.name);
    }
  };
  if (plan.schedule.empty()) {
    schedule(spec::kBuilds);
    schedule(spec::kCoverBuilds);
  }
  const std::vector<std::string> each = plan.schedule;
  for (std::uint32_t again = 2; options.cycles && again <= kTiles; ++again) {
    for (const std::string& config : each) {
      const spec::Build build = load_build(config);
      if (build.mesh_w * build.mesh_h * again <= kTiles) plan.schedule.push_back(config);
    }
  }
  if (each.empty())
    throw InputError(fmt::format("no build has all tiles of{}; name places that are in the mesh",
                                 to_options(options.rtl_tiles)));
  return plan;
}

/// A wrong name is reported before the first case, and RTL is compiled once, not by every case.
void compile_rtl(const VerifyOptions& options, const VerifyPlan& plan) {
  for (const std::string& config :
       std::set<std::string>(plan.schedule.begin(), plan.schedule.end())) {
    const spec::Build build = load_build(config);
    load_rtl_tiles(options.rtl_tiles, build, std::nullopt, {}, plan.seed);
    const RtlForm form = options.waves ? RtlForm::waves : RtlForm::retire;
    if (!options.rtl_sources.empty())
      rtl_library_with(source_list_of(options.rtl_sources, "--rtl"), build, form);
    else if (options.rtl_tiles.empty() && options.executor != Executor::model)
      rtl_library(build, form);
  }
}

/// What a whole row of cases must have had: docs/verification/verify-random.md.
bool complete(const VerifyOptions& options, const Outcome& all,
              const std::set<std::string>& builds) {
  if (options.one) return true;  // one case may well have none of a kind
  bool good = nothing_missing(all, against(options), options.rtl_tiles);
  fmt::print("\n{} of {} cases went over the UART pins, {} learned\n", all.pin_cases, all.cases,
             all.learning_cases);
  const bool chosen =
      !options.configs.empty() || !options.rtl_tiles.empty() || !options.features.all();
  if (all.cases < VerifyOptions::kCasesForAllBins || chosen) return good;
  if (all.pin_cases * 100 < all.cases * kLeastPercent) {
    fmt::print("FAILED: fewer than {} % of the cases went over the UART pins\n", kLeastPercent);
    good = false;
  }
  // Of the RTL alone nobody knows which buffers were full.
  good = all_limits_hit(all, builds) && good;
  return (options.executor == Executor::rtl || all_bins_hit(all)) && good;
}

bool verify_plan(const VerifyOptions& options, const VerifyPlan& plan, VerifyState& state) {
  if (options.state) state = load_state(*options.state, plan);
  compile_rtl(options, plan);
  if (options.cycles) {
    fmt::print("seed {}, {} cycles, from case {} on\n", plan.seed, *options.cycles,
               state.next_case);
  } else {
    fmt::print("seed {}, {} cases\n", plan.seed, options.one ? 1 : options.cases);
  }
  Runner(options, plan, state).run();
  const Outcome all = sum(state.totals);
  if (!state.failed.empty()) {  // what the other cases reached is of no use then
    fmt::print("\n{} of {} cases FAILED\n", state.failed.size(), state.next_case);
    for (const auto& each : state.failed)
      fmt::print("  {} verify --case {} --config {}{}\n", options.program, each.seed, each.config,
                 how(options));
    return false;
  }
  print_table(state.totals, against(options), options.rtl_tiles);
  print_bins(all);
  print_limits(all);
  if (!complete(options, all, {plan.schedule.begin(), plan.schedule.end()})) return false;
  fmt::print("\nall {} cases equal, {} cycles\n", state.next_case, all.result.cycles);
  return true;
}

/// While it lives, what is printed on stdout, here and in processes of cases, comes on stderr.
class StdoutToStderr {
 public:
  StdoutToStderr() {
    std::fflush(stdout);
    stdout_ = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
  }
  ~StdoutToStderr() {
    std::fflush(stdout);
    ::dup2(stdout_, STDOUT_FILENO);
    ::close(stdout_);
  }
  StdoutToStderr(const StdoutToStderr&) = delete;

 private:
  int stdout_ = -1;
};

}  // namespace

bool verify(const VerifyOptions& options) {
  check(options);
  const VerifyPlan plan = plan_of(options);
  VerifyState state;
  if (!options.json) return verify_plan(options, plan, state);
  bool equal = false;
  {
    const StdoutToStderr redirected;
    equal = verify_plan(options, plan, state);
  }
  fmt::print("{}", to_json(plan, state, equal));
  return equal;
}

}  // namespace spikemesh::sim
