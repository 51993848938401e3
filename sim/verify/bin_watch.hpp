// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "model/event.hpp"
#include "model/reference/reference.hpp"
#include "sim/verify/verify_bins.hpp"

namespace spikemesh::sim {

/// Hits the bins that show in the retire stream of a chip.
class BinWatch : public EventSink {
 public:
  explicit BinWatch(const spec::Build& build) : build_(build), fields_(field_limits(build)) {}

  /// Whose neuron parameters and fan-out lists are those of the chip now; it outlives the next
  /// call.
  void parameters_of(const model::Reference& reference) { reference_ = &reference; }
  void on(const Event& event) override;
  const BinCounts& hits() const { return hits_; }
  const LimitCounts& limits() const { return limits_; }
  /// Entries that entered the spike-out ring since the last reset.
  std::uint64_t recorded() const { return recorded_; }
  /// Cycles of the last step that another followed, and the fewest between two runs that were
  /// written one after the other.
  std::uint64_t step_cycles() const { return step_cycles_; }
  std::uint64_t run_cycles() const { return run_cycles_; }
  /// Accesses that the word port answered, and the status of the last.
  std::uint64_t port_answers() const { return port_answers_; }
  spec::Status port_status() const { return port_status_; }

 private:
  void hit(Bin bin) { ++hits_[static_cast<std::size_t>(bin)]; }
  void taken(const Event& event);
  void flit(const Event& event);
  void fire(const Event& event);
  void fired(std::uint16_t tile, std::uint32_t neuron);
  void delivery(const Event& event);
  void weight(const Event& event);
  void phase(const Event& event);
  void bus(const Event& event);
  void tile_word(const spec::BusEvent& access);
  void contention(const Event& event);
  void port(const Event& event);

  spec::Build build_;
  std::vector<FieldLimits> fields_;
  const model::Reference* reference_ = nullptr;
  BinCounts hits_{};
  LimitCounts limits_{};
  std::uint64_t step_ = 0;
  std::uint32_t period_ = 0;
  std::optional<std::uint64_t> last_begin_;  ///< cycle in which the step before began, in this run
  std::uint64_t step_cycles_ = 0, last_run_ = 0;
  std::uint64_t run_cycles_ = ~std::uint64_t{0};
  bool wiped_ = false;                      ///< the sweep of power-on is past
  std::uint64_t taken_ = 0, recorded_ = 0;  ///< ring entries since the last reset
  std::uint32_t delivered_ = 0;             ///< RING_IN_WRITE
  std::set<std::pair<std::uint16_t, std::uint32_t>> packets_;  ///< {tile, axon} of this step
  /// {tile and lane, row} of the weights that pre spikes of this step changed
  std::set<std::pair<std::uint32_t, std::uint32_t>> depressed_;
  bool learning_phase_ = false;
  std::optional<std::pair<std::uint64_t, std::uint32_t>> last_bus_;  ///< {cycle, master}
  std::uint64_t port_answers_ = 0;
  spec::Status port_status_ = spec::Status::ok;
};

/// Hits the bins of neurons and cores, from the reference: watch it before and after each step.
/// Hits count once the chip was found equal to it (`keep`).
class NeuronCensus {
 public:
  using Neurons = std::map<std::uint16_t, std::vector<std::uint32_t>>;  ///< of each tile

  /// `adapt_period`: p of ADAPT_PERIOD.
  NeuronCensus(Neurons neurons, std::uint32_t adapt_period)
      : neurons_(std::move(neurons)), adapt_period_(adapt_period) {}

  void before_step(const model::Reference& reference);
  void after_step(const model::Reference& reference);
  /// The chip equalled the reference since the last call, or not.
  void keep(bool equal);
  const BinCounts& hits() const { return hits_; }

 private:
  struct Core {
    std::uint32_t updates = 0;  ///< before the step
    std::uint64_t visited = 0;  ///< groups, before the step
    bool slept = false;         ///< had no Update in the step before
    BinCounts hits{};           ///< of this step, if it has an Update
  };

  Neurons neurons_;
  std::uint32_t adapt_period_;
  std::map<std::uint16_t, Core> cores_;
  BinCounts pending_{}, hits_{};
};

}  // namespace spikemesh::sim
