// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/uart_ends.hpp"

#include <doctest/doctest.h>

#include <random>

#include "fake_device.hpp"
#include "sim/wire/wire.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh::sim {
namespace {

std::vector<std::uint8_t> values(const std::vector<TimedByte>& bytes) {
  std::vector<std::uint8_t> out;
  for (const TimedByte& byte : bytes) out.push_back(byte.byte);
  return out;
}

std::vector<std::uint8_t> random_bytes(std::size_t count) {
  std::mt19937_64 random(7);
  std::vector<std::uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

/// The bus answers a write of the register in cycle 100.
Event divisor_written(std::uint32_t value, spec::Status status) {
  return Event::of(100, kHostTile, 0,
                   spec::BusEvent{.data = value,
                                  .addr = static_cast<std::uint32_t>(spec::Register::uart_divisor),
                                  .tile = kHostTile,
                                  .write = 1,
                                  .status = static_cast<std::uint32_t>(status)});
}

Event byte_out(std::uint64_t cycle, std::uint32_t byte) {
  return Event::of(cycle, kHostTile, 0, spec::ByteOutEvent{.data = byte});
}

}  // namespace

TEST_CASE("bytes survive the way over both pins, at every divisor") {
  const auto bytes = random_bytes(300);
  for (const std::uint32_t divisor : {4u, 5u, 8u, 13u, 868u}) {
    CAPTURE(divisor);
    FakeDevice device;
    UartSender sender(divisor);
    UartReceiver receiver(divisor);
    for (const auto byte : bytes) sender.push(100, byte);
    std::vector<TimedByte> got;
    while (!sender.empty() || !device.idle()) {
      sender.drive(device, device.cycle() + 1000);
      device.advance(device.cycle() + 1000);
      for (const PinChange& change : device.take_tx()) receiver.on(change, got);
    }
    receiver.run(device.cycle() + 20 * divisor, got);
    CHECK(values(got) == bytes);
    CHECK(receiver.framing_errors() == 0);
    // Ten bits a byte, without gaps, from cycle 100 on.
    CHECK(sender.free_at() == 100 + 10ull * divisor * bytes.size());
  }
}

TEST_CASE("a byte is ten bits of the divisor, least significant bit first") {
  FakeDevice device;
  UartSender sender(8);
  sender.push(50, 0x01);
  const auto begun = sender.drive(device, 100);
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].cycle == 50);
  device.advance(1000);
  const auto changes = device.take_tx();
  REQUIRE(changes.size() == 4);
  const std::uint64_t delay = FakeDevice::kDelay;
  CHECK(changes[0].cycle == 50 + delay);   // start bit
  CHECK(changes[1].cycle == 58 + delay);   // bit 0 is one
  CHECK(changes[2].cycle == 66 + delay);   // bit 1 is zero
  CHECK(changes[3].cycle == 122 + delay);  // stop bit
  CHECK_FALSE(changes[0].level);
  CHECK(changes[3].level);
}

TEST_CASE("a low stop bit is counted and the receiver resynchronizes") {
  UartReceiver receiver(8);
  std::vector<TimedByte> got;
  receiver.on({100, false}, got);  // low for far longer than a byte: a break
  receiver.on({400, true}, got);
  CHECK(receiver.framing_errors() == 1);
  CHECK(got.empty());
  receiver.on({500, false}, got);  // 0xff
  receiver.on({508, true}, got);
  receiver.run(700, got);
  REQUIRE(got.size() == 1);
  CHECK(got[0].byte == 0xff);
  CHECK(receiver.framing_errors() == 1);
}

TEST_CASE("a glitch shorter than half a bit is no byte") {
  UartReceiver receiver(8);
  std::vector<TimedByte> got;
  receiver.on({100, false}, got);
  receiver.on({103, true}, got);
  receiver.run(1000, got);
  CHECK(got.empty());
  CHECK(receiver.framing_errors() == 0);
}

TEST_CASE("a divisor that no chip can have is refused") {
  CHECK_THROWS_WITH_AS(UartSender(3), doctest::Contains("UART divisor 3: 4..65535"), InputError);
  CHECK_THROWS_AS(UartReceiver(65536), InputError);
}

TEST_CASE("the wire follows the chip to a new divisor after the reply") {
  // The bus takes the write, the reply's two ENDs go out; ten bits later the new divisor holds.
  FakeDevice device({divisor_written(20, spec::Status::ok), byte_out(200, spec::kSlipEnd),
                     byte_out(300, 0x11), byte_out(400, spec::kSlipEnd),
                     Event::of(900, kHostTile, 0, spec::ByteInEvent{})});
  Wire wire(device, Link::pins);
  wire.run(300);
  CHECK(wire.divisor() == 8);
  while (device.cycle() < 481) wire.run(device.cycle() + 20);
  CHECK(device.cycle() == 481);
  CHECK(wire.divisor() == 20);
  const std::uint8_t byte = 0x5a;
  wire.send({&byte, 1});
  std::vector<TimedByte> got;
  std::vector<TimedByte> begun;
  while (!wire.idle()) {
    for (const auto& sent : wire.run(device.cycle() + 50)) got.push_back(sent);
    begun.insert(begun.end(), wire.begun().begin(), wire.begun().end());
  }
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].cycle == 481);
}

TEST_CASE("a divisor that the chip refuses changes nothing") {
  FakeDevice device({divisor_written(3, spec::Status::bad_value), byte_out(200, spec::kSlipEnd),
                     byte_out(400, spec::kSlipEnd),
                     Event::of(900, kHostTile, 0, spec::ByteInEvent{})});
  Wire wire(device, Link::pins);
  while (!wire.idle()) wire.run(device.cycle() + 50);
  CHECK(wire.divisor() == 8);
}

}  // namespace spikemesh::sim
