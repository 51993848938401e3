// SPDX-License-Identifier: Apache-2.0
// The code around devices, with real chips: the model on the pins of an emulator, and random
// chips.
#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "sim/device/forwarding_device.hpp"
#include "sim/device/model_device.hpp"
#include "sim/emulator/emulator.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "sim/run/reference_machine.hpp"
#include "sim/verify/case/verify_case.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/transport.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network.hpp"

namespace spikemesh::sim {
namespace {

const Rerun kRerun{"11", "spikemesh verify --case 11 --config tiny --waves w.fst"};

/// A model that retires one event wrong: the third of a kind.
class Tampered : public ForwardingDevice, private EventSink {
 public:
  Tampered(const spec::Build& build, Link link, EventKind kind)
      : ForwardingDevice(make_model_device(build, link)), kind_(kind) {}

  void listen(EventSink* sink) override {
    sink_ = sink;
    ForwardingDevice::listen(this);
  }

 private:
  void on(const Event& event) override {
    Event changed = event;
    if (event.kind == kind_ && ++seen_ == 3) changed.data[0] ^= 1;
    sink_->on(changed);
  }

  EventKind kind_;
  EventSink* sink_ = nullptr;
  unsigned seen_ = 0;
};

/// A model that remembers what it was given over its byte port and its word port, and what it sent
/// over the first.
class Taped : public ForwardingDevice {
 public:
  explicit Taped(const spec::Build& build)
      : ForwardingDevice(make_model_device(build, Link::bytes)) {}

  void offer(std::uint64_t at, std::uint8_t byte) override {
    offered_.push_back({at, byte});
    ForwardingDevice::offer(at, byte);
  }
  void set_ready(std::uint64_t at, bool ready) override {
    readies_.push_back({at, ready});
    ForwardingDevice::set_ready(at, ready);
  }
  void access(std::uint64_t at, const model::WordAccess& access) override {
    accesses_.emplace_back(at, access);
    ForwardingDevice::access(at, access);
  }
  std::vector<TimedByte> take_bytes() override {
    const auto sent = ForwardingDevice::take_bytes();
    sent_.insert(sent_.end(), sent.begin(), sent.end());
    return sent;
  }

  /// The same inputs for another device, up to the same cycle; whether it sent the same.
  bool replays_on(Device& other) const {
    for (const TimedByte& byte : offered_) other.offer(byte.cycle, byte.byte);
    for (const PinChange& ready : readies_) other.set_ready(ready.cycle, ready.level);
    for (const auto& [at, access] : accesses_) other.access(at, access);
    while (other.cycle() < cycle() && !other.idle()) other.advance(cycle());
    return other.take_bytes() == sent_ && other.cycle() == cycle();
  }
  std::size_t sent() const { return sent_.size(); }

 private:
  std::vector<TimedByte> offered_, sent_;
  std::vector<PinChange> readies_;
  std::vector<std::pair<std::uint64_t, model::WordAccess>> accesses_;
};

/// Asks a chip over `port` who it is, gives it another divisor, and asks again.
std::pair<std::uint32_t, std::uint32_t> ask_twice(const std::string& port) {
  Client client(open_transport(port));
  client.connect();
  const std::uint32_t before = client.read_register(spec::Register::uart_divisor);
  client.write_register(spec::Register::uart_divisor, 21);
  return {before, client.read_register(spec::Register::uart_divisor)};
}

}  // namespace

TEST_CASE("two equal models run a random chip in lockstep, over bytes and over pins") {
  const spec::Build build = load_build("tiny");
  for (const Link link : {Link::bytes, Link::pins}) {
    EventCounts compared{};
    for (const std::uint64_t seed : {11, 12, 13, 14}) {  // not every chip learns
      LockstepDevice device(make_model_device(build, link), make_model_device(build, link), kRerun);
      const CaseResult result = VerifyCase(device, link, seed).run();
      CHECK(result.words > 0);
      CHECK(result.steps > 0);
      for (unsigned kind = 0; kind < kEventKinds; ++kind) compared[kind] += device.compared()[kind];
      if (link == Link::pins) CHECK(device.compared_pin_changes() > 0);
    }
    for (unsigned kind = 0; kind < kEventKinds; ++kind) {
      CAPTURE(spec::kEvents[kind].name);
      CHECK(compared[kind] > 0);
    }
  }
}

TEST_CASE("one wrong event of any kind in a random chip is caught and named") {
  const spec::Build build = load_build("tiny");
  for (unsigned kind = 0; kind < kEventKinds; ++kind) {
    CAPTURE(spec::kEvents[kind].name);
    std::string report;
    for (std::uint64_t seed = 11; seed < 23 && report.empty();
         ++seed) {  // not every chip has every kind
      LockstepDevice device(
          std::make_unique<Tampered>(build, Link::bytes, static_cast<EventKind>(kind)),
          make_model_device(build, Link::bytes), kRerun);
      try {
        VerifyCase(device, Link::bytes, seed).run();
      } catch (const Mismatch& mismatch) {
        report = mismatch.what();
      }
    }
    CHECK(report.find("kind " + std::string(spec::kEvents[kind].name)) != std::string::npos);
    CHECK(report.find("<-- differs") != std::string::npos);
    CHECK(report.find(kRerun.command) != std::string::npos);
  }
}

TEST_CASE("the model computes random chips of every named build as the reference does") {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    CAPTURE(named.name);
    std::uint64_t spikes = 0, words = 0;
    for (std::uint64_t seed = 100; seed < 104; ++seed) {
      const auto device = make_model_device(named.build, Link::bytes);
      const CaseResult result = VerifyCase(*device, Link::bytes, seed).run();
      spikes += result.host_spikes;
      words += result.words;
    }
    CHECK(spikes > 0);
    CHECK(words > 0);
  }
}

TEST_CASE("a thousand chips of one process, sixteen of them in threads, spike as each alone") {
  // Each case compares every spike of its chip with the reference; cycles and counts are compared
  // here.
  constexpr std::size_t kChips = 1000, kThreads = 16, kKinds = 16;
  const auto make = [](std::size_t kind) {
    return make_model_device(load_build(kind % 2 == 0 ? "tiny" : "odd"), Link::bytes);
  };
  const auto run = [](Device& device, std::size_t kind) {
    const CaseResult result = VerifyCase(device, Link::bytes, 200 + kind).run();
    return std::array{result.cycles, result.steps, result.host_spikes, result.words};
  };
  std::vector<std::array<std::uint64_t, 4>> alone;
  for (std::size_t kind = 0; kind < kKinds; ++kind) alone.push_back(run(*make(kind), kind));
  std::vector<std::unique_ptr<Device>> devices;
  for (std::size_t i = 0; i < kChips; ++i) devices.push_back(make(i % kKinds));
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    std::uint64_t spikes = 0;
    for (std::size_t i = next++; i < kChips; i = next++) {
      const auto told = run(*devices[i], i % kKinds);
      if (told != alone[i % kKinds])
        throw std::runtime_error("chip " + std::to_string(i) + " did other things than alone");
      spikes += told[2];
    }
    return spikes;
  };
  std::vector<std::future<std::uint64_t>> threads;
  for (std::size_t i = 0; i < kThreads; ++i)
    threads.push_back(std::async(std::launch::async, work));
  std::uint64_t spikes = 0;
  for (auto& thread : threads) spikes += thread.get();
  CHECK(spikes > kChips);
}

TEST_CASE("a random chip that nobody listens to jumps over steps and sends the same bytes") {
  std::size_t sent = 0;
  for (const char* name : {"tiny", "odd"}) {
    for (std::uint64_t seed = 300; seed < 320; ++seed) {
      CAPTURE(name);
      CAPTURE(seed);
      Taped watched(load_build(name));
      VerifyCase(watched, Link::bytes, seed).run();
      watched.take_bytes();
      CHECK(watched.replays_on(*make_model_device(load_build(name), Link::bytes)));
      sent += watched.sent();
    }
  }
  CHECK(sent > 100'000);
}

/// One neuron, which fires at each spike.
static Mapped relay() {
  Network network;
  network.add_input("in", 1);
  network.add_neurons("out", 1, RawNeurons{.theta = 10});
  network.connect_all_to_all(0, 1, 60);
  network.record(1, {0});
  return map_network(network, load_build("tiny"), {});
}

TEST_CASE(
    "a run of a million million steps is over at once, with its spikes, as in the reference") {
  // Two spikes are 2^33 steps apart, others on both sides of a carry.
  constexpr std::uint64_t kUntil = 1'000'000'000'000, kCarry = std::uint64_t{1} << 32;
  const Mapped mapped = relay();
  std::vector<InEntry> entries;
  for (const std::uint64_t step : {std::uint64_t{5}, kCarry - 2, kCarry, 3 * kCarry, kUntil - 9})
    entries.push_back({step, mapped.image.inputs.at(0).payloads.at(0), spec::EntryKind::spike});

  ReferenceMachine reference(load_build("tiny"));
  reference.load(mapped.image);
  const std::vector<OutSpike> wanted = reference.run(entries, kUntil);
  REQUIRE(wanted.size() == entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) CHECK(wanted[i].step == entries[i].step + 1);

  const auto device = make_model_device(load_build("tiny"), Link::bytes);
  auto transport = std::make_unique<DeviceTransport>(*device, Link::bytes);
  ClientOptions options;
  options.now = [chip = transport.get()] { return chip->now(); };
  ChipMachineOptions chip;
  chip.jumps = true;
  chip.rested = [&] { return device->rested(); };
  std::uint64_t looks = 0;
  chip.progress = [&](auto...) { ++looks; };
  ChipMachine machine(Client(std::move(transport), std::move(options)), std::move(chip));
  machine.load(mapped.image);
  CHECK(machine.run(entries, kUntil) == wanted);
  CHECK(machine.step() == kUntil);
  CHECK(looks < 20'000);
  const MachineStats stats = machine.stats(), same = reference.stats();
  CHECK(stats.exact);
  CHECK(stats.steps == same.steps);
  CHECK(stats.late_entries == 0);
  CHECK(stats.tiles[0][spec::Counter::spikes] == same.tiles[0][spec::Counter::spikes]);
  CHECK(stats.tiles[0][spec::Counter::updates] == same.tiles[0][spec::Counter::updates]);
  CHECK(stats.cycles > 5 * kUntil);
}

TEST_CASE("a long run stops to read its counters, and is the same run") {
  const Mapped mapped = relay();
  constexpr std::uint64_t kUntil = 3000;
  std::vector<InEntry> entries;
  for (std::uint64_t step = 0; step < kUntil; step += 2)
    entries.push_back({step, mapped.image.inputs.at(0).payloads.at(0), spec::EntryKind::spike});
  const auto run = [&](std::uint64_t count_after) {
    const auto device = make_model_device(load_build("tiny"), Link::bytes);
    auto transport = std::make_unique<DeviceTransport>(*device, Link::bytes);
    ClientOptions options;
    options.now = [chip = transport.get()] { return chip->now(); };
    ChipMachineOptions chip;
    chip.count_after = count_after;
    chip.rested = [&] { return device->rested(); };
    ChipMachine machine(Client(std::move(transport), std::move(options)), std::move(chip));
    machine.load(mapped.image);
    const auto spikes = machine.run(entries, kUntil);
    return std::pair(spikes, machine.stats());
  };
  const auto [spikes, stats] = run(0);
  const auto [same, counted] = run(1000);
  CHECK(spikes.size() > 100);
  CHECK(same == spikes);
  CHECK(counted.tiles == stats.tiles);
  CHECK(counted.exact);
  CHECK(counted.steps == stats.steps);
  CHECK(counted.cycles > stats.cycles + 1000);  // it did stop
}

TEST_CASE("the same seed drives a chip through the same cycles") {
  const spec::Build build = load_build("odd");
  const auto cycles = [&] {
    const auto device = make_model_device(build, Link::bytes);
    return VerifyCase(*device, Link::bytes, 5).run().cycles;
  };
  CHECK(cycles() == cycles());
}

TEST_CASE("the host library speaks to an emulated chip, which may change its divisor") {
  for (const std::string link : {"pty", "tcp:0"}) {
    CAPTURE(link);
    const auto device = make_model_device(load_build("tiny"), Link::pins);
    HostPort port(link);
    Emulator emulator(*device, port, nullptr);
    emulator.set_divisor(13);
    std::pair<std::uint32_t, std::uint32_t> divisors;
    std::string error;
    std::thread host([&] {
      try {
        divisors = ask_twice(port.place());
      } catch (const std::exception& caught) {
        error = caught.what();
      }
      port.stop();
    });
    emulator.run();
    host.join();
    CHECK(error == "");
    CHECK(divisors.first == 13);
    CHECK(divisors.second == 21);
  }
}

TEST_CASE("the host library speaks to a chip in its own process") {
  for (const Link link : {Link::bytes, Link::pins}) {
    const auto device = make_model_device(load_build("tiny"), link);
    auto transport = std::make_unique<DeviceTransport>(*device, link);
    ClientOptions options;
    options.now = [chip = transport.get()] { return chip->now(); };
    Client client(std::move(transport), options);
    client.connect();
    client.write_register(spec::Register::period, 1234);
    CHECK(client.read_register(spec::Register::period) == 1234);
  }
}

}  // namespace spikemesh::sim
