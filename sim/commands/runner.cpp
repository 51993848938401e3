// SPDX-License-Identifier: Apache-2.0
#include "sim/commands/runner.hpp"

#include <fmt/format.h>

#include "sim/commands/baud_option.hpp"
#include "sim/device_transport.hpp"
#include "sim/executor.hpp"
#include "sim/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh::sim {
namespace {

Runner connect(std::unique_ptr<Transport> transport, ClientOptions client_options,
               unsigned baud = 0) {
  Client client(std::move(transport), std::move(client_options));
  if (baud == 0) {
    client.connect();
  } else {
    print_baud(negotiate_baud(client, baud));
  }
  Runner runner;
  runner.machine = std::make_unique<ChipMachine>(std::move(client));
  return runner;
}

}  // namespace

Runner make_runner(const RunOptions& options) {
  if (!options.port.empty()) {
    Runner runner = connect(open_transport(options.port), {}, options.baud);
    spec::Build wanted = load_build(options.config), chip = runner.machine->build();
    wanted.uart_divisor = chip.uart_divisor;
    if (options.config_given && wanted != chip)
      throw InputError(
          fmt::format("--config {}: the chip at {} is another build; leave --config out",
                      options.config, options.port));
    return runner;
  }
  const spec::Build build = load_build(options.config);
  Runner runner;
  if (options.executor == "reference" && options.rtl_tiles.empty()) {
    if (options.waves.window())
      throw InputError(
          "--waves: the reference has no cycles; use --executor model, rtl or lockstep");
    runner.machine = std::make_unique<ReferenceMachine>(build);
    return runner;
  }
  const Executor executor =
      options.rtl_tiles.empty() ? kExecutors.at(options.executor) : Executor::model;
  auto device = make_device(executor, build, Link::bytes,
                            {options.waves.window(), rerun_of(options), options.rtl_tiles});
  auto transport = std::make_unique<DeviceTransport>(*device, Link::bytes);
  ClientOptions client;
  client.seed = options.map.seed;
  client.now = [clock = transport.get()] { return clock->now(); };
  runner = connect(std::move(transport), std::move(client));
  runner.device = std::move(device);
  return runner;
}

}  // namespace spikemesh::sim
