// SPDX-License-Identifier: Apache-2.0
// A model whose words are written and read at once is the model whose words come over the link.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "sim/device/model_device.hpp"
#include "sim/wire/device_transport.hpp"
#include "spikemesh/chip_machine.hpp"
#include "tests/unit/model/random_image.hpp"

using namespace spikemesh;
using namespace spikemesh::model;

namespace {

/// What happens in the mesh and in the step controller.
class Listener final : public EventSink {
 public:
  void on(const Event& event) override {
    if (event.kind != EventKind::bus && event.kind != EventKind::byte_in &&
        event.kind != EventKind::byte_out)
      events_.push_back(event);
  }
  void forget() { events_.clear(); }
  /// From the first step on, in whose cycle the count begins.
  std::vector<Event> of_steps() const {
    std::vector<Event> events = events_;
    std::sort(events.begin(), events.end());
    const auto first = std::find_if(events.begin(), events.end(), [](const Event& event) {
      return event.kind == EventKind::phase;
    });
    events.erase(events.begin(), first);
    const std::uint64_t begin = events.empty() ? 0 : events.front().cycle;
    for (Event& event : events) event.cycle -= begin;
    return events;
  }

 private:
  std::vector<Event> events_;
};

/// A model, who listens to it, and a machine on it.
struct Bench {
  Bench(const spec::Build& build, bool at_once)
      : device(sim::make_model_device(build, sim::Link::bytes)),
        transport(new sim::DeviceTransport(*device, sim::Link::bytes, &listener)),
        machine(Client(std::unique_ptr<Transport>(transport), options(at_once))) {}

  ClientOptions options(bool at_once) {
    ClientOptions options;
    options.seed = 5;
    options.now = [this] { return transport->now(); };
    if (!at_once) return options;
    options.write_at_once = [this](auto... words) {
      const bool done = device->write_words(words...);
      written += done;
      return done;
    };
    options.read_at_once = [this](auto... words) { return device->read_words(words...); };
    return options;
  }
  std::uint32_t read(spec::Register which) { return machine.client().read_register(which); }

  Listener listener;
  std::uint64_t written = 0;  ///< pieces at once
  std::unique_ptr<sim::Device> device;
  sim::DeviceTransport* transport;
  ChipMachine machine;
};

void check_memories(Bench& one, Bench& other, std::uint64_t least) {
  const spec::Build& build = one.machine.build();
  std::uint64_t compared = 0, not_zero = 0;
  for (std::uint32_t t = 0; t < build.mesh_w * build.mesh_h; ++t) {
    const auto tile =
        static_cast<std::uint16_t>(spec::Tile{.x = t % build.mesh_w, .y = t / build.mesh_w}.pack());
    for (std::uint32_t region = 0; region < 11; ++region) {
      const std::uint32_t count = spec::region_words(build, static_cast<spec::Region>(region));
      std::vector<std::uint32_t> words(count), others(count);
      const std::uint32_t address = tile_address(static_cast<spec::Region>(region), 0);
      REQUIRE(one.device->read_words(tile, address, words));
      REQUIRE(other.device->read_words(tile, address, others));
      CHECK(words == others);
      compared += count;
      not_zero += count - static_cast<std::uint64_t>(std::count(words.begin(), words.end(), 0u));
    }
  }
  CHECK(compared > least);
  CHECK(not_zero > least / 4);
}

/// All but the clock and what counts frames.
void check_registers(Bench& one, Bench& other) {
  using spec::Register;
  for (const auto& info : spec::kRegisters) {
    const auto which = static_cast<Register>(info.address);
    CAPTURE(info.name);
    if (which != Register::cycle_lo && which != Register::cycle_hi && which != Register::frames)
      CHECK(one.read(which) == other.read(which));
  }
  CHECK(one.read(Register::image_tag) != 0);
}

/// Runs both and compares all that the mesh did, in the cycles of its steps.
void run_both(Bench& link, Bench& direct, RandomNetwork& network, std::uint64_t steps) {
  const std::uint64_t first = link.machine.step();
  const std::vector<InEntry> entries = entries_of(network, first, steps, 2);
  for (Bench* bench : {&link, &direct}) {
    bench->listener.forget();
    bench->machine.run(entries, first + steps);
  }
  const std::vector<Event> wanted = link.listener.of_steps(), got = direct.listener.of_steps();
  CHECK(wanted.size() > 100 * steps);
  CHECK(wanted == got);
}

}  // namespace

TEST_CASE("a network loaded at once runs as the network loaded over the link, in the same cycles") {
  for (const std::size_t which : {std::size_t{0}, std::size_t{3}}) {
    CAPTURE(which);
    const spec::Build& build = spec::kBuilds[which].build;
    RandomNetwork network(build, 3);
    // Nothing for the host: how fast it empties its ring is none of our business.
    const Image image = image_of(build, network);
    Bench link(build, false), direct(build, true);
    for (Bench* bench : {&link, &direct}) bench->machine.load(image);
    CHECK(link.written == 0);
    CHECK(direct.written > 0);
    CHECK(direct.machine.client().stats().frames * 20 < link.machine.client().stats().frames);
    check_registers(link, direct);
    run_both(link, direct, network, 8);
    // What was read and written between two runs has gone through the mesh, too.
    const MachineStats stats = link.machine.stats(), others = direct.machine.stats();
    CHECK(stats.tiles == others.tiles);
    CHECK(stats.inject_stalls == others.inject_stalls);
    run_both(link, direct, network, 4);
    for (Bench* bench : {&link, &direct}) {
      const std::uint32_t address = tile_address(spec::Region::state, 4);
      const auto words = bench->machine.read(1, address, 4);
      bench->machine.write(0, address, words);
    }
    run_both(link, direct, network, 8);
    check_memories(link, direct, std::uint64_t{build.synapses} * build.mesh_w * build.mesh_h);
    check_registers(link, direct);
  }
}

TEST_CASE("what the chip refuses is refused with the same words at once and over the link") {
  const spec::Build& build = spec::kBuilds[2].build;
  std::vector<std::string> texts;
  for (const bool at_once : {false, true}) {
    Bench bench(build, at_once);
    Image image;
    image.build = build;
    image.blocks.push_back({0, tile_address(spec::Region::synapse, 0), {1, 2}});
    image.blocks.push_back({0, tile_address(spec::Region::neuron, 3), {5u << build.decay_bits}});
    try {
      bench.machine.load(image);
      texts.push_back("no error");
    } catch (const Error& error) {
      texts.push_back(error.what());
    }
  }
  CHECK(texts[0] == texts[1]);
  CHECK(texts[0].find("bad_value") != std::string::npos);
}
