// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "spikemesh/link/client.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh {

/// How a ChipMachine waits and reports.
struct ChipMachineOptions {
  /// Longest pause between two requests that ask whether a run is over; 0 asks without a pause.
  std::chrono::microseconds longest_wait{20'000};
  /// The chip is a model that jumps over steps in which nothing happens. While most steps are of
  /// this kind, a pause may take a part of the steps that are left, however long they are.
  bool jumps = false;
  /// Cycles of the chip up to now in which surely no counter of a tile rose, if somebody knows.
  std::function<std::uint64_t()> rested;
  /// Counters of tiles have 32 bits. A run that is free-running (PERIOD 0) stops between two steps
  /// and reads them whenever it was busy for so many cycles; 0: half of those in which none can
  /// wrap.
  std::uint64_t count_after = 0;
  /// Machine::watch, if somebody can do it for this chip; no steps: the run is over.
  std::function<bool(std::span<const std::uint64_t> steps, const StepEnd& at_end)> watch;
  /// Called during load and run with what is done and what is to do (words; steps). What it throws
  /// ends them: a run at the end of a step, so that the chip can still be read.
  std::function<void(const char* what, std::uint64_t done, std::uint64_t all)> progress;
};

/// A chip at the other end of a link: an FPGA board, the RTL or the model, which behave the same.
///
/// load() resets the chip, writes the image, compares it, and sets ADAPT_PERIOD and a random
/// IMAGE_TAG, so that a chip that was reset cannot pass for a loaded one. run() keeps the spike-in
/// ring filled and drains the spike-out ring while the chip runs. It moves RUN_UNTIL only as far as
/// the entries are in the ring, so that no entry is late, however slow the link is.
class ChipMachine final : public Machine {
 public:
  /// Connects if the client has not connected yet.
  explicit ChipMachine(Client client, ChipMachineOptions options = {});
  ~ChipMachine() override;
  ChipMachine(ChipMachine&&) noexcept;
  ChipMachine& operator=(ChipMachine&&) noexcept;

  const spec::Build& build() const override;
  void load(const Image& image) override;
  std::vector<OutSpike> run(std::span<const InEntry> entries, std::uint64_t until) override;
  bool watch(std::span<const std::uint64_t> steps, const StepEnd& at_end) override;
  std::vector<OutSpike> take_partial() override;
  void clear(std::uint32_t mask) override;
  std::uint64_t step() const override;
  std::vector<std::uint32_t> read(std::uint16_t tile, std::uint32_t address,
                                  std::uint32_t count) override;
  void write(std::uint16_t tile, std::uint32_t address,
             std::span<const std::uint32_t> words) override;
  MachineStats stats() override;

  /// The management core has run steps since the last run or load: takes the chip over as it
  /// stands, between two steps. Entries that still wait in the spike-in ring are of steps that have
  /// passed.
  void take_over();

  /// The link below, for its statistics and registers.
  Client& client();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh
