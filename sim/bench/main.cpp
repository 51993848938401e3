// SPDX-License-Identifier: Apache-2.0
// The benchmark table of `./bootstrap bench`: named workloads, one row each (docs/bench.md).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>

#include "sim/bench/emulator_process.hpp"
#include "sim/bench/fabric.hpp"
#include "sim/bench/networks.hpp"
#include "sim/bench/neuron_updates.hpp"
#ifdef SPIKEMESH_SYSTEMC
#include "sim/bench/systemc_chip.hpp"
#endif
#include "sim/bench/upload.hpp"
#include "sim/bench/workloads.hpp"
#include "sim/device/management_core/management_core.hpp"
#include "sim/device/model_device.hpp"
#include "sim/device/rtl_device.hpp"
#include "sim/run/reference_machine.hpp"
#include "sim/verilated/library.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/mgmt.hpp"

namespace spikemesh::bench {
namespace {

using DeviceMaker = std::unique_ptr<sim::Device> (*)(const spec::Build&);

std::unique_ptr<sim::Device> make_model(const spec::Build& build) {
  return sim::make_model_device(build, sim::Link::bytes);
}
std::unique_ptr<sim::Device> make_rtl(const spec::Build& build) {
  return sim::make_rtl_device(build, sim::Link::bytes, std::nullopt, false);
}

/// A chip in this process with an image in it. The model takes the words at once.
struct Loaded {
  Loaded(DeviceMaker make, const Image& image)
      : device(make(image.build)),
        machine(Client(
            std::make_unique<sim::DeviceTransport>(*device, sim::Link::bytes),
            {.write_at_once = [this](auto... words) { return device->write_words(words...); },
             .read_at_once = [this](auto... words) { return device->read_words(words...); }})) {
    machine.load(image);
  }
  std::unique_ptr<sim::Device> device;
  ChipMachine machine;
};

/// Runs `steps` steps an iteration; cycles, steps, spikes, synaptic events and flits of the mesh a
/// second.
template <class Cycle>
void run_steps(benchmark::State& state, ChipMachine& machine, Cycle&& cycle, std::uint64_t steps) {
  const MachineStats before = machine.stats();
  const std::uint64_t first_cycle = cycle();
  for (auto _ : state) machine.run({}, machine.step() + steps);
  const std::uint64_t cycles = cycle() - first_cycle;
  const MachineStats run = machine.stats() - before;
  const auto count = [&](spec::Counter which) { return static_cast<double>(run.total(which)); };
  const double plastic = count(spec::Counter::weight_updates);
  const auto rate = benchmark::Counter::kIsRate;
  state.counters["cycles/s"] = {static_cast<double>(cycles), rate};
  state.counters["steps/s"] = {static_cast<double>(run.steps), rate};
  state.counters["spikes/s"] = {count(spec::Counter::spikes), rate};
  state.counters["synaptic_events/s"] = {count(spec::Counter::synapse_events), rate};
  if (plastic == 0) return;
  state.counters["plastic_events/s"] = {plastic, rate};
  state.counters["cycles_a_plastic_event"] =
      static_cast<double>(cycles) * static_cast<double>(run.tiles.size()) / plastic;
}

void run_steps(benchmark::State& state, Loaded& chip, std::uint64_t steps) {
  run_steps(
      state, chip.machine, [&] { return chip.device->cycle(); }, steps);
}

void idle_16x16_period_1000(benchmark::State& state) {
  Loaded chip(make_model, nothing(mesh_16x16()));
  chip.machine.client().write_register(spec::Register::period, 1000);
  chip.machine.run({}, 4);  // the first Update finds every core at rest
  run_steps(state, chip, 100'000);
}
BENCHMARK(idle_16x16_period_1000)->Unit(benchmark::kMillisecond);

#ifdef SPIKEMESH_SYSTEMC
/// SystemC's kernel elaborates once: one chip for all repetitions.
void few_spikes_in_systemc(benchmark::State& state) {
  static SystemcChip chip(few_spikes());
  run_steps(
      state, chip.machine, [] { return chip.chip.cycle(); },
      static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(few_spikes_in_systemc)
    ->Name("few_spikes_4x4/systemc")
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond);
#endif

std::unique_ptr<sim::Device> make_model_with_core(const spec::Build& build) {
  const auto sources = sim::source_list_of(sim::management_core_sources(), "the management core");
  return sim::make_model_with_core(build, sim::Link::bytes, sim::make_management_core(sources));
}

/// The core of the chip sleeps for ever: wfi, then a jump to it, where a core begins.
void put_to_sleep(Client& client) {
  const std::vector<std::uint32_t> program{0x10500073, 0xFFDFF06F};
  constexpr std::uint32_t kBegin = 0x80 / 4;
  const auto place = [](spec::MgmtRegister which) {
    return spec::kMgmtRegistersBase + static_cast<std::uint32_t>(which);
  };
  client.write(kHostTile, spec::kMgmtProgramBase + kBegin, program);
  client.write(kHostTile, place(spec::MgmtRegister::control), std::vector<std::uint32_t>{1});
  constexpr spec::MgmtStatus asleep{.running = 1, .asleep = 1};
  while (client.read(kHostTile, place(spec::MgmtRegister::status), 1).front() != asleep.pack()) {
  }
}

/// The row few_spikes_4x4/model with a core that sleeps.
void few_spikes_core_asleep(benchmark::State& state) {
  Loaded chip(make_model_with_core, few_spikes());
  put_to_sleep(chip.machine.client());
  run_steps(state, chip, static_cast<std::uint64_t>(state.range(0)));
}

/// The processor is no part of the project.
void register_sleeping_core() {
  try {
    sim::management_core_sources();
  } catch (const Error& error) {
    std::cerr << "few_spikes_4x4/model_core_asleep is left out: " << error.what() << "\n";
    return;
  }
  benchmark::RegisterBenchmark("few_spikes_4x4/model_core_asleep", few_spikes_core_asleep)
      ->Arg(20'000)
      ->Unit(benchmark::kMillisecond);
}

template <DeviceMaker make, Image workload()>
void steps_of(benchmark::State& state) {
  Loaded chip(make, workload());
  run_steps(state, chip, static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(steps_of<make_model, few_spikes>)
    ->Name("few_spikes_4x4/model")
    ->Arg(20'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(steps_of<make_rtl, few_spikes>)
    ->Name("few_spikes_4x4/rtl")
    ->Arg(500)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(steps_of<make_model, busy>)
    ->Name("busy_4x4/model")
    ->Arg(5'000)
    ->Unit(benchmark::kMillisecond);

/// Depressions and potentiations; one cycle and lane each, beside what the rest of a step costs.
template <DeviceMaker make>
void learning_of(benchmark::State& state) {
  Loaded chip(make, learning());
  const InEntry on{.step = 0, .payload = 1, .kind = spec::EntryKind::learning};
  chip.machine.run({&on, 1}, 8);
  run_steps(state, chip, static_cast<std::uint64_t>(state.range(0)));
}
BENCHMARK(learning_of<make_model>)
    ->Name("learning_4x4/model")
    ->Arg(5'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(learning_of<make_rtl>)->Name("learning_4x4/rtl")->Arg(100)->Unit(benchmark::kMillisecond);

/// Uniform random traffic of `rate` flits a cycle and node, through cores; flits that cross a link
/// between two tiles a second.
void uniform_of(benchmark::State& state, std::uint32_t mesh, std::uint32_t firing, double rate) {
  const Traffic traffic = uniform(mesh, firing);
  Loaded chip(make_model, traffic.image);
  chip.machine.client().write_register(spec::Register::period,
                                       static_cast<std::uint32_t>(firing / rate));
  chip.machine.run({}, 4);
  run_steps(state, chip, static_cast<std::uint64_t>(state.range(0)));
  // Each neuron fires as often as any other.
  state.counters["flit_hops/s"] = state.counters["spikes/s"];
  state.counters["flit_hops/s"].value *= traffic.hops_a_spike;
}
BENCHMARK_CAPTURE(uniform_of, 16x16_0.04, 16, 64, 0.04)->Arg(100)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(uniform_of, 64x64_0.0005, 64, 1, 0.0005)->Arg(100)->Unit(benchmark::kMillisecond);

/// Maps a network of an author and loads it; the time of both.
template <Workload workload()>
void map_and_load_of(benchmark::State& state) {
  const Workload work = workload();
  for (auto _ : state) Loaded chip(make_model, map_network(work.network, work.build).image);
}

/// The spike-in entries of a step-by-step list of inputs.
std::vector<InEntry> entries_of(const Image& image, const LayerInputs& inputs) {
  std::vector<InEntry> entries;
  for (const auto& [step, neuron] : inputs)
    for (const std::uint32_t payload : image.inputs.at(neuron).payloads)
      entries.push_back({.step = step, .payload = payload});
  return entries;
}

/// A network of an author, mapped and loaded before the clock starts: all its steps in one run.
void run_of(benchmark::State& state, Machine& machine, const Image& image,
            const LayerInputs& inputs, std::uint64_t steps) {
  const std::vector<InEntry> entries = entries_of(image, inputs);
  for (auto _ : state) {
    state.PauseTiming();
    machine.load(image);
    const MachineStats before = machine.stats();
    state.ResumeTiming();
    machine.run(entries, steps);
    state.PauseTiming();
    const MachineStats run = machine.stats() - before;
    const auto rate = benchmark::Counter::kIsIterationInvariantRate;
    for (const auto& [name, which] : {std::pair{"synaptic_events/s", spec::Counter::synapse_events},
                                      std::pair{"packets/s", spec::Counter::packets}})
      state.counters[name] = {static_cast<double>(run.total(which)), rate};
    state.ResumeTiming();
  }
}

template <Workload workload()>
void run_on_model(benchmark::State& state) {
  const Workload work = workload();
  const Image image = map_network(work.network, work.build).image;
  Loaded chip(make_model, image);
  run_of(state, chip.machine, image, work.inputs, work.steps);
}
template <Workload workload()>
void run_on_reference(benchmark::State& state) {
  const Workload work = workload();
  sim::ReferenceMachine machine(work.build);
  run_of(state, machine, map_network(work.network, work.build).image, work.inputs, work.steps);
}
BENCHMARK(map_and_load_of<cuba>)->Name("cuba/map_and_load")->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_reference<cuba>)->Name("cuba/reference")->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_model<cuba>)->Name("cuba/model")->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_reference<cuba_8_tiles>)
    ->Name("cuba_8_tiles/reference")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_model<cuba_8_tiles>)->Name("cuba_8_tiles/model")->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_model<long_rows>)->Name("long_rows_4x4/model")->Unit(benchmark::kMillisecond);
BENCHMARK(map_and_load_of<layers_often>)
    ->Name("layers/map_and_load")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_reference<layers_often>)
    ->Name("layers_often/reference")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_model<layers_often>)->Name("layers_often/model")->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_reference<layers_seldom>)
    ->Name("layers_seldom/reference")
    ->Unit(benchmark::kMillisecond);
BENCHMARK(run_on_model<layers_seldom>)->Name("layers_seldom/model")->Unit(benchmark::kMillisecond);

/// CPU time of an emulator that nobody talks to, in 2 s of wall time, once its power-on sweep is
/// over.
void emulator_idle(benchmark::State& state, const char* executor) {
  EmulatorProcess emulator(executor);
  std::this_thread::sleep_for(std::chrono::seconds(2));
  for (auto _ : state) {
    const double before = emulator.cpu_seconds();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const double used = emulator.cpu_seconds() - before;
    state.SetIterationTime(std::max(used, 1e-9));
    state.counters["cpu_ms_in_2_s"] = 1e3 * used;
  }
}
BENCHMARK_CAPTURE(emulator_idle, model, "model")
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(emulator_idle, rtl, "rtl")
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace spikemesh::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  spikemesh::bench::register_neuron_updates();
  spikemesh::bench::register_fabric();
  spikemesh::bench::register_sleeping_core();
  spikemesh::bench::register_uploads();
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
