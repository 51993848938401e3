// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace spikemesh::sim {

/// One line on a terminal, again and again: how far long work is, how fast, how long it will take.
/// Nothing where stderr is no terminal, and nothing of work that is over at once.
class Progress {
 public:
  Progress();
  /// Wipes the line.
  ~Progress() { end(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  bool on_terminal() const { return terminal_; }
  /// Another `unit` than before ("steps", "words") begins another work.
  void show(std::string_view unit, std::uint64_t done, std::uint64_t all);
  void end();

 private:
  using Clock = std::chrono::steady_clock;
  void print(const std::string& line);

  bool terminal_ = false;
  std::string unit_;
  Clock::time_point begin_, told_;
  std::uint64_t first_ = 0;  ///< done when it began
  std::size_t width_ = 0;    ///< of the line that stands there
};

/// "1234000 of 5000000 steps (24 %), 812000 steps/s, 0:04 left".
std::string progress_line(std::string_view unit, std::uint64_t done, std::uint64_t all,
                          double per_second);

}  // namespace spikemesh::sim
