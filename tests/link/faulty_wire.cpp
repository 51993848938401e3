// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/faulty_wire.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace spikemesh::sim;

namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr WireTime kEver = ~WireTime{0};

Bytes count_up(std::size_t count) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(i % 100);
  return bytes;
}

Bytes through(FaultyWire& wire, const Bytes& bytes) {
  for (const std::uint8_t byte : bytes) wire.put(0, byte);
  Bytes out;
  for (const auto& symbol : wire.take(kEver)) {
    if (symbol.low == 0) out.push_back(symbol.byte);
  }
  return out;
}

FaultyWire wire_with(Fault fault, double rate) {
  WireFaults faults;
  faults[fault] = rate;
  return FaultyWire(faults, 7, 1000);
}

std::uint64_t done(const FaultyWire& wire, Fault fault) {
  return wire.done()[static_cast<std::size_t>(fault)];
}

}  // namespace

TEST_CASE("a wire without faults passes every byte in its time") {
  FaultyWire wire({}, 1, 1000);
  for (const std::uint8_t byte : {1, 2, 3}) wire.put(500, byte);
  CHECK(wire.next() == 1500);
  CHECK(wire.take(1499).empty());
  CHECK(wire.take(2500).size() == 2);
  CHECK(wire.take(kEver).front().at == 3500);
  CHECK(wire.faults_done() == 0);
}

TEST_CASE("each fault does to bytes what its name says, as often as its rate") {
  const Bytes sent = count_up(100'000);
  for (const Fault fault : {Fault::drop, Fault::flip, Fault::twice, Fault::insert}) {
    CAPTURE(kFaultNames[static_cast<std::size_t>(fault)]);
    FaultyWire wire = wire_with(fault, 0.01);
    const Bytes got = through(wire, sent);
    const auto often = static_cast<std::ptrdiff_t>(done(wire, fault));
    CHECK(often > 850);
    CHECK(often < 1150);
    CHECK(wire.faults_done() == done(wire, fault));
    const auto grown =
        static_cast<std::ptrdiff_t>(got.size()) - static_cast<std::ptrdiff_t>(sent.size());
    CHECK(grown == (fault == Fault::drop ? -often : fault == Fault::flip ? 0 : often));
    if (fault != Fault::flip) continue;
    std::ptrdiff_t other = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) other += got[i] != sent[i];
    CHECK(other == often);
  }
}

TEST_CASE("a delay holds up a byte and all behind it, in order") {
  FaultyWire wire = wire_with(Fault::delay, 0.001);
  for (const std::uint8_t byte : count_up(10'000)) wire.put(0, byte);
  const auto got = wire.take(kEver);
  CHECK(got.size() == 10'000);
  CHECK(std::is_sorted(got.begin(), got.end(),
                       [](const auto& a, const auto& b) { return a.at < b.at; }));
  CHECK(done(wire, Fault::delay) > 3);
  CHECK(got.back().at > 10'000'000 + 100'000'000);
}

TEST_CASE("a break loses bytes for its time, and a cut for as long as it lasts") {
  FaultyWire wire = wire_with(Fault::hold, 1e-3);  // 100 bytes long each
  const Bytes got = through(wire, count_up(10'000));
  CHECK(done(wire, Fault::hold) > 2);
  CHECK(10'000 - got.size() <= 100 * done(wire, Fault::hold));
  CHECK(10'000 - got.size() >= 50 * done(wire, Fault::hold));
  FaultyWire whole({}, 1);
  whole.cut(true);
  CHECK(through(whole, count_up(10)).empty());
  whole.cut(false);
  CHECK(through(whole, count_up(10)).size() == 10);
}

TEST_CASE("frames are lost whole, or older ones come again whole") {
  Bytes sent;
  for (int frame = 0; frame < 2000; ++frame) {
    sent.insert(sent.end(), {0xC0, static_cast<std::uint8_t>(frame % 150), 1, 2, 0xC0});
  }
  FaultyWire losing = wire_with(Fault::lose, 0.02);
  const Bytes left = through(losing, sent);
  CHECK(done(losing, Fault::lose) > 100);
  CHECK(left.size() == sent.size() - 5 * done(losing, Fault::lose));
  FaultyWire repeating = wire_with(Fault::stale, 0.02);
  const Bytes more = through(repeating, sent);
  CHECK(done(repeating, Fault::stale) > 100);
  CHECK(more.size() == sent.size() + 5 * done(repeating, Fault::stale));
}

TEST_CASE("the same seed hurts the same bytes, another seed others") {
  WireFaults faults;
  for (const Fault fault : {Fault::drop, Fault::flip, Fault::twice, Fault::insert, Fault::burst}) {
    faults[fault] = 0.003;
  }
  FaultyWire first(faults, 5), same(faults, 5), other(faults, 6);
  const Bytes sent = count_up(5000), got = through(first, sent);
  CHECK(got == through(same, sent));
  CHECK(got != through(other, sent));
}
