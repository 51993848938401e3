// SPDX-License-Identifier: Apache-2.0
// What the model counts of steps and traffic is what its retire stream shows.
#include "model/activity.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "sim/device/model_device.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/chip_machine.hpp"
#include "spikemesh/mapper.hpp"
#include "spikemesh/network_json.hpp"

using namespace spikemesh;

namespace {

constexpr std::uint64_t kSteps = 60;

/// Input, two populations that talk to each other, one of them recorded.
const char* const kNetwork =
    R"({"spikemesh_network": 1, "dt_ms": 1, "min_tiles": 5, "populations": [
  {"name": "in", "size": 6, "input": {"max_spikes_per_step": 1}},
  {"name": "a", "size": 30, "raw": {"theta": 50, "decay_i": 2000, "decay_v": 3900}},
  {"name": "b", "size": 20, "record": true, "raw": {"theta": 60, "decay_i": 2000, "decay_v": 3900}}],
 "projections": [
  {"from": "in", "to": "a", "connect": "all_to_all", "weight": 30, "delay": 1},
  {"from": "a", "to": "b", "connect": "fixed_probability", "probability": 0.3, "seed": 2, "weight": 20},
  {"from": "b", "to": "a", "connect": "fixed_probability", "probability": 0.2, "seed": 3, "weight": -9}]})";

/// Flits by the link that they crossed, and the cycles in which steps began.
class Listener final : public EventSink {
 public:
  explicit Listener(const spec::Build& build)
      : width(build.mesh_w), flits(std::size_t{build.mesh_w} * build.mesh_h * spec::kPorts + 1) {}
  void on(const Event& event) override {
    if (event.kind == EventKind::phase) {
      const auto phase = static_cast<spec::Phase>(event.as<spec::PhaseEvent>().phase);
      if (phase == spec::Phase::step) begins.push_back(event.cycle);
    }
    if (event.kind == EventKind::flit) ++flits[link_of(event)];
  }
  /// Number of the link, as in model::Activity, by which a flit came into a buffer.
  std::size_t link_of(const Event& event) const {
    if (event.tile == kHostTile) return static_cast<std::size_t>(spec::Port::west);
    const spec::Tile at = spec::Tile::unpack(event.tile);
    const std::size_t tile = std::size_t{at.y} * width + at.x;
    const auto from = [](std::size_t sender, spec::Port output) {
      return sender * spec::kPorts + static_cast<std::size_t>(output);
    };
    switch (static_cast<spec::Port>(event.unit)) {
      case spec::Port::north:
        return from(tile - width, spec::Port::south);
      case spec::Port::south:
        return from(tile + width, spec::Port::north);
      case spec::Port::east:
        return from(tile + 1, spec::Port::west);
      case spec::Port::west:
        return tile == 0 ? flits.size() - 1 : from(tile - 1, spec::Port::east);
      case spec::Port::local:
        break;
    }
    return from(tile, spec::Port::local);  // emitted here; Activity counts what arrives
  }

  std::size_t width;
  std::vector<std::uint64_t> flits, begins;
};

struct Outcome {
  model::Activity activity;
  std::vector<OutSpike> spikes;
  MachineStats stats;
};

Outcome run(const spec::Build& build, std::uint64_t quiet_until, Listener* listener) {
  const Mapped mapped = map_network(parse_network(kNetwork), build);
  const auto device = sim::make_model_device(build, sim::Link::bytes);
  auto* transport = new sim::DeviceTransport(*device, sim::Link::bytes, listener);
  ClientOptions options;
  options.now = [&] { return transport->now(); };
  options.write_at_once = [&](auto... words) { return device->write_words(words...); };
  options.read_at_once = [&](auto... words) { return device->read_words(words...); };
  ChipMachine machine(Client(std::unique_ptr<Transport>(transport), std::move(options)));
  machine.load(mapped.image);
  std::vector<InEntry> entries;
  for (std::uint64_t step = quiet_until; step < kSteps; step += 2)
    for (const Image::Input& input : mapped.image.inputs)
      for (const std::uint32_t payload : input.payloads) entries.push_back({step, payload});
  Outcome outcome;
  outcome.spikes = machine.run(entries, kSteps);
  outcome.activity = *device->activity();
  outcome.stats = machine.stats();
  return outcome;
}

spec::Build build_with(std::uint32_t latency, std::uint32_t depth) {
  spec::Build build = load_build("odd");
  build.mesh_w = build.mesh_h = 3;
  build.ring_in = build.ring_out = 1024;  // so that nothing waits for the host
  build.link_latency = latency;
  build.router_depth = depth;
  return build;
}

/// Steps that ran one right after another: from each begin to the next.
void check_steps(const Outcome& outcome, const std::vector<std::uint64_t>& begins) {
  std::unordered_map<std::uint64_t, std::uint64_t> wanted;
  REQUIRE(begins.size() == kSteps);
  for (std::size_t i = 1; i < begins.size(); ++i) ++wanted[begins[i] - begins[i - 1]];
  ++wanted[outcome.activity.end - begins.back()];
  CHECK(outcome.activity.steps_by_cycles == wanted);
  CHECK(wanted.size() > 3);
  CHECK(outcome.activity.begin == begins.front());
}

}  // namespace

TEST_CASE("the model counts steps and flits as its retire stream shows them") {
  for (const std::uint32_t latency : {1u, 3u})
    for (const std::uint32_t depth : {1u, 4u}) {
      CAPTURE(latency);
      CAPTURE(depth);
      const spec::Build build = build_with(latency, depth);
      Listener listener(build);
      const Outcome outcome = run(build, 0, &listener);
      REQUIRE(outcome.spikes.size() > 20);
      check_steps(outcome, listener.begins);
      std::uint64_t compared = 0, local = 0;
      for (std::size_t i = 0; i < listener.flits.size(); ++i) {
        if (i % spec::kPorts == 0 && i + 1 < listener.flits.size()) {
          local += outcome.activity.flits[i];
          continue;
        }
        CHECK(outcome.activity.flits[i] == listener.flits[i]);
        compared += listener.flits[i];
      }
      CHECK(compared > 1000);
      CHECK(local == outcome.stats.total(spec::Counter::packets));
      CHECK(outcome.activity.arrived == local + outcome.spikes.size());
    }
}

TEST_CASE("jumping over steps in which nothing happens changes nothing that the model counts") {
  const spec::Build build = build_with(2, 2);
  Listener listener(build);
  const Outcome slow = run(build, 30, &listener), fast = run(build, 30, nullptr);
  CHECK(slow.spikes == fast.spikes);
  CHECK(slow.activity.steps_by_cycles == fast.activity.steps_by_cycles);
  CHECK(slow.activity.flits == fast.activity.flits);
  CHECK(slow.activity.transit_cycles == fast.activity.transit_cycles);
  CHECK(slow.activity.end - slow.activity.begin == fast.activity.end - fast.activity.begin);
  CHECK(fast.activity.transit_cycles >= fast.activity.arrived * build.link_latency);
}
