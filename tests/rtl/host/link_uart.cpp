// SPDX-License-Identifier: Apache-2.0
// The UART of the chip, cycle by cycle as docs/blocks/link.md says it, seen from the pins and the
// retire stream.
#include <doctest/doctest.h>

#include "rtl/chip_fixture.hpp"

namespace spikemesh::test {
namespace {

using spec::Register;

constexpr unsigned kPinToRx = 2;  // registers between the pin and what the receiver sees

/// Sets the chip's divisor over the link, as a host would.
void set_divisor(ChipFixture& chip, unsigned divisor) {
  CHECK(chip.write(Register::uart_divisor, divisor) == code(spec::Status::ok));
  chip.host.set_divisor(divisor);
}

void drive_byte(ChipFixture& chip, std::uint64_t start, unsigned divisor, std::uint32_t byte,
                bool stop) {
  const std::uint32_t bits = std::uint32_t{stop} << 9 | byte << 1;
  for (unsigned i = 0; i < 10; ++i) chip.device->set_rx(start + i * divisor, bits >> i & 1);
  chip.device->set_rx(start + 10 * divisor, true);
}

TEST_CASE("a byte is received in the cycle in which its stop bit is sampled, at any divisor") {
  for (const unsigned divisor : {4u, 5u, 8u, 13u, 64u}) {
    CAPTURE(divisor);
    ChipFixture chip(sim::Link::pins);
    chip.host.wait_boundary();
    if (divisor != chip.build.uart_divisor) set_divisor(chip, divisor);
    REQUIRE(chip.read(Register::uart_divisor) == divisor);
    const std::size_t before = chip.log.of(EventKind::byte_in).size();
    const std::uint64_t start = chip.device->cycle() + 7;
    drive_byte(chip, start, divisor, 0xA5, true);
    drive_byte(chip, start + 10 * divisor, divisor, 0x3C, true);
    chip.device->advance(start + 40 * divisor);
    const std::vector<Event> bytes = chip.log.of(EventKind::byte_in);
    REQUIRE(bytes.size() == before + 2);
    CHECK(bytes[before].as<spec::ByteInEvent>().data == 0xA5);
    CHECK(bytes[before].cycle == start + kPinToRx + divisor / 2 + 9 * divisor);
    CHECK(bytes[before + 1].as<spec::ByteInEvent>().data == 0x3C);
    CHECK(bytes[before + 1].cycle == start + kPinToRx + divisor / 2 + 19 * divisor);
  }
}

TEST_CASE(
    "a byte on the tx pin takes ten bit times from the cycle after its acceptance, without gaps") {
  for (const unsigned divisor : {4u, 5u, 8u}) {
    CAPTURE(divisor);
    ChipFixture chip(sim::Link::pins);
    if (divisor != chip.build.uart_divisor) set_divisor(chip, divisor);
    chip.host.wait_boundary();
    chip.device->take_tx();
    const std::size_t before = chip.log.of(EventKind::byte_out).size();
    chip.host.send(slip(frame_of({})));
    while (!chip.device->idle()) chip.device->advance(chip.device->cycle() + 1000);
    const std::vector<Event> bytes = chip.log.of(EventKind::byte_out);
    REQUIRE(bytes.size() > before + spec::kReplyHeader);
    std::vector<sim::PinChange> expected;
    bool level = true;
    for (std::size_t i = before; i < bytes.size(); ++i) {
      const std::uint32_t bits = 1u << 9 | bytes[i].as<spec::ByteOutEvent>().data << 1;
      for (unsigned k = 0; k < 10; ++k) {
        if ((bits >> k & 1) == level) continue;
        level = !level;
        expected.push_back({bytes[i].cycle + 1 + k * divisor, level});
      }
    }
    const std::vector<sim::PinChange> seen = chip.device->take_tx();
    REQUIRE(seen.size() == expected.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      CHECK(seen[i].cycle == expected[i].cycle);
      CHECK(seen[i].level == expected[i].level);
    }
    CHECK(bytes[before + 1].cycle == bytes[before].cycle + 10 * divisor);
  }
}

TEST_CASE("a new divisor holds from the end of the reply to its write on") {
  ChipFixture chip(sim::Link::pins);
  chip.host.wait_boundary();
  set_divisor(chip, 4);  // the reply was read with the old divisor inside
  CHECK(chip.read(Register::uart_divisor) == 4);
  CHECK(chip.write(Register::uart_divisor, 3) == code(spec::Status::bad_value));
  CHECK(chip.write(Register::uart_divisor, 65536) == code(spec::Status::bad_value));
  CHECK(chip.read(Register::uart_divisor) == 4);
}

TEST_CASE(
    "a byte with a low stop bit is dropped and counted, and the receiver waits for a high pin") {
  ChipFixture chip(sim::Link::pins);
  chip.host.wait_boundary();
  const unsigned divisor = chip.build.uart_divisor;
  const std::size_t before = chip.log.of(EventKind::byte_in).size();
  const std::uint64_t start = chip.device->cycle() + 3;
  chip.device->set_rx(start, false);
  chip.device->set_rx(start + 25 * divisor, true);
  chip.device->advance(start + 40 * divisor);
  CHECK(chip.log.of(EventKind::byte_in).size() == before);
  CHECK(chip.read(Register::framing_errors) == 1);
}

TEST_CASE("a glitch shorter than half a bit is no byte and no error") {
  ChipFixture chip(sim::Link::pins);
  chip.host.wait_boundary();
  const std::size_t before = chip.log.of(EventKind::byte_in).size();
  const std::uint64_t start = chip.device->cycle() + 3;
  chip.device->set_rx(start, false);
  chip.device->set_rx(start + chip.build.uart_divisor / 2, true);
  chip.device->advance(start + 1000);
  CHECK(chip.log.of(EventKind::byte_in).size() == before);
  CHECK(chip.read(Register::framing_errors) == 0);
}

TEST_CASE("bytes beyond the receive buffer are dropped and counted, and the link recovers") {
  ChipFixture chip(sim::Link::pins);
  chip.host.wait_boundary();
  // Each reply is nine times as long as its request, so requests pile up.
  const std::vector<std::uint8_t> request = slip(frame_of({.length = 32, .data = {}}));
  constexpr unsigned kRequests = 40;
  for (unsigned i = 0; i < kRequests; ++i) chip.host.send(request);
  unsigned replies = 0;
  while (chip.host.receive()) ++replies;
  CHECK(chip.device->idle());
  CHECK(replies > 0);
  CHECK(replies < kRequests);
  const std::uint32_t frames = chip.read(Register::frames);
  CHECK(chip.read(Register::rx_overflows) > 0);
  CHECK(frames == chip.read(Register::frames) - 2);
}

}  // namespace
}  // namespace spikemesh::test
