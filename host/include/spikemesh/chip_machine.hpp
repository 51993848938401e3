// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

#include "spikemesh/client.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh {

/// How a ChipMachine waits and reports.
struct ChipMachineOptions {
  /// Longest pause between two questions whether a run is over; 0: ask without pause.
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
  /// Called during load and run with what is done and what is to do (words; steps). What it throws
  /// ends them: a run at the end of a step, so that the chip can still be read.
  std::function<void(const char* what, std::uint64_t done, std::uint64_t all)> progress;
};

/// A chip at the other end of a link: an FPGA board, the RTL or the model, which behave the same.
///
/// load: reset (nonce), write, read back and compare, ADAPT_PERIOD, IMAGE_TAG (random, so that a
/// chip that was reset cannot pass for a loaded one). run: the spike-in ring is kept filled and the
/// spike-out ring drained while the chip runs; RUN_UNTIL is moved on only as far as the entries are
/// in the ring, so none is ever late, whatever the speed of the link.
class ChipMachine final : public Machine {
 public:
  /// Connects when the client did not yet.
  explicit ChipMachine(Client client, ChipMachineOptions options = {});
  ~ChipMachine() override;
  ChipMachine(ChipMachine&&) noexcept;
  ChipMachine& operator=(ChipMachine&&) noexcept;

  const spec::Build& build() const override;
  void load(const Image& image) override;
  std::vector<OutSpike> run(std::span<const InEntry> entries, std::uint64_t until) override;
  std::vector<OutSpike> take_partial() override;
  void clear(std::uint32_t mask) override;
  std::uint64_t step() const override;
  std::vector<std::uint32_t> read(std::uint16_t tile, std::uint32_t address,
                                  std::uint32_t count) override;
  void write(std::uint16_t tile, std::uint32_t address,
             std::span<const std::uint32_t> words) override;
  MachineStats stats() override;

  /// The link below, for its statistics and registers.
  Client& client();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace spikemesh
