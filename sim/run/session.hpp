// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/run/synapse_table.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/spikes_csv.hpp"

namespace spikemesh::sim {

struct SessionOptions {
  std::string executor = "reference";  ///< reference, model, rtl, lockstep
  std::optional<std::string> config;   ///< build; of a port: what it has to be
  std::string port;                    ///< instead of an executor
  unsigned baud = 115200;
  std::optional<std::string> waves;  ///< FST of the RTL
  std::uint64_t seed = 1;            ///< of the link's numbers, where there is no port
  /// Called now and then during load and run; what it throws ends them.
  std::function<void()> interrupt = [] {};
};

/// A machine and the network on it: what a Python Machine is.
///
/// Sessions run beside one another in as many threads. Not a recorder: it runs whole samples and
/// answers between runs. Every action takes the session's lock, so threads may share a session.
class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();

  spec::Build build();
  std::uint64_t step();
  /// Gives back the port or the simulated chip; every other action throws RunError from then on.
  void close();

  /// An interrupt takes the network with it: load again.
  MapReport load(const Network& network, const MapOptions& options);

  /// From the next run on; load() switches it on if the network has plastic synapses.
  void set_learning(bool on);
  bool learning();
  /// The network that was loaded with the weights and thresholds that the machine holds now.
  Network learned();

  /// Goes on from where the machine stands; rows are of sample 0, steps from the begin of the run.
  std::vector<SpikeRow> run(const std::vector<SpikeRow>& rows, std::uint64_t steps);
  /// `samples` times `steps` steps, each after a clear ("all", "membrane", "none"), as `spikemesh
  /// run` does.
  std::vector<SpikeRow> run_samples(const std::vector<SpikeRow>& rows, std::uint64_t steps,
                                    std::uint32_t samples, const std::string& clear);

  /// Raw V (field 0) or I (field 1) of the population's neurons as they are now.
  std::vector<std::int32_t> state(const std::string& population, std::uint32_t field);
  /// The synapses of one population into another, with their weights as the chip holds them now.
  std::vector<SynapseRow> synapses(const std::string& from, const std::string& to);
  MachineStats stats();

 private:
  std::unique_lock<std::mutex> lock();
  Machine& machine();
  const Mapped& mapped();
  void open_port(ChipMachineOptions chip);
  void open_executor(ChipMachineOptions chip);
  void look_for_interrupt();
  void tell_learning(std::vector<InEntry>& entries, std::uint64_t step);
  void align(std::uint64_t period);
  std::vector<SpikeRow> rows_of(const std::vector<OutSpike>& spikes, std::uint32_t sample,
                                std::uint64_t first, std::uint64_t steps) const;

  SessionOptions options_;
  std::mutex mutex_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Machine> machine_;
  std::optional<Mapped> mapped_;
  Network network_;            ///< of which `mapped_` was made
  bool learning_ = false;      ///< as wanted
  bool was_learning_ = false;  ///< as the machine was told
};

}  // namespace spikemesh::sim
