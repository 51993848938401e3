// SPDX-License-Identifier: Apache-2.0
#pragma once
// The library that runs networks: the command line, Python and whatever sweeps are its clients.

#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/reference/peers.hpp"
#include "sim/device/executor.hpp"
#include "sim/run/request/option_style.hpp"
#include "sim/run/request/run_request.hpp"
#include "sim/run/run_result.hpp"
#include "sim/run/step_watch.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/convert.hpp"
#include "spikemesh/link/baud.hpp"
#include "spikemesh/machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/record.hpp"

namespace spikemesh::sim {

struct SessionOptions {
  /// Without: the reference, which has no clock unless it has a management core.
  std::optional<Executor> executor{};
  /// Build of the chip (load_build), without it `default`; of a port: what its chip has to be.
  std::optional<std::string> config{};
  std::optional<spec::Build> build{};         ///< of an executor, instead of `config`
  std::optional<std::string> port{};          ///< a chip instead of an executor (open_transport)
  unsigned baud = 115200;                     ///< of a serial port as it is opened
  std::optional<unsigned> negotiated_baud{};  ///< take port and chip there (negotiate_baud)
  std::optional<Waves> waves{};               ///< of executors with a clock
  RtlTiles rtl_tiles{};  ///< the model with these tiles in it, instead of an executor
  /// That share the tiles of the reference; a chip has one.
  std::uint32_t threads = 1;
  model::Peers* peers = nullptr;  ///< processes that share them as well, and outlive the session
  /// Words go over the link even where the machine could take them at once: the model alone,
  /// without waves, and the reference with a management core.
  bool over_link = false;
  /// RunResult::activity is recorded: of the model, without RTL tiles.
  bool activity = false;
  std::size_t messages = 0;  ///< most packets that it lists; 0: none
  /// Steps end after their period, whatever is under way (docs/exploration/hard-steps.md): of the
  /// model alone.
  bool hard_steps = false;
  /// The executor has a management core, for the program that a network names
  /// (docs/firmware.md). The reference is then a chip with a host tile, whose cycles are defined
  /// (docs/blocks/management_core.md, "In the reference").
  bool management_core = false;
  /// What cores send instead of spikes (docs/exploration/traffic.md): of the model alone.
  std::shared_ptr<const model::Traffic> traffic{};
  std::uint64_t seed = 1;  ///< of the link's numbers, where there is no port
  Rerun rerun{};           ///< what a Mismatch says of how to see it again
  OptionStyle style{};     ///< how messages name these options
  /// Called now and then: while a network is loaded with words, while it runs with steps, done and
  /// in all. What it throws ends the work: a load altogether, a run at the end of a step.
  std::function<void(std::string_view unit, std::uint64_t done, std::uint64_t all)> progress{};
};

/// What one unit of the author is on the chip, for one neuron (docs/network.md). A raw neuron has
/// the units of the chip: scales of 1, its theta as v_threshold.
struct NeuronUnits {
  double v_scale = 1;                  ///< raw V in one unit of v
  double v_rest = 0, v_threshold = 0;  ///< unit of v; V counts from v_rest
  double i_scale = 1;                  ///< raw I in one unit of the current i
  double weight_scale = 1;             ///< raw weight in one unit of the weights into it
};

/// A machine (reference, model, RTL, both in lockstep, RTL tiles in the model, or a chip behind a
/// port) and the network on it.
///
///   load   network -> map -> upload -> read back
///   run    request -> plan_run (every check) -> run -> RunResult (spikes, recordings, counters)
///   ask    state, synapses, what was learned, counters: as they are between two runs
///
/// Sessions run beside one another in as many threads. Every action takes the session's lock, so
/// threads may share one. Errors: InputError for what the
/// caller gave; TransportError, LinkError, SpecError of a port; RunError, VerifyError, Mismatch of
/// what went wrong meanwhile. After an action that threw for another reason than its input, the
/// network has to be loaded again.
class Session {
 public:
  explicit Session(SessionOptions options);
  ~Session();

  // The machine
  spec::Build build();
  bool has_clock() const;  ///< cycles and waves
  bool has_core() const;   ///< a management core; of a port: it may have one
  std::uint64_t step();    ///< the next step to be run
  /// Counters since the network was loaded (of a port without a network: since power-on).
  MachineStats stats();
  /// Where time and traffic went since power-on, if the machine is the model alone.
  std::optional<model::Activity> activity();
  /// What negotiate_baud found.
  const std::optional<BaudResult>& baud() const { return baud_; }
  /// Gives back port or simulated chip and completes waves; all else throws RunError from then on.
  /// Throws InputError when not all of the waves could be written.
  void close();

  // The network
  /// Maps and uploads. A network that does not fit leaves the old one.
  MapReport load(const Network& network, const MapOptions& options);
  /// Uploads what map_network made of the network for build().
  void load(std::shared_ptr<const Network> network, Mapped mapped);
  /// What is loaded, and how it was mapped.
  Network network();
  MapReport report();
  /// Whether plastic synapses learn, from the next run on; load() switches it on if there are any.
  bool learning();
  void set_learning(bool on);
  /// The network with the weights and adaptive thresholds that the machine holds now.
  Network learned();

  // Runs
  /// Checks the request against the network that is loaded; changes nothing.
  RunPlan plan(const RunRequest& request);
  /// Runs a plan that was made since the last run. When the run ends early, the result holds what
  /// there was until then, and `failure` says why: nothing is thrown away.
  /// `counters`: read before and after, for result.stats.
  RunResult run(const RunPlan& plan, bool counters);
  /// With RTL tiles, throws Mismatch unless the last run, which gave `result`, was that of the
  /// reference. Without them it does nothing.
  void expect_reference(const RunResult& result);

  // State between runs
  /// Raw V or I of the population's neurons.
  std::vector<std::int32_t> state(const std::string& population, Quantity quantity);
  /// Gives the population's neurons another V or I, one raw value each. Throws InputError for a
  /// value that has more than the 24 bits of a state.
  void set_state(const std::string& population, Quantity quantity,
                 std::span<const std::int32_t> values);
  /// Parameters of the population's neurons as the chip holds them, by neuron.
  std::vector<NeuronParameters> parameters(const std::string& population);
  /// What the author's units of the population's neurons are on the chip, by neuron.
  std::vector<NeuronUnits> units(const std::string& population);
  /// Where the next run stands in the samples since the network was loaded.
  SourcePlace place();
  SynapseWeights synapses(const std::string& from, const std::string& to);

 private:
  std::unique_lock<std::mutex> lock();
  bool give_back();
  Machine& machine();
  const Mapped& mapped();
  const Mapped& runnable();
  std::vector<Image::Location> locations(const std::string& population);
  std::vector<NeuronParameters> held_parameters(const std::string& population);
  std::vector<NeuronUnits> held_units(const std::string& population);
  std::map<std::string, std::vector<double>> units_of(const Trace& trace);
  void open_port();
  void open_executor();
  void check_activity();
  void check_core() const;
  void set_model_options();
  void check_hard_steps(const RunPlan& plan);
  ChipMachineOptions chip_options();
  void tell(std::string_view unit, std::uint64_t done, std::uint64_t all);
  void tell_again();
  std::optional<bool> switch_learning(const RunPlan& plan);
  void set_period(std::uint32_t period);
  void align(Machine& machine, const RunPlan& plan) const;
  void execute(Machine& machine, const RunPlan& plan, EntryFeed& feed, RunResult& result);
  void execute_early(const RunPlan& plan, EntryFeed& feed, RunResult& result);
  void execute_plan(const RunPlan& plan, EntryFeed& feed, RunResult& result);
  void observe_with(model::Observer* observer);
  void observe(const RunPlan& plan, EntryFeed& feed, RunResult& result);
  void observe_hard_steps(const RunPlan& plan, EntryFeed& feed, RunResult& result);
  void count(const MachineStats& before, RunResult& result);

  SessionOptions options_;
  std::mutex mutex_;
  std::optional<BaudResult> baud_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<StepWatch> watch_;  ///< of a model alone
  std::unique_ptr<Machine> machine_;
  struct Told {
    std::string_view unit = "steps";
    std::uint64_t done = 0, all = 0;
  };
  Told told_;  ///< last, to progress
  /// With RTL tiles or hard steps: the reference, which runs the same.
  std::unique_ptr<Machine> shadow_;
  std::optional<RunResult> wanted_;         ///< what it gave in the last run
  std::shared_ptr<const Network> network_;  ///< of which `mapped_` was made
  std::optional<Mapped> mapped_;
  bool whole_ = false;  ///< no run on it ended early
  SourceSpikes sources_;
  SourcePlace place_;                            ///< of the next step
  bool learning_ = false;                        ///< as wanted
  bool was_learning_ = false;                    ///< as the machine was told
  std::uint32_t period_ = 0;                     ///< as the machine was told
  std::uint64_t run_begin_ = 0, run_steps_ = 0;  ///< of the run under way
};

}  // namespace spikemesh::sim
