// SPDX-License-Identifier: Apache-2.0
// Session: what it makes its machine of.
#include <fmt/format.h>

#include <utility>

#include "sim/run/reference_machine.hpp"
#include "sim/run/session.hpp"
#include "sim/verilated/library.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"

namespace spikemesh::sim {
namespace {

constexpr unsigned kTellSteps = 64;  // that the reference computes between two reports

/// A device that cannot be had (no such RTL) is the caller's affair, too.
std::unique_ptr<Device> device_of(Executor executor, const spec::Build& build,
                                  const DeviceOptions& options) {
  try {
    return make_device(executor, build, Link::bytes, options);
  } catch (const Error&) {
    throw;
  } catch (const Mismatch&) {
    throw;
  } catch (const std::exception& error) {
    throw InputError(error.what());
  }
}

void check_config(const SessionOptions& options, const spec::Build& chip) {
  if (!options.config) return;
  spec::Build wanted = load_build(*options.config);
  wanted.uart_divisor = chip.uart_divisor;
  if (wanted != chip)
    throw InputError(fmt::format("{} {}: the chip at {} is another build; leave {} out",
                                 options.style.name("config"), *options.config, *options.port,
                                 options.style.name("config")));
}

void check_threads(const SessionOptions& options) {
  if (options.threads >= 1 && options.threads <= model::Reference::kMostThreads) return;
  throw InputError(fmt::format("{} {}: choose 1..{}", options.style.name("threads"),
                               options.threads, model::Reference::kMostThreads));
}

}  // namespace

Session::Session(SessionOptions options) : options_(std::move(options)) {
  const auto held = lock();
  check_core();
  if (options_.threads != 1 && (options_.port || has_clock()))
    throw InputError(fmt::format(
        "{} {}: only the reference has threads, where it has no management core; leave it out",
        options_.style.name("threads"), options_.threads));
  if (options_.port) {
    open_port();
  } else {
    open_executor();
  }
  check_activity();
  set_model_options();
}

/// What is no chip goes without a management core; a port has one or not, whatever is asked for.
void Session::check_core() const {
  if (!options_.management_core) return;
  const auto fail = [this](const std::string& why) {
    throw InputError(options_.style.name("management-core") + ": " + why);
  };
  if (options_.port) fail("the chip is there already; leave it out");
  if (options_.peers != nullptr)
    fail("processes that share the reference go without one; leave out one of both");
  if (options_.hard_steps)
    fail(
        fmt::format("{} go without one; leave out one of both", options_.style.name("hard-steps")));
  if (!options_.rtl_tiles.empty())
    fail(fmt::format("the reference, with which {} is compared, has none; leave out one of both",
                     options_.style.name("rtl-tile")));
  if (options_.traffic) fail("packets instead of spikes go without one; leave it out");
}

std::unique_lock<std::mutex> Session::lock() { return std::unique_lock(mutex_); }

void Session::tell(std::string_view unit, std::uint64_t done, std::uint64_t all) {
  told_ = {unit, done, all};
  tell_again();
}

/// For whoever wants to end what is under way, which progress does by throwing.
void Session::tell_again() {
  if (options_.progress) options_.progress(told_.unit, told_.done, told_.all);
}

ChipMachineOptions Session::chip_options() {
  ChipMachineOptions chip;
  chip.progress = [this](const char* what, std::uint64_t done, std::uint64_t all) {
    if (what == std::string_view("run"))
      tell("steps", machine_->step() - run_begin_ + done, run_steps_);
    else
      tell("words", done, all);
  };
  return chip;
}

/// Only the model knows it, and only of tiles that are its own.
void Session::check_activity() {
  if (!options_.activity) return;
  const bool model = device_ && options_.rtl_tiles.empty() && device_->observe(nullptr);
  if (model) return;
  throw InputError(
      fmt::format("{}: only the model records it; use {} model or lockstep, without a port and "
                  "without RTL tiles",
                  options_.style.name("activity"), options_.style.name("executor")));
}

/// Modes of the model that no chip has.
void Session::set_model_options() {
  if (options_.hard_steps) {
    const bool model = device_ && options_.rtl_tiles.empty() && !options_.activity &&
                       !options_.traffic && options_.executor == Executor::model &&
                       device_->set_hard_steps(true);
    if (!model)
      throw InputError(
          fmt::format("{}: only the model ends steps so; use {} model, without waves, RTL tiles, "
                      "{}, or traffic",
                      options_.style.name("hard-steps"), options_.style.name("executor"),
                      options_.style.name("activity")));
  }
  if (options_.traffic && !(device_ && device_->send(options_.traffic)))
    throw InputError("traffic: only the model sends packets instead of spikes; use " +
                     options_.style.name("executor") + " model");
}

void Session::open_port() {
  Client client(open_transport(*options_.port, options_.baud), {});
  if (options_.negotiated_baud) baud_ = negotiate_baud(client, *options_.negotiated_baud);
  machine_ = std::make_unique<ChipMachine>(std::move(client), chip_options());
  check_config(options_, machine_->build());
}

void Session::open_executor() {
  const spec::Build build =
      options_.build ? *options_.build : load_build(options_.config.value_or("default"));
  const Executor executor = options_.executor.value_or(
      options_.rtl_tiles.empty() ? Executor::reference : Executor::model);
  if (executor == Executor::reference && options_.waves)
    throw InputError(fmt::format("{}: the reference has no signals; use {} model, rtl or lockstep",
                                 options_.style.name("waves"), options_.style.name("executor")));
  if (!has_clock()) {
    check_threads(options_);
    machine_ = std::make_unique<ReferenceMachine>(
        build,
        [this, calls = 0u](std::uint64_t step) mutable {
          if (calls++ % kTellSteps == 0) tell("steps", step - run_begin_, run_steps_);
        },
        options_.threads, options_.peers);
    return;
  }
  device_ = device_of(
      executor, build,
      {.waves = options_.waves,
       .rerun = options_.rerun,
       .rtl_tiles = options_.rtl_tiles,
       .listened = false,
       .management_core = options_.management_core ? management_core_sources() : std::string(),
       .power_on = options_.seed});
  auto transport = std::make_unique<DeviceTransport>(*device_, Link::bytes);
  transport->watch([this] { tell_again(); });
  ClientOptions client;
  client.seed = options_.seed;
  client.now = [clock = transport.get()] { return clock->now(); };
  ChipMachineOptions chip = chip_options();
  chip.rested = [device = device_.get()] { return device->rested(); };
  const bool model = executor == Executor::model && options_.rtl_tiles.empty() && !options_.waves;
  const bool alone = model || executor == Executor::reference;
  chip.jumps = alone;
  if (model && !options_.over_link) {
    watch_ = std::make_unique<StepWatch>(*device_);
    chip.watch = [watch = watch_.get()](auto steps, const StepEnd& at_end) {
      return watch->begin(steps, at_end);
    };
  }
  if (alone && !options_.over_link) {
    client.write_at_once = [&device = *device_](auto... words) {
      return device.write_words(words...);
    };
    client.read_at_once = [&device = *device_](auto... words) {
      return device.read_words(words...);
    };
  }
  machine_ = std::make_unique<ChipMachine>(Client(std::move(transport), std::move(client)),
                                           std::move(chip));
}

}  // namespace spikemesh::sim
