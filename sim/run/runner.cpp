// SPDX-License-Identifier: Apache-2.0
#include "sim/run/runner.hpp"

#include <fmt/format.h>

#include <functional>
#include <string_view>

#include "sim/cable/device_transport.hpp"
#include "sim/cli/baud_option.hpp"
#include "sim/device/executor.hpp"
#include "sim/run/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh::sim {
namespace {

/// Of a chip, whose runs count steps from their begin.
ChipMachineOptions reporting_to(RunProgress& progress,
                                std::shared_ptr<const ChipMachine*> machine) {
  ChipMachineOptions options;
  options.progress = [&progress, machine](const char* what, std::uint64_t done, std::uint64_t all) {
    if (what == std::string_view("run"))
      progress.line.show("steps", (*machine)->step() + done, progress.steps);
    else
      progress.line.show("words", done, all);
  };
  return options;
}

Runner connect(std::unique_ptr<Transport> transport, ClientOptions client_options,
               RunProgress& progress, unsigned baud = 0, bool jumps = false) {
  Client client(std::move(transport), std::move(client_options));
  if (baud == 0) {
    client.connect();
  } else {
    print_baud(negotiate_baud(client, baud));
  }
  Runner runner;
  const auto self = std::make_shared<const ChipMachine*>(nullptr);
  ChipMachineOptions options = reporting_to(progress, self);
  options.jumps = jumps;
  auto machine = std::make_unique<ChipMachine>(std::move(client), std::move(options));
  *self = machine.get();
  runner.machine = std::move(machine);
  return runner;
}

}  // namespace

Runner make_runner(const RunOptions& options, RunProgress& progress) {
  if (options.port) {
    Runner runner = connect(open_transport(*options.port), {}, progress, options.baud);
    spec::Build wanted = load_build(options.config), chip = runner.machine->build();
    wanted.uart_divisor = chip.uart_divisor;
    if (options.config_given && wanted != chip)
      throw InputError(
          fmt::format("--config {}: the chip at {} is another build; leave --config out",
                      options.config, *options.port));
    return runner;
  }
  const spec::Build build = load_build(options.config);
  Runner runner;
  if (options.executor == "reference" && options.rtl_tiles.empty()) {
    if (options.waves.window())
      throw InputError(
          "--waves: the reference has no cycles; use --executor model, rtl or lockstep");
    std::function<void(std::uint64_t)> report;
    if (progress.line.on_terminal())
      report = [&progress](std::uint64_t step) {
        progress.line.show("steps", step, progress.steps);
      };
    runner.machine = std::make_unique<ReferenceMachine>(build, std::move(report));
    return runner;
  }
  const Executor executor =
      options.rtl_tiles.empty() ? kExecutors.at(options.executor) : Executor::model;
  auto device = make_device(executor, build, Link::bytes,
                            {.waves = options.waves.window(),
                             .rerun = rerun_of(options),
                             .rtl_tiles = options.rtl_tiles,
                             .listened = false});
  auto transport = std::make_unique<DeviceTransport>(*device, Link::bytes);
  ClientOptions client;
  client.seed = options.map.seed;
  client.now = [clock = transport.get()] { return clock->now(); };
  runner = connect(std::move(transport), std::move(client), progress, 0,
                   executor == Executor::model && !options.waves.window());
  runner.device = std::move(device);
  return runner;
}

}  // namespace spikemesh::sim
