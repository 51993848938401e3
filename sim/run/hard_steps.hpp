// SPDX-License-Identifier: Apache-2.0
#pragma once
// What hard steps did to a run (docs/exploration/hard-steps.md).

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/observer.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

/// Spikes of a recorded population beside those of the reference, which waits for every packet.
struct SpikeDeviation {
  std::string population;
  std::uint64_t spikes = 0, ideal_spikes = 0;
  std::uint64_t missing = 0;  ///< of the reference, that are not in the same step here
  std::uint64_t added = 0;    ///< that are not in the same step of the reference
  /// Neurons and samples with at least two spikes in both runs, and over them the mean of how far
  /// the mean interval between spikes is from the ideal one, in steps.
  std::uint64_t interval_trains = 0;
  double interval_distortion = 0;
  /// Spikes with a counterpart, the n-th of a neuron and sample in both runs, and over them the
  /// mean square of how many steps they are apart.
  std::uint64_t paired = 0;
  double spike_disorder = 0;
};

/// Both runs' spikes, population by population in the order of their names.
std::vector<SpikeDeviation> compare_spikes(const std::vector<SpikeRow>& spikes,
                                           const std::vector<SpikeRow>& ideal);

/// What a run with hard steps was like.
struct HardSteps {
  using Histogram = std::map<std::uint64_t, std::uint64_t>;
  std::uint32_t period = 0;
  std::uint64_t steps = 0;      ///< that were observed
  std::uint64_t longer = 0;     ///< that waited longer than the period, for the host or an end
  std::uint64_t packets = 0;    ///< that cores took
  std::uint64_t late = 0;       ///< in a later step than the one in which their neuron fired
  std::uint64_t overtaken = 0;  ///< after one of a later step, by the same core
  Histogram late_steps;         ///< packets by how many steps they were late
  Histogram latency_cycles;     ///< packets by cycles from their offer until they were taken
  std::vector<SpikeDeviation> spikes;
};

/// Counts how late packets are.
class LatenessRecorder final : public model::Observer {
 public:
  explicit LatenessRecorder(std::uint32_t tiles, std::uint32_t period);
  HardSteps take() { return std::move(seen_); }

  void begin(std::uint64_t step, std::uint64_t cycle) override;
  void end(std::uint64_t cycle) override;
  void rest(std::uint64_t step, std::uint64_t steps, std::uint64_t length) override;
  void integrate(std::uint32_t tile, model::Span busy, const Packet& packet) override;
  void update(std::uint32_t, model::Span, std::uint32_t, std::uint32_t) override {}
  void learn(std::uint32_t, model::Span, std::uint64_t) override {}
  void emit(std::uint32_t, const model::Flit&, model::Span) override {}
  void inject(const model::Flit&, std::uint64_t) override {}
  void searched(std::uint32_t, std::uint64_t) override {}
  void enter(std::uint32_t, unsigned, unsigned) override {}
  void enter_core(std::uint32_t, unsigned) override {}
  void enter_host(unsigned) override {}

 private:
  HardSteps seen_;
  std::uint64_t step_ = 0, begun_ = 0;
  std::vector<std::uint64_t> newest_;  ///< step of the newest packet that each core took
};

}  // namespace spikemesh::sim
