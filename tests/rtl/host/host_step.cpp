// SPDX-License-Identifier: Apache-2.0
// Reset, runs and the length of steps (docs/blocks/step.md, host_tile.md), on a whole chip of the
// RTL.
#include <doctest/doctest.h>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

using spec::Region;
using spec::Register;
using spec::Status;

constexpr unsigned kDepth = 1;  // of the quiet tree of `tiny`, and of its broadcast
constexpr unsigned kLeastStep = 2 * kDepth + 3;

TEST_CASE("memories are zero and readable after power-on, and tiles answer running before that") {
  ChipFixture chip;
  const Reply early = chip.host.call({.tile = 0, .data = {}});
  CHECK(early.status == code(Status::running));
  chip.host.wait_boundary();
  CHECK(chip.host.read(address(Region::synapse, 17), 0) == 0);
  CHECK(chip.host.read(address(Region::counter, 0), 0) == 0);
  const std::vector<Event> phases = chip.log.of(EventKind::phase);
  REQUIRE(phases.size() == 1);
  CHECK(phases[0].cycle == 0);
  CHECK(phases[0].as<spec::PhaseEvent>() == spec::PhaseEvent{.step = 0, .mask = 0x80, .phase = 1});
}

TEST_CASE("a new nonce wipes every memory and every register but those of the link") {
  ChipFixture chip;
  load_relay(chip, 0x123456);
  CHECK(chip.write(Register::image_tag, 77) == code(Status::ok));
  CHECK(chip.write(Register::period, 500) == code(Status::ok));
  CHECK(chip.write(Register::step_lo, 9) == code(Status::ok));
  CHECK(chip.host.write(ring_in(0), {9, spike_on(0, 0, 0)}) == code(Status::ok));
  CHECK(chip.write(Register::ring_in_write, 1) == code(Status::ok));
  CHECK(chip.host.read(address(Region::synapse, 0), 0) != 0);
  const std::uint32_t frames = chip.read(Register::frames);

  CHECK(chip.write(Register::reset_nonce, 0xABCD) == code(Status::ok));
  CHECK(chip.read(Register::status) == 0);  // the answer came when all was wiped
  for (const Region region :
       {Region::synapse, Region::axon, Region::fanout, Region::neuron, Region::state}) {
    CHECK(chip.host.read(address(region, 0), 0) == 0);
  }
  CHECK(chip.read(Register::image_tag) == 0);
  CHECK(chip.read(Register::period) == 0);
  CHECK(chip.read(Register::step_lo) == 0);
  CHECK(chip.read(Register::ring_in_write) == 0);
  CHECK(chip.read(Register::reset_nonce) == 0xABCD);
  CHECK(chip.read(Register::frames) > frames);
}

TEST_CASE("the same nonce again does nothing") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::reset_nonce, 5) == code(Status::ok));
  CHECK(chip.write(Register::image_tag, 77) == code(Status::ok));
  const std::size_t phases = chip.log.of(EventKind::phase).size();
  CHECK(chip.write(Register::reset_nonce, 5) == code(Status::ok));
  CHECK(chip.read(Register::image_tag) == 77);
  CHECK(chip.log.of(EventKind::phase).size() == phases);
}

TEST_CASE("the sweep of a reset is decided two cycles after the exec cycle") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::reset_nonce, 5) == code(Status::ok));
  const Event sweep = chip.log.of(EventKind::phase).back();
  // The last byte of the request is popped in cycle p: CHECK p+1, LOAD p+2, request r = p+3, exec
  // p+4, s = p+6.
  const std::uint64_t pop = chip.log.of(EventKind::byte_in).back().cycle + 2;
  CHECK(sweep.cycle == pop + 6);
}

TEST_CASE("a run is refused without an image tag and under another, and stops at its step") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::run_until_lo, 3) == code(Status::ok));
  CHECK(chip.write(Register::run_tag, 0) == code(Status::refused));
  CHECK(chip.write(Register::image_tag, 8) == code(Status::ok));
  CHECK(chip.write(Register::run_tag, 9) == code(Status::refused));
  CHECK(chip.step_cycles().empty());
  CHECK(chip.write(Register::run_tag, 8) == code(Status::ok));
  chip.host.wait_boundary();
  CHECK(chip.read(Register::step_lo) == 3);
  CHECK(chip.step_cycles().size() == 3);
  CHECK(chip.write(Register::run_tag, 8) == code(Status::ok));  // again: until is reached
  CHECK(chip.read(Register::step_lo) == 3);
  CHECK(chip.read(Register::run_tag) == 8);
}

TEST_CASE("steps of an empty chip follow each other as fast as quiet allows") {
  ChipFixture chip;
  chip.host.wait_boundary();
  chip.run_until(1);  // the first Update after a reset runs, later ones find nothing to do
  chip.run_until(20);
  const std::vector<std::uint64_t> cycles = chip.step_cycles();
  REQUIRE(cycles.size() == 20);
  for (std::size_t i = 2; i < cycles.size(); ++i) CHECK(cycles[i] - cycles[i - 1] == kLeastStep);
}

TEST_CASE("with a period, steps begin that many cycles apart, and none counts as stretched") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::period, 100) == code(Status::ok));
  chip.run_until(10);
  const std::vector<std::uint64_t> cycles = chip.step_cycles();
  REQUIRE(cycles.size() == 10);
  for (std::size_t i = 1; i < cycles.size(); ++i) CHECK(cycles[i] - cycles[i - 1] == 100);
  CHECK(chip.read(Register::stretched) == 0);
}

TEST_CASE("a period that is too short stretches the steps and counts them") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::period, kLeastStep - 1) == code(Status::ok));
  chip.run_until(6);
  CHECK(chip.step_cycles().size() == 6);
  CHECK(chip.read(Register::stretched) == 5);
}

TEST_CASE("a pause stops at the next boundary, tile memories answer there, and a run goes on") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.write(Register::image_tag, 1) == code(Status::ok));
  CHECK(chip.write(Register::period, 50) == code(Status::ok));
  CHECK(chip.host.write(address(Register::run_until_lo), {100000, 0, 1}) == code(Status::ok));
  CHECK(chip.read(Register::status) == 1);
  CHECK(chip.host.call({.tile = 0, .data = {}}).status == code(Status::running));
  CHECK(chip.write(Register::adapt_period, 3) == code(Status::running));
  CHECK(chip.write(Register::step_lo, 3) == code(Status::running));
  CHECK(chip.write(Register::pause, 1) == code(Status::ok));
  chip.host.wait_boundary();
  CHECK(chip.read(Register::pause) == 1);
  const std::uint32_t step = chip.read(Register::step_lo);
  CHECK(step > 0);
  CHECK(step < 100000);
  CHECK(chip.host.read(address(Region::neuron, 0), 0) == 0);
  chip.run_until(step + 5);
  CHECK(chip.read(Register::step_lo) == step + 5);
  CHECK(chip.read(Register::pause) == 0);
}

TEST_CASE(
    "step counter and adaptation period are written at a boundary, values beyond are refused") {
  ChipFixture chip;
  chip.host.wait_boundary();
  CHECK(chip.host.write(address(Register::step_lo), {0xFFFFFFFE, 4}) == code(Status::ok));
  CHECK(chip.write(Register::adapt_period, 31) == code(Status::ok));
  CHECK(chip.write(Register::adapt_period, 32) == code(Status::bad_value));
  CHECK(chip.read(Register::adapt_period) == 31);
  CHECK(chip.write(Register::image_tag, 1) == code(Status::ok));
  CHECK(chip.host.write(address(Register::run_until_lo), {3, 5, 1}) == code(Status::ok));
  chip.host.wait_boundary();
  CHECK(chip.read(Register::step_lo) == 3);
  CHECK(chip.read(Register::step_hi) == 5);
  CHECK(chip.step_cycles().size() == 5);
}

TEST_CASE("CYCLE reads as the number of the exec cycle") {
  ChipFixture chip;
  chip.host.wait_boundary();
  const std::uint32_t cycle = chip.read(Register::cycle_lo);
  CHECK(chip.log.of(EventKind::bus).back().cycle == cycle + 1);
}

}  // namespace
}  // namespace spikemesh::test
