// SPDX-License-Identifier: Apache-2.0
#include "sim/run/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <span>
#include <utility>

#include "sim/cable/device_transport.hpp"
#include "sim/device/executor.hpp"
#include "sim/run/reference_machine.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/learned.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kLookSteps = 64;  // of the reference, between two looks for an interrupt
constexpr std::size_t kBatch = 16;        // samples that go into one run of the machine

std::uint32_t mask_of(const std::string& clear) {
  if (clear == "all") return kClearEverything;
  if (clear == "membrane") return kClearMembrane | kClearTrace;
  if (clear == "none") return 0;
  throw InputError(fmt::format("clear: \"{}\", but it is all, membrane or none", clear));
}

void check_clear(const std::string& clear, const Network& network) {
  if (clear != "all") return;
  for (Network::Id id = 0; id < network.populations().size(); ++id)
    if (network.populations()[id].adapt.given())
      throw InputError(fmt::format(
          "clear \"all\": {} gives adaptive thresholds to begin with, which this clears; use "
          "\"membrane\"",
          network.where_population(id, "/adapt")));
}

Executor executor_of(const std::string& name) {
  const auto found = kExecutors.find(name);
  if (found != kExecutors.end()) return found->second;
  throw InputError(fmt::format(
      "executor: \"{}\", but it is reference, model, rtl or lockstep (or give a port)", name));
}

/// A device that is not to be had (no such RTL) is the caller's affair, too.
std::unique_ptr<Device> device_of(Executor executor, const spec::Build& build,
                                  const DeviceOptions& options) {
  try {
    return make_device(executor, build, Link::bytes, options);
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw InputError(error.what());
  }
}

std::vector<std::vector<InEntry>> entries_of(const std::vector<InputSpike>& spikes,
                                             const Image& image, std::uint32_t samples) {
  std::vector<std::vector<InEntry>> entries(samples);
  for (const InputSpike& spike : spikes) {
    if (spike.sample >= samples)
      throw InputError(fmt::format("samples: {}, but the inputs have sample {}, too; raise it",
                                   samples, spike.sample));
    for (std::uint32_t hit = 0; hit < spike.count; ++hit)
      for (const std::uint32_t payload : image.inputs[spike.input].payloads)
        entries[spike.sample].push_back({spike.step, payload, spec::EntryKind::spike});
  }
  return entries;
}

void check_config(const SessionOptions& options, const spec::Build& chip) {
  if (!options.config) return;
  spec::Build wanted = load_build(*options.config);
  wanted.uart_divisor = chip.uart_divisor;
  if (wanted != chip)
    throw InputError(fmt::format("config {}: the chip at {} is another build; leave config out",
                                 *options.config, options.port));
}

}  // namespace

Session::Session(SessionOptions options) : options_(std::move(options)) {
  const auto held = lock();
  ChipMachineOptions chip;
  chip.progress = [this](const char*, std::uint64_t, std::uint64_t) { look_for_interrupt(); };
  if (!options_.port.empty()) {
    open_port(std::move(chip));
  } else {
    open_executor(std::move(chip));
  }
}

void Session::open_executor(ChipMachineOptions chip) {
  const spec::Build build = load_build(options_.config.value_or("default"));
  if (options_.executor == "reference") {
    if (options_.waves)
      throw InputError("waves: the reference has no signals; use executor rtl or lockstep");
    machine_ = std::make_unique<ReferenceMachine>(build, [this](std::uint64_t step) {
      if (step % kLookSteps == 0) look_for_interrupt();
    });
    return;
  }
  DeviceOptions device;
  device.listened = false;
  if (options_.waves) device.waves = Waves{.path = *options_.waves};
  device.rerun = {std::to_string(options_.seed), "the same script with waves=FILE"};
  device_ = device_of(executor_of(options_.executor), build, device);
  auto transport = std::make_unique<DeviceTransport>(*device_, Link::bytes);
  transport->watch([this] { look_for_interrupt(); });
  chip.jumps = options_.executor == "model" && !options_.waves;
  ClientOptions client;
  client.seed = options_.seed;
  client.now = [clock = transport.get()] { return clock->now(); };
  machine_ = std::make_unique<ChipMachine>(Client(std::move(transport), std::move(client)),
                                           std::move(chip));
}

void Session::open_port(ChipMachineOptions chip) {
  machine_ = std::make_unique<ChipMachine>(Client(open_transport(options_.port, options_.baud), {}),
                                           std::move(chip));
  check_config(options_, machine_->build());
}

Session::~Session() { close(); }

void Session::close() {
  const auto held = lock();
  mapped_.reset();
  machine_.reset();
  device_.reset();
}

std::unique_lock<std::mutex> Session::lock() { return std::unique_lock(mutex_); }

Machine& Session::machine() {
  if (!machine_) throw RunError("the machine was closed: make a new one");
  return *machine_;
}

const Mapped& Session::mapped() {
  machine();
  if (!mapped_) throw RunError("the machine holds no network: load one first");
  return *mapped_;
}

void Session::look_for_interrupt() {
  try {
    options_.interrupt();
  } catch (...) {
    mapped_.reset();
    throw;
  }
}

spec::Build Session::build() {
  const auto held = lock();
  return machine().build();
}

std::uint64_t Session::step() {
  const auto held = lock();
  return machine().step();
}

MapReport Session::load(const Network& network, const MapOptions& options) {
  const auto held = lock();
  Mapped mapped = map_network(network, machine().build(), options);
  mapped_.reset();  // while the load is under way the machine holds neither
  machine_->load(mapped.image);
  mapped_ = std::move(mapped);
  network_ = network;
  was_learning_ = false;
  learning_ = !mapped_->image.plastics.empty();
  return mapped_->report;
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
  return read_learned(network_, mapped(), machine());
}

/// Adds what switches learning at `step` if it stands otherwise.
void Session::tell_learning(std::vector<InEntry>& entries, std::uint64_t step) {
  if (learning_ == was_learning_) return;
  entries.push_back({step, learning_, spec::EntryKind::learning});
  was_learning_ = learning_;
}

std::vector<SpikeRow> Session::rows_of(const std::vector<OutSpike>& spikes, std::uint32_t sample,
                                       std::uint64_t first, std::uint64_t steps) const {
  std::vector<SpikeRow> rows;
  for (const OutSpike& spike : spikes) {
    if (spike.step - first >= steps) continue;
    const Image::Label& label = mapped_->image.labels[spike.label];
    rows.push_back({sample, spike.step - first, label.population, label.neuron, 1, 0});
  }
  return rows;
}

std::vector<SpikeRow> Session::run(const std::vector<SpikeRow>& rows, std::uint64_t steps) {
  const auto held = lock();
  const Image& image = mapped().image;
  std::vector<InEntry> entries =
      std::move(entries_of(match_inputs(rows, image, steps, "inputs"), image, 1).front());
  const std::uint64_t first = machine_->step(), until = first + steps;
  for (InEntry& entry : entries) entry.step += first;
  tell_learning(entries, first);
  in_order(entries);
  return rows_of(machine_->run(entries, until), 0, first, steps);
}

/// Goes on in silence to the begin of a period.
void Session::align(std::uint64_t period) {
  if (const std::uint64_t late = machine_->step() % period; late != 0)
    machine_->run({}, machine_->step() + period - late);
}

std::vector<SpikeRow> Session::run_samples(const std::vector<SpikeRow>& rows, std::uint64_t steps,
                                           std::uint32_t samples, const std::string& clear) {
  const auto held = lock();
  if (steps == 0) throw InputError("steps: 0, but a sample takes at least 1");
  const Image& image = mapped().image;
  const std::uint32_t mask = mask_of(clear);
  check_clear(clear, network_);
  auto entries = entries_of(match_inputs(rows, image, steps, "inputs"), image, samples);
  // Adaptive thresholds decay in multiples of 2^p: samples that start from nothing are equal only
  // if they begin at such a step.
  const std::uint64_t period = clear == "all" ? std::uint64_t{1} << image.adapt_period : 1;
  const std::uint64_t pitch = (steps + period - 1) / period * period;
  if (period > 1 && pitch > std::max<std::uint64_t>(65536, 16 * steps))
    throw InputError(fmt::format(
        "clear \"all\": a sample would take {} steps, so that the next begins with a period of the "
        "adaptive thresholds (2^{} steps); use \"membrane\" or set the network's adapt_period",
        pitch, image.adapt_period));
  align(period);
  tell_learning(entries.at(0), 0);
  std::vector<SpikeRow> result;
  for (std::size_t first = 0; first < samples; first += kBatch) {
    const auto batch =
        std::span(entries).subspan(first, std::min<std::size_t>(kBatch, samples - first));
    const auto spikes = spikemesh::run_samples(*machine_, batch, pitch, mask);
    for (std::size_t k = 0; k < spikes.size(); ++k) {
      const auto part = rows_of(spikes[k], static_cast<std::uint32_t>(first + k), 0, steps);
      result.insert(result.end(), part.begin(), part.end());
    }
  }
  return result;
}

std::vector<std::int32_t> Session::state(const std::string& population, std::uint32_t field) {
  const auto held = lock();
  std::map<std::uint16_t, std::uint32_t> words;  // tile -> words of its state region that count
  std::vector<const Image::Location*> wanted;
  for (const Image::Location& at : mapped().image.locations) {
    if (at.population != population) continue;
    wanted.push_back(&at);
    words[at.tile] = std::max(words[at.tile], 4 * at.index + 2);
  }
  if (wanted.empty())
    throw InputError(fmt::format(
        "\"{}\" is no population of neurons; V and I are those of neurons only", population));
  std::map<std::uint16_t, std::vector<std::uint32_t>> states;
  for (const auto& [tile, count] : words)
    states[tile] = machine_->read(
        tile,
        spec::TileAddr{.index = 0, .region = static_cast<std::uint32_t>(spec::Region::state)}
            .pack(),
        count);
  std::vector<std::int32_t> values(wanted.size());
  for (const Image::Location* at : wanted) {
    const std::uint32_t word = states[at->tile][4 * at->index + field];
    values[at->neuron] = field == 0 ? spec::State0::unpack(word).v : spec::State1::unpack(word).i;
  }
  return values;
}

std::vector<SynapseRow> Session::synapses(const std::string& from, const std::string& to) {
  const auto held = lock();
  return read_synapses(mapped().image, *machine_, from, to);
}

MachineStats Session::stats() {
  const auto held = lock();
  return machine().stats();
}

}  // namespace spikemesh::sim
