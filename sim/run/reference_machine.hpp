// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "model/reference/reference.hpp"
#include "spikemesh/machine.hpp"

namespace spikemesh::sim {

/// The reference as a machine: the same questions and answers as a chip's, without link, clock or
/// cycles. It has no spike-in ring, so a step has any number of entries; else it refuses what a
/// chip refuses.
class ReferenceMachine final : public Machine {
 public:
  /// `progress`, if any, is called with each step that begins; what it throws ends the run there.
  /// `threads` and `peers` as model::Reference has them. A run that ends early in one process ends
  /// at the same step in all.
  explicit ReferenceMachine(const spec::Build& build,
                            std::function<void(std::uint64_t step)> progress = {},
                            std::uint32_t threads = 1, model::Peers* peers = nullptr)
      : threads_(threads),
        peers_(peers),
        reference_(build, threads, peers),
        progress_(std::move(progress)) {}

  const spec::Build& build() const override { return reference_.build(); }
  void load(const Image& image) override;
  std::vector<OutSpike> run(std::span<const InEntry> entries, std::uint64_t until) override;
  bool watch(std::span<const std::uint64_t> steps, const StepEnd& at_end) override;
  std::vector<OutSpike> take_partial() override { return std::move(spikes_); }
  void clear(std::uint32_t mask) override;
  std::uint64_t step() const override { return reference_.step(); }
  std::vector<std::uint32_t> read(std::uint16_t tile, std::uint32_t address,
                                  std::uint32_t count) override;
  void write(std::uint16_t tile, std::uint32_t address,
             std::span<const std::uint32_t> words) override;
  /// No clock: cycles, stretched and stalls stay 0.
  MachineStats stats() override;

 private:
  struct Unwatched;
  void tell_ends();
  void tell_progress(std::uint64_t step);

  std::uint32_t threads_;
  model::Peers* peers_;  ///< none: one process
  model::Reference reference_;
  std::function<void(std::uint64_t)> progress_;
  std::uint32_t clear_ = 0;             ///< mask to be cleared when the next run begins
  std::vector<OutSpike> spikes_;        ///< of the run under way
  std::vector<std::uint64_t> watched_;  ///< steps at whose end somebody wants to read
  std::size_t told_ = 0;                ///< of them
  StepEnd at_end_;
};

}  // namespace spikemesh::sim
