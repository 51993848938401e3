// SPDX-License-Identifier: Apache-2.0
// The self-test of firmware/monitor on the model of a chip in which faults are planted.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "firmware/monitor/monitor.h"
#include "firmware/on_host.hpp"
#include "model/core/tile_memory.hpp"
#include "spikemesh/build.hpp"
#include "spikemesh/link/self_test.hpp"

extern "C" int monitor_main(void);

namespace {

using namespace spikemesh;
using namespace spikemesh::test;
using model::BrokenLink;
using model::Faults;
using model::LinkDefect;
using model::StuckBit;

SelfTestReport test_chip(const spec::Build& build, const Faults& faults) {
  CoreOnHost core(build, faults);
  CoreMessages messages;
  SelfTestReader reader;
  std::uint32_t command = MONITOR_TEST;
  for (unsigned resets = 0; !reader.done() && resets < 1000; ++resets) {
    core.reset();
    const auto end = core.run(monitor_main, {command});
    REQUIRE(end != CoreOnHost::End::exited);
    if (end == CoreOnHost::End::stopped) {
      CAPTURE(core.stop_address);
      REQUIRE(core.stop_status == spec::Status::timeout);
      messages = {};
    }
    bool reset = end == CoreOnHost::End::stopped;
    for (const CoreMessage& message : messages.take(core.receive())) {
      reader.take(message);
      reset |= reader.wants_reset();
    }
    REQUIRE((reset || reader.done()));
    command = MONITOR_RESUME;
  }
  REQUIRE(reader.done());
  return reader.report();
}

std::uint16_t frame_tile(std::uint32_t x, std::uint32_t y) {
  return static_cast<std::uint16_t>(spec::Tile{.x = x, .y = y}.pack());
}

/// What the report has to say of a link, and nothing else.
LinkFault expected(const BrokenLink& link) {
  LinkFault fault;
  fault.tile = link.from_host ? spec::Tile{.host = 1}.pack() : frame_tile(link.x, link.y);
  fault.port = link.from_host ? spec::Port::east : link.port;
  fault.kind = static_cast<LinkFaultKind>(link.defect);
  if (link.defect == LinkDefect::stuck) fault.bits = 1u << link.bit, fault.value = link.value;
  return fault;
}

std::string name(const BrokenLink& link) {
  return fmt::format("link {} ({},{}) port {} defect {} bit {} value {}",
                     link.from_host ? "from host" : "from", link.x, link.y,
                     static_cast<unsigned>(link.port), static_cast<unsigned>(link.defect), link.bit,
                     link.value);
}

void check_link(const spec::Build& build, const BrokenLink& link) {
  CAPTURE(name(link));
  const SelfTestReport report = test_chip(build, {.bits = {}, .links = {link}});
  CAPTURE(to_text(report));
  REQUIRE(report.links.size() == 1);
  CHECK(report.links.front() == expected(link));
  CHECK(report.memories.empty());
}

/// All links of a build, with the two ends of that to the host.
std::vector<BrokenLink> links_of(const spec::Build& build) {
  std::vector<BrokenLink> links{{.from_host = true, .port = spec::Port::east}};
  for (std::uint32_t y = 0; y < build.mesh_h; ++y)
    for (std::uint32_t x = 0; x < build.mesh_w; ++x)
      for (unsigned port = 1; port < spec::kPorts; ++port) {
        const BrokenLink link{.x = x, .y = y, .port = static_cast<spec::Port>(port)};
        if (model::has_link(build, link)) links.push_back(link);
      }
  return links;
}

/// Requests or replies pass on it, and not spikes alone.
bool carries_data(const BrokenLink& link) {
  if (link.from_host || link.port == spec::Port::south || link.port == spec::Port::west)
    return true;
  return link.port == spec::Port::east ? link.y == 0 : link.x == 0;
}

/// Bits that the test cannot set: of `mode`, which has one legal value.
bool legal(const StuckBit& bit) {
  const auto region = static_cast<spec::Region>(spec::TileAddr::unpack(bit.address).region);
  return bit.value || region != spec::Region::fanout || bit.bit < 25;
}

StuckBit draw_bit(const spec::Build& build, std::mt19937_64& random) {
  for (;;) {
    StuckBit bit{.x = static_cast<std::uint32_t>(random() % build.mesh_w),
                 .y = static_cast<std::uint32_t>(random() % build.mesh_h),
                 .address = 0,
                 .bit = static_cast<unsigned>(random() % 32),
                 .value = random() % 2 != 0};
    const auto region = static_cast<spec::Region>(random() % 13);
    const std::uint32_t words = spec::region_words(build, region);
    bit.address = model::tile_address(region, static_cast<std::uint32_t>(random() % words));
    if (model::has_bit(build, bit) && legal(bit)) return bit;
  }
}

/// A test with `count` stuck bits in words of their own; each has to be named.
void check_bits(const spec::Build& build, unsigned count, std::mt19937_64& random) {
  Faults faults;
  while (faults.bits.size() < count) {
    const StuckBit bit = draw_bit(build, random);
    bool other = true;
    for (const StuckBit& had : faults.bits)
      other &= had.address != bit.address || had.x != bit.x || had.y != bit.y;
    if (other) faults.bits.push_back(bit);
  }
  const SelfTestReport report = test_chip(build, faults);
  CAPTURE(to_text(report));
  CHECK(report.links.empty());
  CHECK(report.memories.size() == faults.bits.size());
  for (const StuckBit& bit : faults.bits) {
    const std::uint32_t mask = 1u << bit.bit;
    const MemoryFault wanted{frame_tile(bit.x, bit.y), bit.address, bit.value ? mask : 0,
                             bit.value ? 0 : mask};
    CAPTURE(wanted.address);
    CAPTURE(bit.bit);
    CHECK(std::count(report.memories.begin(), report.memories.end(), wanted) == 1);
  }
}

std::uint64_t seed() {
  const char* const given = std::getenv("SPIKEMESH_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 1;
  MESSAGE("SPIKEMESH_SEED=" << seed);
  return seed;
}

}  // namespace

TEST_CASE("a chip without a fault passes its self-test, and all of it is tested") {
  for (const char* const build_name : {"tiny", "odd"}) {
    CAPTURE(build_name);
    const spec::Build build = load_build(build_name);
    const SelfTestReport report = test_chip(build, {});
    CAPTURE(to_text(report));
    CHECK(report.good());
    std::uint32_t words = 2 * build.ring_in;
    for (unsigned region = 0; region < 13; ++region)
      if (spec::region_writable(static_cast<spec::Region>(region)))
        words += build.mesh_w * build.mesh_h *
                 spec::region_words(build, static_cast<spec::Region>(region));
    CHECK(report.tested_words == words);
    CHECK(report.tested_links == links_of(build).size());
  }
}

TEST_CASE("the self-test names stuck bits and broken links") {
  std::mt19937_64 random(seed());
  const spec::Build tiny = load_build("tiny");
  check_bits(tiny, 8, random);
  for (const LinkDefect defect : {LinkDefect::never_ready, LinkDefect::never_valid}) {
    check_link(tiny, {.from_host = true, .port = spec::Port::east, .defect = defect});
    check_link(tiny, {.defect = defect});
  }
  const spec::Build odd = load_build("odd");
  check_link(odd, {.x = 1, .y = 1, .port = spec::Port::east, .defect = LinkDefect::never_ready});
  check_link(odd,
             {.x = 1, .y = 0, .port = spec::Port::south, .defect = LinkDefect::stuck, .bit = 7});
}

TEST_CASE("every stuck bit and broken link of many is named" * doctest::skip()) {
  std::mt19937_64 random(seed());
  unsigned bits = 0, links = 0;
  for (const char* const build_name : {"tiny", "odd"}) {
    const spec::Build build = load_build(build_name);
    for (unsigned i = 0; i < 5; ++i, bits += 20) check_bits(build, 20, random);
    for (BrokenLink link : links_of(build)) {
      for (const LinkDefect defect : {LinkDefect::never_ready, LinkDefect::never_valid}) {
        link.defect = defect;
        check_link(build, link);
        ++links;
      }
      if (!carries_data(link)) continue;
      link.defect = LinkDefect::stuck;
      for (const bool value : {false, true}) {
        link.bit = static_cast<unsigned>(random() % 32);
        link.value = value;
        check_link(build, link);
        ++links;
      }
    }
  }
  MESSAGE(bits << " stuck bits and " << links << " broken links");
  CHECK(bits >= 100);
  CHECK(links >= 20);
}
