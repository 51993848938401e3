// SPDX-License-Identifier: Apache-2.0
#include "sim/cli/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace spikemesh::sim {
namespace {

constexpr auto kFirst = std::chrono::milliseconds(700), kAgain = std::chrono::milliseconds(200);

std::string time_text(double seconds) {
  const auto all = static_cast<std::uint64_t>(seconds + 0.5);
  if (all < 3600) return fmt::format("{}:{:02}", all / 60, all % 60);
  return fmt::format("{}:{:02}:{:02}", all / 3600, all / 60 % 60, all % 60);
}

/// Three digits that count: a rate is not known better.
double rounded(double rate) {
  double unit = 1;
  while (rate / unit >= 1000) unit *= 10;
  return unit * static_cast<double>(static_cast<std::uint64_t>(rate / unit + 0.5));
}

}  // namespace

std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t all,
                          double per_second) {
  const double share = all == 0 ? 1 : static_cast<double>(done) / static_cast<double>(all);
  std::string line = fmt::format("{} of {} {} ({:.0f} %)", done, all, unit, 100 * share);
  if (per_second > 0)
    line += fmt::format(", {:.0f} {}/s, {} left", rounded(per_second), unit,
                        time_text(static_cast<double>(all - std::min(done, all)) / per_second));
  return line;
}

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) != 0) {}

void Progress::show(std::string_view unit, std::uint64_t done, std::uint64_t all) {
  if (!terminal_) return;
  const auto now = Clock::now();
  if (unit != unit_) {
    end();
    unit_ = unit;
    begin_ = now;
    told_ = now + (kFirst - kAgain);
    first_ = done;
  }
  if (now - told_ < kAgain) return;
  told_ = now;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  print(progress_line(unit, done, all, static_cast<double>(done - first_) / seconds));
}

void Progress::end() {
  if (width_ > 0) print("");
  if (width_ > 0) std::fputs("\r", stderr);
  width_ = 0;
  unit_.clear();
}

void Progress::print(const std::string& line) {
  fmt::print(stderr, "\r{:<{}}", line, width_);
  std::fflush(stderr);
  width_ = std::max(width_, line.size());
}

}  // namespace spikemesh::sim
