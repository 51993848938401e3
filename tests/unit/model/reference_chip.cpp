// SPDX-License-Identifier: Apache-2.0
// A chip with the tiles of the reference (docs/blocks/management_core.md, "In the reference")
// beside one with those of the model: the same spikes, memories and counters, in cycles of its own.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "model/chip.hpp"
#include "sim/device/model_device.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/build_rules.hpp"
#include "spikemesh/chip_machine.hpp"
#include "tests/unit/model/random_image.hpp"

using namespace spikemesh;
using namespace spikemesh::model;

namespace {

/// Cycles of the steps, as the step controller decides them.
class Lengths final : public EventSink {
 public:
  void on(const Event& event) override {
    if (event.kind != EventKind::phase) return;
    const auto phase = event.as<spec::PhaseEvent>();
    if (phase.phase == static_cast<std::uint32_t>(spec::Phase::step)) begins.push_back(event.cycle);
  }
  std::vector<std::uint64_t> begins;
};

struct Bench {
  explicit Bench(std::unique_ptr<sim::Device> chip, EventSink* sink = nullptr)
      : device(std::move(chip)),
        machine(Client(
            std::make_unique<sim::DeviceTransport>(*device, sim::Link::bytes, sink),
            {.seed = 5,
             .write_at_once = [this](auto... words) { return device->write_words(words...); },
             .read_at_once = [this](auto... words) { return device->read_words(words...); }})) {}
  std::vector<std::uint32_t> words(std::uint32_t tile, std::uint32_t region) {
    const spec::Build& build = device->build();
    std::vector<std::uint32_t> words(spec::region_words(build, static_cast<spec::Region>(region)));
    const auto place = static_cast<std::uint16_t>(
        spec::Tile{.x = tile % build.mesh_w, .y = tile / build.mesh_w}.pack());
    const std::uint32_t address = tile_address(static_cast<spec::Region>(region), 0);
    REQUIRE(device->read_words(place, address, words));
    return words;
  }

  std::unique_ptr<sim::Device> device;
  ChipMachine machine;
};

/// Equal but for refused packets, which take time: the reference has none.
void check_counters(const MachineStats& wanted, const MachineStats& found) {
  REQUIRE(found.tiles.size() == wanted.tiles.size());
  for (std::size_t t = 0; t < wanted.tiles.size(); ++t)
    for (std::size_t i = 0; i < spec::kCounters; ++i) {
      if (static_cast<spec::Counter>(i) == spec::Counter::emit_stalls) continue;
      CHECK(found.tiles[t].counters[i] == wanted.tiles[t].counters[i]);
    }
  CHECK(found.late_entries == wanted.late_entries);
  CHECK(found.bad_entries == wanted.bad_entries);
  CHECK(found.steps == wanted.steps);
}

void check_memories(Bench& wanted, Bench& found) {
  const spec::Build& build = wanted.device->build();
  for (std::uint32_t t = 0; t < build.mesh_w * build.mesh_h; ++t)
    for (std::uint32_t region = 0; region < 11; ++region)
      if (static_cast<spec::Region>(region) != spec::Region::counter)
        CHECK(found.words(t, region) == wanted.words(t, region));
}

std::vector<OutSpike> sorted(std::vector<OutSpike> spikes) {
  std::sort(spikes.begin(), spikes.end());
  return spikes;
}

}  // namespace

TEST_CASE("a chip with the tiles of the reference gives the spikes and memories of the model") {
  std::size_t spikes = 0;
  for (const std::size_t which : {std::size_t{0}, std::size_t{2}, std::size_t{3}}) {
    CAPTURE(which);
    const spec::Build& build = spec::kBuilds[which].build;
    RandomNetwork network(build, 3);
    const Image image = image_of(build, network, true);
    Bench model(sim::make_model_device(build, sim::Link::bytes));
    Bench reference(sim::make_reference_device(build, sim::Link::bytes));
    for (Bench* bench : {&model, &reference}) bench->machine.load(image);
    for (unsigned run = 0; run < 4; ++run) {
      const std::uint64_t first = model.machine.step();
      std::vector<InEntry> entries = entries_of(network, first, 6, 3);
      entries.insert(entries.begin(), {{first, run, spec::EntryKind::clear},
                                       {first, run & 1, spec::EntryKind::learning}});
      const auto wanted = sorted(model.machine.run(entries, first + 40));
      const auto found = sorted(reference.machine.run(entries, first + 40));
      CHECK(found == wanted);
      spikes += wanted.size();
      check_counters(model.machine.stats(), reference.machine.stats());
      check_memories(model, reference);
      // Words over the link as well, at a place of its own for each run.
      const std::uint32_t address = tile_address(spec::Region::state, 4 * run);
      for (Bench* bench : {&model, &reference}) {
        bench->machine.client().write(0, address, std::vector<std::uint32_t>{run});
        CHECK(bench->machine.client().read(0, address, 1).front() == run);
      }
    }
  }
  CHECK(spikes > 100);
}

TEST_CASE("with the tiles of the reference each step takes the cycles that are defined") {
  const spec::Build& build = spec::kBuilds[2].build;
  Lengths lengths;
  Bench bench(sim::make_reference_device(build, sim::Link::bytes), &lengths);
  // A spike on axon 0 makes neuron 0 fire one step later; its spike goes to the host three times.
  Image image;
  image.build = build;
  const auto add = [&image](spec::Region region, std::vector<std::uint32_t> words) {
    image.blocks.push_back({0, tile_address(region, 0), std::move(words)});
  };
  add(spec::Region::synapse, {spec::Synapse{200, 1, 0, 0}.pack()});
  add(spec::Region::axon, {spec::Axon{0, 1}.pack(), spec::Axon{4, 25}.pack()});
  add(spec::Region::fanout, {1u | 1u << 24, 2u | 1u << 24, 3u | 1u << 24});
  add(spec::Region::neuron,
      {spec::Neuron0{100, 0}.pack(), 0, 0, 0, 0, 0, 0, spec::Neuron7{0, 3}.pack()});
  bench.machine.load(image);
  const std::vector<InEntry> entries{{2, 0}, {2, 0}, {5, 1}, {5, 1}, {5, 1}};
  CHECK(sorted(bench.machine.run(entries, 7)) == std::vector<OutSpike>{{3, 1}, {3, 2}, {3, 3}});
  const std::uint64_t shortest = 2 * spec::tree_depth(build) + 3;
  REQUIRE(lengths.begins.size() == 7);
  // Two entries and two groups; three spikes; nothing; three entries and 75 groups.
  const std::vector<std::uint64_t> more{0, 0, 2 + 2, 3, 0, 3 + 75};
  for (std::size_t i = 0; i < more.size(); ++i) {
    CAPTURE(i);
    CHECK(lengths.begins[i + 1] - lengths.begins[i] == shortest + more[i]);
  }
  bench.machine.client().write_register(spec::Register::period, 500);
  bench.machine.run({}, 9);
  CHECK(lengths.begins.back() - lengths.begins[lengths.begins.size() - 2] == 500);
}

TEST_CASE("what needs the mesh of the model is refused with the tiles of the reference") {
  Chip chip(spec::kBuilds[2].build, LinkMode::bytes, Tiles::reference);
  CHECK_THROWS_AS(chip.set_hard_steps(true), std::logic_error);
  CHECK_THROWS_AS(chip.send(std::make_shared<Traffic>()), std::logic_error);
  Faults faults;
  faults.bits.push_back({.x = 0, .y = 0, .address = 0, .bit = 0, .value = true});
  CHECK_THROWS_AS(chip.plant(faults), std::logic_error);
  const auto device = sim::make_reference_device(spec::kBuilds[2].build, sim::Link::bytes);
  CHECK_FALSE(device->plant(faults));
  CHECK_FALSE(device->set_hard_steps(true));
  CHECK(device->activity() == nullptr);
}
