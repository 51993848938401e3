// SPDX-License-Identifier: Apache-2.0
#include "sim/lockstep/lockstep.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>

#include "fake_device.hpp"
#include "sim/lockstep/lockstep_device.hpp"
#include "spikemesh/error.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

const Rerun kRerun{"17", "spikemesh verify --case 17 --waves w.fst"};

Event spike(std::uint64_t cycle, std::uint16_t tile, std::uint8_t port, std::uint32_t axon) {
  return Event::of(cycle, tile, port, spec::FlitEvent{.addr = axon, .x = 2});
}

Event fire(std::uint64_t cycle, std::uint32_t group, std::uint32_t lanes) {
  return Event::of(cycle, 0, 0, spec::FireEvent{.lanes = lanes, .group = group});
}

std::vector<Event> script() {
  return {spike(10, 0, 1, 5), spike(10, 1, 2, 5), fire(12, 3, 1),
          Event::of(15, 0, 1, spec::AccEvent{.value = -2, .group = 7, .slot = 2}),
          spike(20, 1, 4, 9)};
}

/// The report of a comparison with the model's script changed; "" if they were equal.
std::string report_of(const std::function<void(std::vector<Event>&)>& change) {
  std::vector<Event> changed = script();
  change(changed);
  LockstepDevice device(std::make_unique<FakeDevice>(script()),
                        std::make_unique<FakeDevice>(changed), kRerun);
  try {
    device.advance(1000);
  } catch (const Mismatch& mismatch) {
    return mismatch.what();
  }
  return "";
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("equal streams pass and every kind is counted") {
  LockstepDevice device(std::make_unique<FakeDevice>(script()),
                        std::make_unique<FakeDevice>(script()), kRerun);
  device.advance(1000);
  CHECK(device.compared()[static_cast<unsigned>(EventKind::flit)] == 3);
  CHECK(device.compared()[static_cast<unsigned>(EventKind::fire)] == 1);
  CHECK(device.compared()[static_cast<unsigned>(EventKind::acc)] == 1);
  CHECK(device.compared()[static_cast<unsigned>(EventKind::bus)] == 0);
}

TEST_CASE("the order of events within a cycle does not matter") {
  CHECK(report_of([](auto& events) { std::swap(events[0], events[1]); }) == "");
}

TEST_CASE("an event that the model misses is named") {
  const std::string report = report_of([](auto& events) { events.erase(events.begin() + 2); });
  CHECK(holds(report, "cycle 12, tile (0,0), kind fire"));
  CHECK(holds(report, "The RTL retired this event in this cycle, the model did not."));
  CHECK(holds(report, "seed: 17"));
  CHECK(holds(report, kRerun.command));
}

TEST_CASE("an event that only the model has is named") {
  const std::string report =
      report_of([](auto& events) { events.insert(events.begin() + 3, fire(13, 4, 1)); });
  CHECK(holds(report, "cycle 13, tile (0,0), kind fire"));
  CHECK(holds(report, "The model retired this event in this cycle, the RTL did not."));
}

TEST_CASE("a field that differs is marked in the table") {
  const std::string report = report_of([](auto& events) { events[4] = spike(20, 1, 4, 8); });
  CHECK(holds(report, "cycle 20, tile (1,0), kind flit, port west"));
  CHECK(holds(report, "axon        | 9                                       | 8   <-- differs"));
  CHECK(holds(report, "x           | 2                                       | 2\n"));
  // What led there: the earlier flit of that tile, and no other tile's events.
  CHECK(holds(report, "last 1 events of tile (1,0)"));
  CHECK(holds(report, "10  flit, port east"));
}

TEST_CASE("an event that comes a cycle later is named with its delay") {
  const std::string report = report_of([](auto& events) { events[3].cycle = 16; });
  CHECK(holds(report, "cycle 15, tile (0,0), kind acc, lane 1"));
  CHECK(holds(report, "it retires the same in cycle 16 (1 later)"));
  CHECK(holds(report, "value       | -2"));
}

TEST_CASE("a stream that ends early is a difference even when the device is idle") {
  const std::string report = report_of([](auto& events) { events.pop_back(); });
  CHECK(holds(report, "cycle 20, tile (1,0), kind flit, port west"));
}

TEST_CASE("a report shows the last 16 events of the tile only") {
  std::vector<Event> events;
  for (std::uint32_t i = 0; i < 40; ++i) events.push_back(fire(i + 1, i, 1));
  std::vector<Event> other = events;
  other.back() = fire(40, 39, 2);
  LockstepDevice device(std::make_unique<FakeDevice>(events), std::make_unique<FakeDevice>(other),
                        kRerun);
  std::string report;
  try {
    device.advance(100);
  } catch (const Mismatch& mismatch) {
    report = mismatch.what();
  }
  CHECK(holds(report, "last 16 events of tile (0,0)"));
  CHECK(holds(report, "        39  fire"));
  CHECK(holds(report, "        24  fire"));
  CHECK_FALSE(holds(report, "        23  fire"));
}

TEST_CASE("a tx pin that differs is caught") {
  LockstepDevice device(std::make_unique<FakeDevice>(),
                        std::make_unique<FakeDevice>(std::vector<Event>{}), kRerun);
  device.set_rx(5, false);
  device.set_rx(9, true);
  device.advance(100);
  CHECK(device.compared_pin_changes() == 2);
  CHECK(device.take_tx().size() == 2);

  struct Deaf : FakeDevice {
    void set_rx(std::uint64_t at, bool level) override {
      FakeDevice::set_rx(at + (level ? 1 : 0), level);
    }
  };
  LockstepDevice wrong(std::make_unique<FakeDevice>(), std::make_unique<Deaf>(), kRerun);
  wrong.set_rx(5, false);
  wrong.set_rx(9, true);
  CHECK_THROWS_WITH_AS(wrong.advance(100), doctest::Contains("cycle 12, host tile, kind tx pin"),
                       Mismatch);
}

TEST_CASE("a byte of the byte port that differs is caught") {
  struct Flips : FakeDevice {
    void offer(std::uint64_t at, std::uint8_t byte) override { FakeDevice::offer(at, byte ^ 1); }
  };
  LockstepDevice device(std::make_unique<FakeDevice>(), std::make_unique<Flips>(), kRerun);
  device.offer(4, 0x10);
  CHECK_THROWS_WITH_AS(device.advance(100), doctest::Contains("kind byte port"), Mismatch);
}

TEST_CASE("a kind that had to occur and did not is a failure") {
  EventCounts counts{};
  counts[static_cast<unsigned>(EventKind::flit)] = 4;
  const EventKind flit[] = {EventKind::flit};
  const EventKind both[] = {EventKind::flit, EventKind::acc};
  CHECK_NOTHROW(require_compared(counts, flit, kRerun));
  CHECK_THROWS_WITH_AS(require_compared(counts, both, kRerun),
                       doctest::Contains("no event of kind acc was compared"), Mismatch);
}

TEST_CASE("devices that are built differently are refused by name") {
  spec::Build other;
  other.lanes = 2;
  CHECK_THROWS_WITH_AS(
      LockstepDevice(std::make_unique<FakeDevice>(),
                     std::make_unique<FakeDevice>(std::vector<Event>{}, other), kRerun),
      doctest::Contains("Lanes is 1 in the RTL and 2 in the model"), InputError);
}

TEST_CASE("events found equal are forwarded in order") {
  struct Keep : EventSink {
    void on(const Event& event) override { events.push_back(event); }
    std::vector<Event> events;
  } keep;
  LockstepDevice device(std::make_unique<FakeDevice>(script()),
                        std::make_unique<FakeDevice>(script()), kRerun);
  device.listen(&keep);
  device.advance(1000);
  CHECK(keep.events == script());
}

}  // namespace spikemesh::sim
