// SPDX-License-Identifier: Apache-2.0
// rtl/host/sm_bus_arb.sv with two masters at work: docs/blocks/host_tile.md, "Bus".
#include <doctest/doctest.h>

#include <array>

#include "Vbus_arb.h"
#include "rtl_bench.hpp"

namespace {

using namespace spikemesh::rtl_test;

struct BusRequest {
  unsigned write = 0, tile = 0, addr = 0, data = 0;
  bool operator==(const BusRequest&) const = default;
};

/// A master: asks now and then, and holds what it asks until the answer.
struct Master {
  bool asks = false;
  BusRequest request;
  std::uint64_t answers = 0;
  std::uint64_t passed_over = 0;  ///< answers to the other since this one asks

  void think(Random& random, double eager) {
    if (asks || !random.chance(eager)) return;
    asks = true;
    passed_over = 0;
    request = {static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(1 << 16)),
               static_cast<unsigned>(random.below(1 << 24)),
               static_cast<unsigned>(random.below(1ull << 32))};
  }
};

/// The arbiter, its two masters, and a slave that takes its time.
class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    drive();
    arb_->answer_i = 0;
    arb_.reset();
  }

  /// `eager`: how soon each master asks again; `quick`: how soon the slave answers.
  void cycle(std::array<double, 2> eager, double quick) {
    for (unsigned m = 0; m < 2; ++m) masters_[m].think(random_, eager[m]);
    drive();
    // The slave answers a request from the cycle after it was seen on.
    arb_->answer_i = busy_ && random_.chance(quick);
    arb_.settle();
    check();
    if (arb_->answer_i) answer();
    arb_.edge();
  }
  const Master& master(unsigned m) const { return masters_[m]; }

 private:
  void drive() {
    const auto& [zero, one] = masters_;
    arb_->m0_valid_i = zero.asks;
    arb_->m0_write_i = zero.request.write;
    arb_->m0_tile_i = zero.request.tile;
    arb_->m0_addr_i = zero.request.addr;
    arb_->m0_wdata_i = zero.request.data;
    arb_->m1_valid_i = one.asks;
    arb_->m1_write_i = one.request.write;
    arb_->m1_tile_i = one.request.tile;
    arb_->m1_addr_i = one.request.addr;
    arb_->m1_wdata_i = one.request.data;
  }

  /// The bus shows the request of its owner in the cycle in which it is asked; no one else's.
  void check() {
    const bool any = masters_[0].asks || masters_[1].asks;
    REQUIRE(bool(arb_->valid_o) == any);
    if (!any) return;
    if (!busy_) {
      const bool both = masters_[0].asks && masters_[1].asks;
      owner_ = both ? 1 - last_ : masters_[1].asks;
    }
    const BusRequest seen{arb_->write_o, arb_->tile_o, arb_->addr_o, arb_->wdata_o};
    REQUIRE(seen == masters_[owner_].request);
    REQUIRE(bool(arb_->m0_answer_o) == (arb_->answer_i && owner_ == 0));
    REQUIRE(bool(arb_->m1_answer_o) == (arb_->answer_i && owner_ == 1));
    busy_ = true;
    last_ = owner_;
  }

  void answer() {
    Master& served = masters_[owner_];
    Master& other = masters_[1 - owner_];
    served.asks = false;
    ++served.answers;
    busy_ = false;
    if (!other.asks) return;
    ++other.passed_over;
    REQUIRE(other.passed_over <= 1);
  }

  Random random_;
  Clocked<Vbus_arb> arb_;
  std::array<Master, 2> masters_;
  bool busy_ = false;
  unsigned owner_ = 0, last_ = 1;
};

}  // namespace

TEST_CASE(
    "two masters share the bus: each gets its own answers, and waits for one of the other's") {
  const std::uint64_t seed = 61;
  INFO("seed " << seed);
  Bench bench(seed);
  for (int i = 0; i < 30000; ++i) {
    const int phase = i / 100 % 4;
    bench.cycle({phase == 1 ? 0.05 : 0.7, phase == 2 ? 0.05 : 0.7}, phase == 3 ? 0.1 : 0.6);
  }
  CHECK(bench.master(0).answers > 2000);
  CHECK(bench.master(1).answers > 2000);
}

TEST_CASE("two masters that always wait alternate, and master 0 comes first after a reset") {
  Bench bench(62);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    bench.cycle({1, 1}, 0.5);
    const std::uint64_t zero = bench.master(0).answers, one = bench.master(1).answers;
    REQUIRE((zero == one || zero == one + 1));
  }
  CHECK(bench.master(1).answers > 500);
}

TEST_CASE("a master that is alone pays no cycle for the other's port") {
  for (unsigned alone = 0; alone < 2; ++alone) {
    Bench bench(63 + alone);
    std::uint64_t cycles = 0;
    while (bench.master(alone).answers < 1000) {
      bench.cycle({alone == 0 ? 1.0 : 0.0, alone == 1 ? 1.0 : 0.0}, 1);
      ++cycles;
    }
    CHECK(cycles == 2000);  // seen, answered
    CHECK(bench.master(1 - alone).answers == 0);
  }
}
