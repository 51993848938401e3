// SPDX-License-Identifier: Apache-2.0
// Spike-in and spike-out rings around a real tile (docs/blocks/host_tile.md), on a whole chip of
// the RTL.
#include <doctest/doctest.h>

#include <set>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

using spec::Entry;
using spec::EntryKind;
using spec::Region;
using spec::Register;
using spec::Status;

constexpr std::uint32_t kLabel = 0xABC123;

std::uint32_t entry(EntryKind kind, std::uint32_t payload) {
  return Entry{payload, 0, static_cast<std::uint32_t>(kind)}.pack();
}

struct RingEntry {
  std::uint32_t step, word;
};

/// Writes entries from absolute index `first` on and moves RING_IN_WRITE past them.
void feed(ChipFixture& chip, std::uint32_t first, const std::vector<RingEntry>& entries) {
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    CHECK(chip.host.write(ring_in((first + i) % chip.build.ring_in),
                          {entries[i].step, entries[i].word}) == 0);
  }
  CHECK(chip.write(Register::ring_in_write, first + static_cast<std::uint32_t>(entries.size())) ==
        0);
}

TEST_CASE("a spike in step t comes back as the label of step t + delay, over bytes and over pins") {
  for (const sim::Link link : {sim::Link::bytes, sim::Link::pins}) {
    ChipFixture chip(link);
    load_relay(chip, kLabel);
    feed(chip, 0, {{0, spike_on(0, 0, 0)}, {4, spike_on(0, 0, 0)}, {5, spike_on(0, 0, 0)}});
    chip.run_until(10);
    CHECK(chip.read(Register::ring_in_read) == 3);
    REQUIRE(chip.read(Register::ring_out_write) == 3);
    const std::vector<std::uint32_t> steps{1, 5, 6};
    for (std::uint32_t i = 0; i < 3; ++i) {
      CHECK(chip.host.read(ring_out(i)) == steps[i]);
      CHECK(chip.host.read(ring_out(i) + 1) == entry(EntryKind::spike, kLabel));
    }
    CHECK(chip.log.of(EventKind::ring_in).size() == 3);
    CHECK(chip.log.of(EventKind::ring_out).size() == 3);
    CHECK(chip.log.of(EventKind::fire, 0).size() == 3);
    CHECK(chip.host.read(
              address(Region::counter, static_cast<std::uint32_t>(spec::Counter::packets)), 0) ==
          3);
  }
}

TEST_CASE("an entry that comes while the period is waited for goes into the step that is next") {
  constexpr std::uint32_t kPeriod = 20'000;  // longer than its frames take
  ChipFixture chip;
  load_relay(chip, kLabel);
  CHECK(chip.write(Register::period, kPeriod) == 0);
  CHECK(chip.write(Register::image_tag, 1) == 0);
  CHECK(chip.host.write(address(Register::run_until_lo), {3, 0, 1}) == 0);
  feed(chip, 0, {{1, spike_on(0, 0, 0)}});
  REQUIRE(chip.step_cycles().size() == 1);
  chip.host.wait_boundary();
  const std::vector<std::uint64_t> steps = chip.step_cycles();
  REQUIRE(steps.size() == 3);
  CHECK(steps[1] - steps[0] == kPeriod);
  REQUIRE(chip.log.of(EventKind::ring_in).size() == 1);
  CHECK(chip.log.of(EventKind::ring_in)[0].cycle > steps[1]);
  CHECK(chip.read(Register::ring_out_write) == 1);
  CHECK(chip.host.read(ring_out(0)) == 2);
}

TEST_CASE("spikes of one step are injected one a cycle while the mesh takes them") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  feed(chip, 0, {{2, spike_on(0, 0, 1)}, {2, spike_on(0, 0, 2)}, {2, spike_on(0, 0, 3)}});
  chip.run_until(3);
  const std::vector<Event> popped = chip.log.of(EventKind::ring_in);
  REQUIRE(popped.size() == 3);
  const std::uint64_t seen = chip.step_cycles().at(2) + 1;
  CHECK(popped[0].cycle == seen + 1);
  CHECK(popped[1].cycle == seen + 2);
}

TEST_CASE(
    "late entries, and controls behind their step's spikes, are popped and counted, not "
    "delivered") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  chip.run_until(5);
  feed(chip, 0,
       {{3, spike_on(0, 0, 0)},  // passed before the run
        {6, spike_on(0, 0, 0)},
        {5, spike_on(0, 0, 0)},  // comes after a later one
        {8, spike_on(0, 0, 0)},
        {8, entry(EntryKind::learning, 1)},  // after a spike of its step
        {8, entry(EntryKind::clear, 1)}});
  chip.run_until(12);
  CHECK(chip.read(Register::ring_in_read) == 6);
  CHECK(chip.read(Register::late_entries) == 4);
  CHECK(chip.read(Register::status) == 0);  // learning did not go on
  CHECK(chip.log.of(EventKind::fire, 0).size() == 2);
}

TEST_CASE("entries for a tile, an axon or a kind that is not there are popped and counted") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  feed(chip, 0,
       {{1, entry(static_cast<EntryKind>(9), 0)},  // before the step
        {1, spike_on(1, 0, 0)},
        {1, spike_on(0, 1, 0)},
        {1, spike_on(0, 0, chip.build.axons)},
        {1, entry(static_cast<EntryKind>(4), 0)},  // within the step
        {1, spike_on(0, 0, 0)}});
  chip.run_until(4);
  CHECK(chip.read(Register::bad_entries) == 5);
  CHECK(chip.read(Register::ring_in_read) == 6);
  CHECK(chip.log.of(EventKind::fire, 0).size() == 1);
}

TEST_CASE(
    "a hold entry keeps its step open until the next entry comes, and a reset frees the chip") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  const std::uint32_t spike = spike_on(0, 0, 0), hold = entry(EntryKind::hold, 0);
  std::uint32_t until = 20'000;
  const auto stays_in = [&](std::uint32_t step, std::uint32_t taken) {
    while (chip.read(Register::cycle_lo) < until) {
    }
    until += 20'000;
    const bool stays = chip.read(Register::status) == 1 && chip.read(Register::step_lo) == step &&
                       chip.read(Register::ring_in_read) == taken;
    chip.device->advance(chip.device->cycle() + 1000);
    return stays && chip.device->idle();  // its clock may stop meanwhile
  };
  feed(chip, 0, {{1, spike}, {1, hold}});
  REQUIRE(chip.write(Register::image_tag, 7) == 0);
  REQUIRE(chip.host.write(address(Register::run_until_lo), {3, 0, 7}) == 0);
  CHECK(stays_in(1, 2));
  feed(chip, 2, {{1, spike}, {1, hold}, {1, spike}, {1, hold}});  // the last one alone holds
  CHECK(stays_in(1, 6));
  feed(chip, 6, {{2, spike}, {2, hold}});  // of the next step: this one is whole
  CHECK(stays_in(2, 8));
  CHECK(chip.log.of(EventKind::fire, 0).size() == 1);  // in step 2, of those of step 1
  CHECK(chip.read(Register::late_entries) == 0);
  CHECK(chip.read(Register::bad_entries) == 0);
  REQUIRE(chip.write(Register::pause, 1) == 0);  // waits for the step
  CHECK(stays_in(2, 8));
  REQUIRE(chip.write(Register::reset_nonce, 9) == 0);
  CHECK(chip.read(Register::status) == 0);
  CHECK(chip.read(Register::step_lo) == 0);
}

TEST_CASE("learning is switched by its entries, in the step that they name") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  feed(chip, 0, {{2, entry(EntryKind::learning, 1)}, {5, entry(EntryKind::learning, 0)}});
  chip.run_until(2);
  CHECK(chip.read(Register::status) == 0);
  chip.run_until(4);
  CHECK(chip.read(Register::status) == 2);
  chip.run_until(6);
  CHECK(chip.read(Register::status) == 0);
}

TEST_CASE("a clear entry sweeps what its mask names before the step begins") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  // The spike of step 0 waits in the delay ring for step 1; the clear of step 1 takes it away.
  feed(chip, 0, {{0, spike_on(0, 0, 0)}, {1, entry(EntryKind::clear, 0xF1)}});
  chip.run_until(3);
  CHECK(chip.log.of(EventKind::fire, 0).empty());
  const std::vector<Event> phases = chip.log.of(EventKind::phase);
  REQUIRE(phases.size() == 5);  // wipe, step 0, sweep, step 1, step 2
  CHECK(phases[2].as<spec::PhaseEvent>() == spec::PhaseEvent{.step = 1, .mask = 1, .phase = 1});
  CHECK(chip.host.read(address(Region::synapse, 0), 0) != 0);
}

TEST_CASE("ring pointers move forward only, and not beyond what the ring holds") {
  ChipFixture chip;
  chip.host.wait_boundary();
  const std::uint32_t depth = chip.build.ring_in;
  CHECK(chip.write(Register::ring_in_write, depth + 1) == code(Status::bad_value));
  CHECK(chip.write(Register::ring_in_write, depth) == code(Status::ok));
  CHECK(chip.write(Register::ring_in_write, 3) == code(Status::ok));
  CHECK(chip.read(Register::ring_in_write) == depth);
  CHECK(chip.write(Register::ring_in_write, 0x80000000u + depth) ==
        code(Status::ok));  // backwards, signed
  CHECK(chip.read(Register::ring_in_write) == depth);
  CHECK(chip.write(Register::ring_out_read, 1) == code(Status::bad_value));
  CHECK(chip.write(Register::ring_out_read, 0) == code(Status::ok));
  CHECK(chip.write(Register::ring_out_policy, 2) == code(Status::bad_value));
}

TEST_CASE("reading ring memory does not disturb the entry that waits at the head") {
  ChipFixture chip;
  load_relay(chip, kLabel);
  feed(chip, 0, {{1, spike_on(0, 0, 0)}, {2, 0x12345678}});
  CHECK(chip.host.read(ring_in(1) + 1) == 0x12345678);
  CHECK(chip.host.read(ring_in(1)) == 2);
  chip.run_until(2);
  const std::vector<Event> popped = chip.log.of(EventKind::ring_in);
  REQUIRE(popped.size() == 1);
  CHECK(popped[0].as<spec::RingInEvent>() ==
        spec::RingInEvent{.entry = spike_on(0, 0, 0), .step = 1});
}

/// A neuron that fires in every step, recorded: fills the spike-out ring.
void load_clock(ChipFixture& chip) {
  load_relay(chip, kLabel);
  CHECK(chip.host.write(address(Region::neuron, 2), {1000}, 0) == 0);  // bias above the threshold
}

TEST_CASE(
    "a full spike-out ring stalls the step until the host takes entries, and nothing is lost") {
  ChipFixture chip;
  load_clock(chip);
  const std::uint32_t depth = chip.build.ring_out;
  CHECK(chip.write(Register::image_tag, 1) == 0);
  CHECK(chip.host.write(address(Register::run_until_lo), {depth + 10, 0, 1}) == 0);
  chip.device->advance(chip.device->cycle() + 40 * depth);
  CHECK(chip.read(Register::status) == 1);
  CHECK(chip.read(Register::ring_out_write) == depth);
  CHECK(chip.read(Register::step_lo) == depth);
  CHECK(chip.read(Register::ring_out_stalls) > 0);
  CHECK(chip.write(Register::ring_out_read, 10) == 0);
  chip.host.wait_boundary();
  CHECK(chip.read(Register::ring_out_write) == depth + 10);
  CHECK(chip.read(Register::ring_out_lost) == 0);
  CHECK(chip.host.read(ring_out(9)) == depth + 9);
  CHECK(chip.host.read(ring_out(10)) == 10);
}

TEST_CASE("RING_OUT_READ moves up to RING_OUT_WRITE; signed distances tell what lies beyond") {
  ChipFixture chip;
  load_clock(chip);
  const std::uint32_t written = 5;
  chip.run_until(written);
  REQUIRE(chip.read(Register::ring_out_write) == written);
  for (const std::uint32_t beyond : {1u, 2u, chip.build.ring_out, 0x7FFFFFFFu}) {
    CHECK(chip.write(Register::ring_out_read, written + beyond) == code(Status::bad_value));
  }
  for (const std::uint32_t behind : {0x80000000u, 0x7FFFFFFFu, written + 1, written}) {
    CHECK(chip.write(Register::ring_out_read, written - behind) == code(Status::ok));
    CHECK(chip.read(Register::ring_out_read) == 0);
  }
  for (const std::uint32_t taken : {3u, written}) {
    CHECK(chip.write(Register::ring_out_read, taken) == code(Status::ok));
    CHECK(chip.read(Register::ring_out_read) == taken);
  }
}

TEST_CASE("RING_OUT_READ may pass a spike from the cycle after the one in which it came") {
  constexpr std::uint32_t kPeriod = 1000;
  ChipFixture chip;
  load_clock(chip);
  CHECK(chip.write(Register::period, kPeriod) == 0);
  CHECK(chip.write(Register::image_tag, 1) == 0);
  CHECK(chip.host.write(address(Register::run_until_lo), {chip.build.ring_out, 0, 1}) == 0);

  // A write is carried out in the cycle before its answer, so long after it was sent.
  const auto carried_out = [&] { return chip.log.of(EventKind::bus).back().cycle - 1; };
  const std::uint64_t sent = chip.device->cycle();
  CHECK(chip.write(Register::ring_out_read, 0) == 0);
  const std::uint64_t lead = carried_out() - sent;
  chip.device->advance(chip.device->cycle() + 2 * kPeriod);

  std::set<std::int64_t> tried;  // cycles from the spike to the write
  for (std::int64_t offset = -3; offset <= 3; ++offset) {
    const std::vector<Event> spikes = chip.log.of(EventKind::ring_out);
    REQUIRE(!spikes.empty());
    const auto next = static_cast<std::int64_t>(spikes.back().cycle) + kPeriod + offset;
    chip.device->advance(static_cast<std::uint64_t>(next) - lead);
    const auto index = static_cast<std::uint32_t>(spikes.size()) + 1;
    const std::uint8_t status = chip.write(Register::ring_out_read, index);
    const std::uint64_t written = carried_out();
    chip.device->advance(written + 10);
    const std::uint64_t came = chip.log.of(EventKind::ring_out).at(index - 1).cycle;
    CAPTURE(offset);
    CHECK(status == code(came < written ? Status::ok : Status::bad_value));
    tried.insert(static_cast<std::int64_t>(written - came));
  }
  for (const std::int64_t apart : {0, 1, 2}) CHECK(tried.contains(apart));
}

TEST_CASE("under the overwrite policy the oldest entries go, counted, and the mesh never waits") {
  ChipFixture chip;
  load_clock(chip);
  const std::uint32_t depth = chip.build.ring_out;
  CHECK(chip.write(Register::ring_out_policy, 1) == 0);
  chip.run_until(depth + 7);
  CHECK(chip.read(Register::ring_out_write) == depth + 7);
  CHECK(chip.read(Register::ring_out_read) == 7);
  CHECK(chip.read(Register::ring_out_lost) == 7);
  CHECK(chip.read(Register::ring_out_stalls) == 0);
  CHECK(chip.host.read(ring_out(6)) == depth + 6);
  CHECK(chip.host.read(ring_out(7)) == 7);
}

}  // namespace
}  // namespace spikemesh::test
