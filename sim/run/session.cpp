// SPDX-License-Identifier: Apache-2.0
#include "sim/run/session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "sim/activity/activity_recorder.hpp"
#include "sim/run/reference_machine.hpp"
#include "sim/run/spike_difference.hpp"
#include "spikemesh/build_rules.hpp"
#include "spikemesh/input_file.hpp"
#include "spikemesh/learned.hpp"
#include "spikemesh/map_progress.hpp"

namespace spikemesh::sim {
namespace {

std::uint32_t mask_of(const RunPlan& plan) {
  if (plan.go_on || plan.clear == Clear::none) return 0;
  return plan.clear == Clear::all ? kClearEverything : kClearMembrane | kClearTrace;
}

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the run was interrupted";
  }
}

std::vector<RunResult::Recorded> recorded_of(const Network& network) {
  std::vector<RunResult::Recorded> all;
  for (const Population& each : network.populations())
    if (!each.recorded.empty()) all.push_back({each.name, each.recorded, each.size});
  return all;
}

void need_neurons(const Network& network, const std::string& population) {
  const auto id = network.find(population);
  if (!id || network.populations()[*id].is_input())
    throw InputError(fmt::format("\"{}\" is no population of neurons", shown(population)));
}

}  // namespace

Session::~Session() { give_back(); }

/// Returns whether there was anything.
bool Session::give_back() {
  const auto held = lock();
  const bool open = machine_ != nullptr;
  mapped_.reset();
  shadow_.reset();
  machine_.reset();
  watch_.reset();
  device_.reset();
  return open;
}

void Session::close() {
  if (!give_back()) return;
  DeviceOptions device;
  device.waves = options_.waves;
  device.rtl_tiles = options_.rtl_tiles;
  for (const std::string& file : wave_files(options_.executor.value_or(Executor::model), device))
    expect_whole_waves(file);
}

Machine& Session::machine() {
  if (!machine_) throw RunError("the machine was closed: make a new one");
  return *machine_;
}

const Mapped& Session::mapped() {
  machine();
  if (!mapped_) throw RunError("the machine holds no network: load one first");
  return *mapped_;
}

spec::Build Session::build() {
  const auto held = lock();
  return machine().build();
}

bool Session::has_clock() const {
  return options_.port || options_.executor || !options_.rtl_tiles.empty() || has_core();
}

bool Session::has_core() const { return options_.port || options_.management_core; }

std::uint64_t Session::step() {
  const auto held = lock();
  return machine().step();
}

MachineStats Session::stats() {
  const auto held = lock();
  return machine().stats();
}

std::optional<model::Activity> Session::activity() {
  const auto held = lock();
  machine();
  const model::Activity* activity = device_ ? device_->activity() : nullptr;
  return activity ? std::optional(*activity) : std::nullopt;
}

MapReport Session::load(const Network& network, const MapOptions& options) {
  Mapped mapped = map_network(network, build(), options, options_.progress);
  MapReport report = mapped.report;
  load(std::make_shared<const Network>(network), std::move(mapped));
  return report;
}

void Session::load(std::shared_ptr<const Network> network, Mapped mapped) {
  const auto held = lock();
  machine();
  mapped_.reset();  // while the load is under way the machine holds neither
  machine_->load(mapped.image);
  if (!options_.rtl_tiles.empty() || options_.hard_steps) {
    shadow_ = std::make_unique<ReferenceMachine>(machine_->build());
    shadow_->load(mapped.image);
  }
  mapped_ = std::move(mapped);
  whole_ = true;
  wanted_.reset();
  network_ = std::move(network);
  place_ = {};
  sources_ = {};
  was_learning_ = false;
  period_ = 0;
  learning_ = !mapped_->image.plastics.empty();
}

Network Session::network() {
  const auto held = lock();
  mapped();
  return *network_;
}

MapReport Session::report() {
  const auto held = lock();
  return mapped().report;
}

void Session::set_learning(bool on) {
  const auto held = lock();
  if (on && mapped().image.plastics.empty())
    throw InputError("learning: no projection of the network has a rule; give one a rule");
  learning_ = on;
}

bool Session::learning() {
  const auto held = lock();
  mapped();
  return learning_;
}

Network Session::learned() {
  const auto held = lock();
  return read_learned(*network_, mapped(), machine());
}

RunPlan Session::plan(const RunRequest& request) {
  const auto held = lock();
  SourcePlace place = place_;
  if (!request.go_on && place.step > 0) place = {place.sample + 1, 0};
  return plan_run(request, {*network_, runnable(), has_clock(), has_core(), place}, sources_,
                  options_.style);
}

const Mapped& Session::runnable() {
  const Mapped& held = mapped();
  if (!whole_) throw RunError("the last run ended early: load the network again");
  return held;
}

/// What a plan switches learning to, if it stands otherwise.
std::optional<bool> Session::switch_learning(const RunPlan& plan) {
  learning_ = plan.learning.value_or(learning_);
  if (learning_ == was_learning_) return std::nullopt;
  was_learning_ = learning_;
  return learning_;
}

/// Tells the chip how long a step lasts at least.
void Session::set_period(std::uint32_t period) {
  if (period == period_) return;
  auto& chip = dynamic_cast<ChipMachine&>(*machine_);  // only these have a clock
  chip.client().write_register(spec::Register::period, period);
  period_ = period;
}

/// What hard steps cannot do.
void Session::check_hard_steps(const RunPlan& plan) {
  if (!options_.hard_steps) return;
  const auto fail = [&](const std::string& why) {
    throw InputError(options_.style.name("hard-steps") + ": " + why);
  };
  const std::uint32_t shortest = 2 * spec::tree_depth(machine_->build()) + 3;
  if (plan.period < shortest)
    fail(
        fmt::format("{} is {}, but a step of this mesh takes {} cycles at least; give so many or "
                    "more",
                    options_.style.name("period"), plan.period, shortest));
  if (plan.learning.value_or(learning_))
    fail("learning needs steps that wait for every packet; switch it off (" +
         options_.style.name("learning") + " off)");
}

/// Samples that start from nothing begin with a period of the adaptive thresholds.
void Session::align(Machine& machine, const RunPlan& plan) const {
  if (plan.go_on || plan.clear != Clear::all) return;
  const std::uint64_t period = std::uint64_t{1} << mapped_->image.adapt_period;
  if (const std::uint64_t late = machine.step() % period; late != 0)
    machine.run({}, machine.step() + period - late);
}

/// Runs a plan on a machine that holds the network. When it throws, `result` holds what there was.
void Session::execute(Machine& machine, const RunPlan& plan, EntryFeed& feed, RunResult& result) {
  const Image& image = mapped_->image;
  std::vector<std::vector<std::int32_t>> begins;
  std::vector<std::string> texts = plan.record;
  for (const std::string& text : texts)
    begins.push_back(parse_probe(text, "record").quantity == Quantity::weight
                         ? plan.recorder.read(machine, begins.size())
                         : std::vector<std::int32_t>());
  align(machine, plan);
  run_begin_ = machine.step();
  run_steps_ = plan.pitch * plan.samples;
  Recording recording;
  const auto keep = [&] {
    result.steps = machine.step() - run_begin_;
    for (std::uint32_t k = 0; k < recording.spikes.size(); ++k)
      for (const OutSpike& spike : recording.spikes[k])
        result.spikes.push_back({k, spike.step, image.labels[spike.label].population,
                                 image.labels[spike.label].neuron, 1, 0});
    for (std::size_t i = 0; i < recording.traces.size(); ++i) {
      Trace& trace = recording.traces[i];
      auto units = units_of(trace);
      result.traces.push_back({texts[i], std::move(trace), std::move(units), std::move(begins[i])});
    }
  };
  try {
    plan.recorder.run(machine, feed,
                      {.steps = plan.steps, .pitch = plan.pitch, .clear_mask = mask_of(plan)},
                      recording);
  } catch (...) {
    keep();
    throw;
  }
  keep();
}

void Session::observe_with(model::Observer* observer) {
  device_->observe(observer);
  if (watch_) watch_->go_on_to(observer);
}

void Session::observe_hard_steps(const RunPlan& plan, EntryFeed& feed, RunResult& result) {
  const spec::Build& build = machine_->build();
  LatenessRecorder recorder(build.mesh_w * build.mesh_h, plan.period);
  observe_with(&recorder);
  const auto keep = [&] {
    observe_with(nullptr);
    result.hard_steps = recorder.take();
  };
  try {
    execute(*machine_, plan, feed, result);
  } catch (...) {
    keep();
    throw;
  }
  keep();
}

/// The samples are run by the program that the plan names, or else by the host.
void Session::execute_plan(const RunPlan& plan, EntryFeed& feed, RunResult& result) {
  if (plan.early_exit)
    execute_early(plan, feed, result);
  else
    execute(*machine_, plan, feed, result);
}

/// Executes on the machine, and records the activity if that is wanted.
void Session::observe(const RunPlan& plan, EntryFeed& feed, RunResult& result) {
  if (options_.hard_steps) return observe_hard_steps(plan, feed, result);
  if (!options_.activity) return execute_plan(plan, feed, result);
  ActivityRecorder recorder(machine_->build(), {.most_messages = options_.messages});
  observe_with(&recorder);
  const auto keep = [&] {
    observe_with(nullptr);
    result.activity = std::make_shared<const Activity>(recorder.take());
  };
  try {
    execute_plan(plan, feed, result);
  } catch (...) {
    keep();
    throw;
  }
  keep();
}

RunResult Session::run(const RunPlan& plan, bool counters) {
  const auto held = lock();
  runnable();
  check_hard_steps(plan);
  RunResult result;
  result.samples = plan.samples;
  result.recorded = recorded_of(*network_);
  std::optional<MachineStats> before;
  if (counters) before = machine_->stats();
  set_period(plan.period);
  const std::optional<bool> learning = switch_learning(plan);
  RunFeed feed(plan.inputs, *network_, mapped_->image, learning);
  const auto begin = std::chrono::steady_clock::now();
  try {
    observe(plan, feed, result);
  } catch (...) {
    result.failure = std::current_exception();
    result.why = words_of(result.failure);
    whole_ = false;
  }
  result.run_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  result.input_spikes = feed.spikes();
  sources_ = feed.streams();
  if (counters) count(*before, result);
  if (plan.go_on)
    place_.step += plan.steps;
  else
    place_ = {place_.sample + (place_.step > 0 ? 1 : 0) + plan.samples, 0};
  wanted_.reset();
  if (shadow_ && whole_) {
    RunFeed again(plan.inputs, *network_, mapped_->image, learning);
    execute(*shadow_, plan, again, wanted_.emplace());
    if (result.hard_steps)
      result.hard_steps->spikes = compare_spikes(result.spikes, wanted_->spikes);
  }
  return result;
}

/// Of a run that failed a chip may not answer any more: then the result has no counters.
void Session::count(const MachineStats& before, RunResult& result) {
  try {
    result.stats = machine_->stats() - before;
  } catch (const std::exception&) {
    if (!result.failure) throw;
  }
}

void Session::expect_reference(const RunResult& result) {
  const auto held = lock();
  if (!wanted_ || options_.hard_steps) return;
  expect_spikes(result.spikes, wanted_->spikes, options_.rerun);
  expect_traces(result.traces, wanted_->traces, options_.rerun);
}

std::vector<std::int32_t> Session::state(const std::string& population, Quantity quantity) {
  const auto held = lock();
  mapped();
  need_neurons(*network_, population);
  return read_states(mapped_->image, *machine_, quantity, population);
}

SynapseWeights Session::synapses(const std::string& from, const std::string& to) {
  const auto held = lock();
  mapped();
  if (!network_->find(from))
    throw InputError(fmt::format("from: no population \"{}\"", shown(from)));
  need_neurons(*network_, to);
  return read_synapses(mapped_->image, *machine_, from, to);
}

}  // namespace spikemesh::sim
