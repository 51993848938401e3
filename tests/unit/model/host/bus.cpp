// SPDX-License-Identifier: Apache-2.0
// The bus of two masters, the word port and the interrupt, to the cycle: docs/blocks/bus.md.
#include <doctest/doctest.h>

#include "tests/unit/model/host/host_rig.hpp"

using namespace spikemesh;
using namespace spikemesh::test;
using model::WordAccess;
using model::WordAnswer;
using spec::Register;
using spec::Status;

namespace {

constexpr std::uint32_t byte_of(Register reg) {
  return spec::kByteHost + 4 * static_cast<std::uint32_t>(reg);
}
constexpr std::uint32_t tile_byte(spec::Region region, std::uint32_t index) {
  return spec::kByteTile + 4 * spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack();
}

Rig ready_rig(bool eager = false) {
  return Rig(named_build("odd"), model::LinkMode::bytes, eager, 100'000);
}

WordAnswer access(Rig& rig, const WordAccess& access) {
  rig.host.access(rig.cycle(), access);
  rig.run(rig.cycle() + 100'000);
  const auto answers = rig.host.take_answers();
  REQUIRE(answers.size() == 1);
  return answers.front();
}
WordAnswer read(Rig& rig, std::uint32_t address) { return access(rig, {.address = address}); }
Status write(Rig& rig, std::uint32_t address, std::uint32_t data) {
  return access(rig, {.write = true, .address = address, .data = data}).status;
}

/// {cycle, level} of each change of the interrupt output.
std::vector<std::pair<std::uint64_t, bool>> interrupts(const Rig& rig) {
  std::vector<std::pair<std::uint64_t, bool>> out;
  for (const Event& event : rig.events())
    if (event.kind == EventKind::irq)
      out.emplace_back(event.cycle, event.as<spec::IrqEvent>().level != 0);
  return out;
}

std::vector<std::uint64_t> cycles_of(const Rig& rig, EventKind kind) {
  std::vector<std::uint64_t> out;
  for (const Event& event : rig.events())
    if (event.kind == kind) out.push_back(event.cycle);
  return out;
}

}  // namespace

TEST_CASE("an arbiter gives the bus to the next that asks, and leaves it there until the answer") {
  model::BusArbiter arbiter(3);
  CHECK(arbiter.owner(0b111) == 0);  // after a reset
  arbiter.commit(0b110, false);
  CHECK(arbiter.owner(0b111) == 1);  // it has the bus
  arbiter.commit(0b111, true);
  CHECK(arbiter.owner(0b111) == 2);
  CHECK(arbiter.owner(0b011) == 0);
  arbiter.commit(0b100, false);
  arbiter.commit(0b101, true);
  CHECK(arbiter.owner(0b101) == 0);
}

TEST_CASE("the word port answers a register four cycles, and a word of its own two, after it") {
  Rig rig = ready_rig();
  const std::uint64_t from = rig.cycle();
  const WordAnswer magic = read(rig, byte_of(Register::magic));
  CHECK(magic.status == Status::ok);
  CHECK(magic.data == spec::kMagic);
  CHECK(magic.cycle == from + 4);
  const std::uint64_t next = rig.cycle();
  CHECK(read(rig, spec::kByteWindow).cycle == next + 2);
}

TEST_CASE("the word port refuses parts of words, holes of the map and what cannot be written") {
  Rig rig = ready_rig();
  const std::uint32_t magic = byte_of(Register::magic), mask = byte_of(Register::irq_mask);
  for (const std::uint32_t part : {1u, 2u, 3u})
    CHECK(read(rig, mask + part).status == Status::bad_length);
  for (std::uint8_t strobe = 0; strobe < 15; ++strobe) {
    const WordAccess some{.write = true, .address = mask, .data = 7, .strobe = strobe};
    CHECK(access(rig, some).status == Status::bad_length);
  }
  CHECK(rig.get(Register::irq_mask) == 0);
  for (const std::uint32_t hole :
       {spec::kByteTile + spec::kByteTileSize, spec::kByteWindow - 4, spec::kByteFaultAddress + 4,
        0xFFFFFFFCu, byte_of(Register::magic) + 4 * std::uint32_t{spec::kRegisters.size()}})
    CHECK(read(rig, hole).status == Status::bad_address);
  CHECK(write(rig, magic, 1) == Status::read_only);
  CHECK(write(rig, spec::kByteFence, 1) == Status::read_only);
  CHECK(write(rig, spec::kByteFaultAddress, 1) == Status::read_only);
  CHECK(write(rig, spec::kByteWindow, 0x8000) == Status::bad_value);
  CHECK(write(rig, byte_of(Register::run_tag), 1) == Status::refused);
  CHECK(write(rig, mask, 8) == Status::bad_value);
}

TEST_CASE("a tile is seen through the window, and FAULT keeps the first access that failed") {
  Rig rig = ready_rig();
  const spec::Tile far{.x = 2, .y = 1};
  CHECK(write(rig, spec::kByteWindow, far.pack()) == Status::ok);
  CHECK(write(rig, tile_byte(spec::Region::synapse, 5), 0x34) == Status::ok);
  CHECK(read(rig, spec::kByteFence).status == Status::ok);
  CHECK(rig.mesh.read(2, 1, spec::TileAddr{5, 0}.pack()) == 0x34);
  CHECK(rig.mesh.read(0, 0, spec::TileAddr{5, 0}.pack()) == 0);
  CHECK(read(rig, tile_byte(spec::Region::synapse, 5)).data == 0x34);
  CHECK(read(rig, spec::kByteFault).data == 0);

  CHECK(write(rig, spec::kByteWindow, spec::Tile{.x = 3}.pack()) == Status::ok);  // beside the mesh
  CHECK(read(rig, tile_byte(spec::Region::synapse, 5)).status == Status::bad_address);
  CHECK(write(rig, spec::kByteFence, 0) == Status::read_only);
  CHECK(read(rig, spec::kByteFault).data == static_cast<std::uint32_t>(Status::bad_address));
  CHECK(read(rig, spec::kByteFaultAddress).data == tile_byte(spec::Region::synapse, 5));
  CHECK(write(rig, spec::kByteFault, 99) == Status::ok);
  CHECK(read(rig, spec::kByteFault).data == 0);
  CHECK(read(rig, spec::kByteFaultAddress).data == 0);
}

TEST_CASE("link and word port share the bus, each with its own answers") {
  Rig rig = ready_rig();
  for (unsigned i = 0; i < 40; ++i)
    rig.host.access(rig.cycle() + 17 * i, {.address = byte_of(Register::neurons)});
  for (unsigned i = 0; i < 10; ++i) CHECK(rig.get(Register::magic) == spec::kMagic);
  for (const WordAnswer& answer : rig.host.take_answers())
    CHECK(answer.data == named_build("odd").neurons);
  unsigned links = 0, ports = 0;
  for (const Event& event : rig.events()) {
    if (event.kind != EventKind::bus) continue;
    ++(event.as<spec::BusEvent>().master == 0 ? links : ports);
  }
  CHECK(links == 10);
  CHECK(ports == 40);
}

TEST_CASE("a fence ends although another master asks for tiles without a pause") {
  Rig rig = ready_rig();
  for (unsigned i = 0; i < 400; ++i)
    rig.host.access(rig.cycle(), {.address = tile_byte(spec::Region::synapse, i)});
  const std::uint64_t from = rig.cycle();
  // The reply to a write to a tile waits until the mesh is quiet.
  CHECK(rig.write(spec::Tile{.x = 2, .y = 1}.pack(), 7, {1}).status == Status::ok);
  CHECK(rig.sent_at.front() - from < 1000);
  CHECK(rig.host.take_answers().size() == 400);
}

TEST_CASE("FENCE gives up when the chip is not quiet for MeshTimeout cycles") {
  Rig rig = ready_rig();
  const spec::Entry hold{.kind = static_cast<std::uint32_t>(spec::EntryKind::hold)};
  REQUIRE(rig.write(kHostTile, spec::kRingInBase, {0, hold.pack()}).status == Status::ok);
  REQUIRE(rig.set(Register::ring_in_write, 1) == Status::ok);
  REQUIRE(rig.set(Register::image_tag, 7) == Status::ok);
  REQUIRE(
      rig.write(kHostTile, static_cast<std::uint32_t>(Register::run_until_lo), {1, 0, 7}).status ==
      Status::ok);
  const std::uint64_t from = rig.cycle();
  const WordAnswer fence = read(rig, spec::kByteFence);
  CHECK(fence.status == Status::timeout);
  CHECK(fence.cycle == from + 3 + spec::kMeshTimeout);
  CHECK(read(rig, tile_byte(spec::Region::synapse, 0)).status == Status::running);
}

TEST_CASE("the end of a run interrupts until it is cleared, or until another run") {
  Rig rig = ready_rig();
  REQUIRE(rig.set(Register::image_tag, 7) == Status::ok);
  const auto run = [&](std::uint32_t until) {
    REQUIRE(rig.write(kHostTile, static_cast<std::uint32_t>(Register::run_until_lo), {until, 0, 7})
                .status == Status::ok);
  };
  run(3);
  CHECK(interrupts(rig).empty());  // masked
  CHECK(rig.get(Register::irq_pending) == 1);
  CHECK(write(rig, byte_of(Register::irq_mask), 1) == Status::ok);
  CHECK(interrupts(rig).size() == 1);
  CHECK(rig.host.irq());
  CHECK(write(rig, byte_of(Register::irq_pending), 6) == Status::ok);
  CHECK(rig.host.irq());  // another bit
  CHECK(write(rig, byte_of(Register::irq_pending), 1) == Status::ok);
  CHECK_FALSE(rig.host.irq());
  // Written in the exec cycle r + 1, in which the bus event is two cycles ahead; the register holds
  // from r + 2 on, and the output changes at the end of that cycle.
  CHECK(interrupts(rig).back().first == cycles_of(rig, EventKind::bus).back());
  run(6);
  CHECK(rig.host.irq());
  run(9);  // a run clears it, and ends as well
  const auto all = interrupts(rig);
  REQUIRE(all.size() == 5);
  CHECK_FALSE(all[3].second);
  CHECK(all[4].second);
  REQUIRE(rig.set(Register::reset_nonce, 5) == Status::ok);
  CHECK_FALSE(rig.host.irq());
  CHECK(rig.get(Register::irq_mask) == 0);
}

TEST_CASE("an entry that is late interrupts as an error") {
  Rig rig = ready_rig();
  REQUIRE(rig.set(Register::irq_mask, 4) == Status::ok);
  REQUIRE(rig.set(Register::step_lo, 9) == Status::ok);
  REQUIRE(rig.write(kHostTile, spec::kRingInBase, {3, 0}).status == Status::ok);
  REQUIRE(rig.set(Register::ring_in_write, 1) == Status::ok);
  CHECK_FALSE(rig.host.irq());
  REQUIRE(rig.set(Register::image_tag, 7) == Status::ok);
  REQUIRE(
      rig.write(kHostTile, static_cast<std::uint32_t>(Register::run_until_lo), {10, 0, 7}).status ==
      Status::ok);
  CHECK(rig.get(Register::late_entries) == 1);
  CHECK(rig.host.irq());
  REQUIRE(rig.set(Register::irq_pending, 4) == Status::ok);
  CHECK_FALSE(rig.host.irq());
}

TEST_CASE("a host tile that sleeps does what one does that is evaluated in every cycle") {
  std::vector<Event> seen[2];
  for (const bool eager : {false, true}) {
    Rig rig = ready_rig(eager);
    REQUIRE(rig.set(Register::irq_mask, 7) == Status::ok);
    REQUIRE(rig.set(Register::image_tag, 7) == Status::ok);
    for (unsigned i = 0; i < 50; ++i)
      rig.host.access(rig.cycle() + 29 * i,
                      {.write = i % 5 == 0,
                       .address = i % 7 == 0   ? spec::kByteFence
                                  : i % 3 == 0 ? tile_byte(spec::Region::state, i)
                                               : byte_of(static_cast<Register>(i)),
                       .data = 1});
    for (std::uint32_t until = 1; until < 4; ++until)
      rig.write(kHostTile, static_cast<std::uint32_t>(Register::run_until_lo), {until, 0, 7});
    CHECK(rig.host.take_answers().size() == 50);
    seen[eager] = rig.events();
  }
  REQUIRE(seen[0].size() == seen[1].size());
  for (std::size_t i = 0; i < seen[0].size(); ++i) {
    CHECK(seen[0][i].cycle == seen[1][i].cycle);
    CHECK(seen[0][i].data == seen[1][i].data);
  }
}
