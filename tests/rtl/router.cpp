// SPDX-License-Identifier: Apache-2.0
// rtl/noc/sm_router.sv against docs/blocks/noc.md, cycle by cycle, with random back-pressure.
#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <optional>

#include "Vrouter.h"
#include "rtl_bench.hpp"

namespace {

using namespace spikemesh::rtl_test;
constexpr int kLocal = 0, kNorth = 1, kEast = 2, kSouth = 3, kWest = 4, kPorts = 5;
constexpr std::size_t kDepth = 3;  // RouterDepth of the Verilated router

int route(const Flit& flit, unsigned x, unsigned y) {
  if (flit.host) return x > 0 ? kWest : y > 0 ? kNorth : kWest;
  if (flit.x != x) return flit.x > x ? kEast : kWest;
  if (flit.y != y) return flit.y > y ? kSouth : kNorth;
  return kLocal;
}

/// The page's router in plain queues: who takes what in this cycle, from the state before it.
struct Reference {
  std::array<std::deque<Flit>, kPorts> buffer;
  std::array<int, kPorts> last{};

  std::array<std::optional<int>, kPorts> grants(unsigned x, unsigned y, unsigned ready) const {
    std::array<std::optional<int>, kPorts> result;
    for (int out = 0; out < kPorts; ++out) {
      if (!(ready >> out & 1)) continue;
      for (int k = 1; k <= kPorts && !result[out]; ++k) {
        const int in = (last[out] + k) % kPorts;
        if (!buffer[in].empty() && route(buffer[in].front(), x, y) == out) result[out] = in;
      }
    }
    return result;
  }
};

/// Whether XY order lets a flit arrive at tile (x, y) by this port.
bool arrives(const Flit& flit, int port, unsigned x, unsigned y) {
  switch (port) {
    case kNorth:
      return !flit.host && flit.x == x && flit.y >= y;
    case kEast:
      return flit.host || flit.x <= x;
    case kSouth:
      return flit.host ? x == 0 : flit.x == x && flit.y <= y;
    case kWest:
      return !flit.host && flit.x >= x;
    default:
      return true;
  }
}

Flit random_flit(Random& random, std::uint32_t tag) {
  Flit flit;
  flit.data = tag;
  flit.addr = static_cast<std::uint32_t>(random.below(1 << 20));
  flit.x = static_cast<std::uint32_t>(random.below(4));
  flit.y = static_cast<std::uint32_t>(random.below(4));
  flit.host = random.chance(0.2);
  flit.kind = static_cast<std::uint32_t>(random.below(4));
  return flit;
}

Flit random_arrival(Random& random, std::uint32_t tag, int port, unsigned x, unsigned y) {
  Flit flit = random_flit(random, tag);
  while (!arrives(flit, port, x, y)) flit = random_flit(random, tag);
  return flit;
}

void start(Clocked<Vrouter>& router, unsigned x, unsigned y) {
  router->x_i = x;
  router->y_i = y;
  router->valid_i = 0;
  router->ready_i = 0;
  router.reset();
}

/// Runs random traffic through tile (x, y) and gives the flits that came out at each port.
std::array<int, kPorts> compare(unsigned x, unsigned y, double load, double ready,
                                std::uint64_t seed) {
  Random random(seed);
  Clocked<Vrouter> router;
  start(router, x, y);
  Reference reference;
  std::array<int, kPorts> moved{};
  for (std::uint32_t cycle = 0; cycle < 3000; ++cycle) {
    unsigned valid = 0, readies = 0;
    std::array<Flit, kPorts> offer;
    for (unsigned port = 0; port < kPorts; ++port) {
      offer[port] = random_arrival(random, cycle * 8 + port, int(port), x, y);
      offer[port].to(router->flit_i, port);
      valid |= unsigned{random.chance(load)} << port;
      readies |= unsigned{random.chance(ready)} << port;
    }
    router->valid_i = valid;
    router->ready_i = readies;
    router.settle();
    bool busy = false;
    const auto grants = reference.grants(x, y, readies);
    for (unsigned port = 0; port < kPorts; ++port) {
      busy |= !reference.buffer[port].empty();
      REQUIRE((router->ready_o >> port & 1) == (reference.buffer[port].size() < kDepth));
      REQUIRE((router->valid_o >> port & 1) == grants[port].has_value());
      if (grants[port])
        REQUIRE(Flit::from(router->flit_o, port) == reference.buffer[*grants[port]].front());
    }
    REQUIRE(bool(router->busy_o) == busy);
    const unsigned accepted = valid & router->ready_o;
    for (unsigned port = 0; port < kPorts; ++port) {
      if (!grants[port]) continue;
      reference.buffer[*grants[port]].pop_front();
      reference.last[port] = *grants[port];
      ++moved[port];
    }
    for (unsigned port = 0; port < kPorts; ++port) {
      if (accepted >> port & 1) reference.buffer[port].push_back(offer[port]);
    }
    router.edge();
  }
  return moved;
}

}  // namespace

TEST_CASE(
    "a router moves what the page says in every cycle, whatever the load and the back-pressure") {
  std::uint64_t seed = 1;
  for (unsigned x : {0u, 2u}) {
    for (unsigned y : {0u, 1u}) {
      for (double load : {0.2, 1.0}) {
        for (double ready : {0.3, 1.0}) {
          CAPTURE(seed);
          const auto moved = compare(x, y, load, ready, seed++);
          CHECK(moved[kLocal] > 0);
          CHECK(moved[kEast] > 0);
          CHECK(moved[kSouth] > 0);
          CHECK(moved[kWest] + moved[kNorth] > 0);  // in column 0 the way to the host is north
        }
      }
    }
  }
}

TEST_CASE("a flit to the host goes west, then north, then west into the host link") {
  Flit flit;
  flit.host = 1;
  flit.x = flit.y = 63;  // a label, not a place
  CHECK(route(flit, 3, 2) == kWest);
  for (const auto& [x, y, port] :
       {std::array{3u, 2u, 4u}, {0u, 2u, 1u}, {0u, 0u, 4u}, {1u, 0u, 4u}}) {
    Clocked<Vrouter> router;
    start(router, x, y);
    flit.to(router->flit_i, kLocal);
    router->valid_i = 1u << kLocal;
    router->ready_i = 31;
    router.settle();
    CHECK(router->valid_o == 0);  // one cycle in the buffer
    router.edge();
    router->valid_i = 0;
    router.settle();
    CHECK(router->valid_o == 1u << port);
    router.edge();
  }
}

TEST_CASE("after a reset the first search of every output starts at north") {
  Clocked<Vrouter> router;
  start(router, 1, 1);
  Flit flit;
  flit.x = flit.y = 1;
  for (unsigned port = 0; port < kPorts; ++port) {
    flit.data = port;
    flit.to(router->flit_i, port);
  }
  router->valid_i = 31;
  router.settle();
  router.edge();
  router->valid_i = 0;
  router->ready_i = 31;
  for (const int expected : {kNorth, kEast, kSouth, kWest, kLocal}) {
    router.settle();
    REQUIRE(router->valid_o == 1u << kLocal);
    CHECK(Flit::from(router->flit_o, kLocal).data == static_cast<unsigned>(expected));
    router.edge();
  }
}
