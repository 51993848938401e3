// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <tuple>

#include "sim/cli/commands.hpp"
#include "sim/cli/options/rtl_tile_options.hpp"
#include "sim/cli/options/waves_options.hpp"
#include "sim/device/executor.hpp"
#include "sim/device/fault_text.hpp"
#include "sim/device/management_core/management_core.hpp"
#include "sim/emulator/emulator.hpp"
#ifdef SPIKEMESH_SYSTEMC
#include "sim/device/systemc_device.hpp"
#endif
#include "sim/cli/options/validators.hpp"
#include "sim/verilated/library.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

#ifdef SPIKEMESH_SYSTEMC
constexpr auto kMakeModel = make_systemc_device;
#else
constexpr auto kMakeModel = make_model_device;
#endif
/// The clock that --baud assumes.
constexpr double kClockHz = 100e6;

Executor executor_of(const std::string& name) {
  return name == "reference" ? Executor::reference : kExecutors.at(name);
}

struct EmulateCommand {
  std::string executor = "model";
  std::string config = "default";
  std::string link = "pty";
  std::optional<double> baud;
  std::optional<std::string> record, replay;
  WavesOptions waves;
  RtlTiles rtl_tiles;
  bool management_core = false;
  CoreMemories core_memories;
  std::vector<std::string> faults;
};

std::uint32_t divisor_of(double baud) {
  const double divisor = std::round(kClockHz / baud);
  if (!(divisor >= spec::kUartDivisorMin && divisor <= 65535)) {  // nan neither
    throw InputError(
        fmt::format("--baud {}: at the assumed clock of 100 MHz {} to {:.0f} baud are possible",
                    baud, std::ceil(kClockHz / 65535), kClockHz / spec::kUartDivisorMin));
  }
  return static_cast<std::uint32_t>(divisor);
}

DeviceOptions device_options(const EmulateCommand& options, const std::string& rerun) {
  if (options.rtl_tiles.compare == Compare::spikes)
    throw InputError(
        "--compare spikes: bytes that come from outside are not compared; use order or cycles");
  DeviceOptions device{options.waves.window(),
                       {"none (the bytes came from outside)", rerun},
                       options.rtl_tiles,
                       kMakeModel};
  if (!options.faults.empty()) device.make_model = make_model_device;
  if (options.management_core)
    device.management_core =
        with_memories(management_core_sources(), options.core_memories, "--core");
  return device;
}

/// Only the model, in its plain form, can have faults.
void plant(const EmulateCommand& options, Device& device) {
  model::Faults faults;
  for (const std::string& text : options.faults)
    parse_fault(text, device.build(), "--fault", faults);
  if (!faults.empty() && !device.plant(faults))
    throw InputError("--fault: only the model can have faults; leave out --executor, --rtl-tile");
}

std::string rerun_of(const EmulateCommand& options, const std::string& recording) {
  std::string core = options.management_core ? " --management-core" : "";
  const auto& [program, data] = options.core_memories;
  if (program) core += fmt::format(" --core-program {}", *program);
  if (data) core += fmt::format(" --core-data {}", *data);
  return fmt::format(
      "spikemesh emulate{}{} --replay {} --waves waves.fst",
      options.rtl_tiles.empty() ? " --executor lockstep" : to_options(options.rtl_tiles), core,
      recording);
}

void print_stats(const char* what, const SessionStats& stats) {
  fmt::print(stderr, "{}: {} bytes to the chip, {} from it (CRC-32 0x{:08x}), {} cycles\n", what,
             stats.bytes_in, stats.bytes_out, stats.crc_out, stats.cycles);
}

void run_replay(const EmulateCommand& options) {
  const Recording recording = read_recording(*options.replay);
  const std::string rerun = rerun_of(options, *options.replay);
  const auto device = make_device(executor_of(options.executor), recording.build, Link::pins,
                                  device_options(options, rerun));
  print_stats("replayed", replay(*device, recording));
  fmt::print(stderr, "{}", flits_text(options.rtl_tiles));
}

void run_live(const EmulateCommand& options) {
  const spec::Build build = load_build(options.config);
  HostPort port(options.link);  // before a tile is compiled: a port that is taken is told at once
  const std::string rerun = options.record
                                ? rerun_of(options, *options.record)
                                : "run with --record FILE, then: " + rerun_of(options, "FILE");
  const auto device =
      make_device(executor_of(options.executor), build, Link::pins, device_options(options, rerun));
  plant(options, *device);
  std::unique_ptr<Recorder> recorder;
  if (options.record) recorder = std::make_unique<Recorder>(*options.record, build);
  Emulator emulator(*device, port, recorder.get());
  port.stop_on_signals();
  if (options.baud) emulator.set_divisor(divisor_of(*options.baud));
  fmt::print("{}\n", port.place());
  std::fflush(stdout);
  emulator.run();
  print_stats("emulated", emulator.stats());
  fmt::print(stderr, "{}", flits_text(options.rtl_tiles));
}

}  // namespace

void add_emulate(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "emulate",
      "simulates a chip, with its UART on a pseudo-terminal or TCP port; prints its place");
  const auto options = std::make_shared<EmulateCommand>();
  auto* executor = command->add_option("--executor", options->executor,
                                       "model, rtl, lockstep (both, compared), or reference "
                                       "(whose tiles take no time)");
  executor->capture_default_str()->check(one_of({"model", "rtl", "lockstep", "reference"}));
  add_rtl_tiles(*command, options->rtl_tiles, executor);
  auto* core =
      command->add_flag("--management-core", options->management_core,
                        "the chip has a management core, whose processor has to be fetched once");
  for (const auto& [name, words, what] :
       {std::tuple{"--core-program", &options->core_memories.program, "program"},
        std::tuple{"--core-data", &options->core_memories.data, "data"}})
    command
        ->add_option(name, *words,
                     fmt::format("words of the core's {} memory, a power of two", what))
        ->needs(core);
  auto* config = command
                     ->add_option("--config", options->config,
                                  "build: default, ecp5, tiny, odd, or a JSON file")
                     ->capture_default_str();
  auto* link =
      command
          ->add_option(
              "--link", options->link,
              "pty, pty:PATH (PATH is a link to it), or tcp:PORT (on 127.0.0.1; 0: any port)")
          ->capture_default_str();
  auto* baud =
      command
          ->add_option(
              "--baud", options->baud,
              "simulated baud rate at an assumed clock of 100 MHz (default: divisor of the build)")
          ->check(above_zero());
  auto* fault = command->add_option(
      "--fault", options->faults,
      "a defect of the emulated chip, as in 'tile=1,0 memory=synapse address=12 bit=3 stuck=1' or "
      "'link=1,0 direction=east never=ready' (docs/firmware.md); repeatable");
  auto* record = command->add_option("--record", options->record,
                                     "file for each byte and the cycle of its arrival");
  command
      ->add_option("--replay", options->replay,
                   "file of a recorded session, to be repeated with its build")
      ->excludes(config)
      ->excludes(link)
      ->excludes(baud)
      ->excludes(record)
      ->excludes(fault);
  add_waves(
      *command, options->waves,
      "file for waves (FST); lockstep writes the RTL to FILE and the model to FILE.model.fst");
  command->callback([options] { options->replay ? run_replay(*options) : run_live(*options); });
}

}  // namespace spikemesh::sim
