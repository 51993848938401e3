// SPDX-License-Identifier: Apache-2.0
// rtl/host/sm_bus_arb.sv with two and three masters at work: docs/blocks/bus.md, "Arbiter".
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "Vbus_arb.h"
#include "Vbus_arb_three.h"
#include "model/host/bus.hpp"
#include "rtl/rtl_bench.hpp"

namespace {

using namespace spikemesh::rtl_test;
using spikemesh::model::BusArbiter;

constexpr unsigned kRequestBits = 73, kMost = 3;

struct BusRequest {
  unsigned write = 0, tile = 0, addr = 0, data = 0;
  bool operator==(const BusRequest&) const = default;
};

/// A master: asks now and then, and holds what it asks until the answer.
struct Master {
  bool asks = false;
  BusRequest request;
  std::uint64_t answers = 0;
  std::array<unsigned, kMost> passed_over{};  ///< answers to each other since this one asks

  void think(Random& random, double eager) {
    if (asks || !random.chance(eager)) return;
    asks = true;
    passed_over = {};
    request = {static_cast<unsigned>(random.below(2)), static_cast<unsigned>(random.below(1 << 16)),
               static_cast<unsigned>(random.below(1 << 24)),
               static_cast<unsigned>(random.below(1ull << 32))};
  }
};

template <class Words>
void put_bits(Words& words, unsigned at, unsigned bits, std::uint64_t value) {
  for (unsigned i = 0; i < bits; ++i, ++at) {
    const std::uint32_t bit = 1u << at % 32;
    words[at / 32] = (words[at / 32] & ~bit) | ((value >> i & 1) != 0 ? bit : 0);
  }
}

template <class Words>
unsigned get_bits(const Words& words, unsigned at, unsigned bits) {
  unsigned value = 0;
  for (unsigned i = 0; i < bits; ++i, ++at) value |= (words[at / 32] >> at % 32 & 1) << i;
  return value;
}

/// The arbiter, its masters, and a slave that takes its time. Who has the bus is what the model's
/// arbiter says.
template <class Arbiter, unsigned kMasters>
class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed) {
    drive();
    arb_->answer_i = 0;
    arb_.reset();
  }

  /// `eager`: how soon each master asks again; `quick`: how soon the slave answers.
  void cycle(std::array<double, kMasters> eager, double quick) {
    for (unsigned m = 0; m < kMasters; ++m) masters_[m].think(random_, eager[m]);
    drive();
    // The slave answers a request from the cycle after it was seen on.
    arb_->answer_i = busy_ && random_.chance(quick);
    arb_.settle();
    check();
    busy_ = asks() != 0 && !arb_->answer_i;
    if (arb_->answer_i) answer(model_.owner(asks()));
    model_.commit(seen_, arb_->answer_i);
    arb_.edge();
  }
  const Master& master(unsigned m) const { return masters_[m]; }

 private:
  std::uint32_t asks() const {
    std::uint32_t mask = 0;
    for (unsigned m = 0; m < kMasters; ++m) mask |= (masters_[m].asks ? 1u : 0u) << m;
    return mask;
  }

  void drive() {
    seen_ = asks();
    arb_->valid_i = static_cast<std::uint8_t>(seen_);
    for (unsigned m = 0; m < kMasters; ++m) {
      const unsigned base = m * kRequestBits;
      const BusRequest& request = masters_[m].request;
      put_bits(arb_->request_i, base, 32, request.data);
      put_bits(arb_->request_i, base + 32, 24, request.addr);
      put_bits(arb_->request_i, base + 56, 16, request.tile);
      put_bits(arb_->request_i, base + 72, 1, request.write);
    }
  }

  /// The bus shows the request of its owner in the cycle in which it is asked; no one else's.
  void check() {
    REQUIRE(bool(arb_->valid_o) == (seen_ != 0));
    if (seen_ == 0) return;
    const unsigned owner = model_.owner(seen_);
    REQUIRE(arb_->master_o == owner);
    const BusRequest shown{get_bits(arb_->request_o, 72, 1), get_bits(arb_->request_o, 56, 16),
                           get_bits(arb_->request_o, 32, 24), get_bits(arb_->request_o, 0, 32)};
    REQUIRE(shown == masters_[owner].request);
    REQUIRE(arb_->answer_o == (arb_->answer_i ? 1u << owner : 0u));
  }

  void answer(unsigned owner) {
    masters_[owner].asks = false;
    ++masters_[owner].answers;
    for (Master& other : masters_) {
      if (!other.asks) continue;
      ++other.passed_over[owner];
      REQUIRE(other.passed_over[owner] <= 1);
    }
  }

  Random random_;
  Clocked<Arbiter> arb_;
  BusArbiter model_{kMasters};
  std::array<Master, kMasters> masters_;
  bool busy_ = false;
  std::uint32_t seen_ = 0;  ///< who asks in this cycle
};

using Two = Bench<Vbus_arb, 2>;
using Three = Bench<Vbus_arb_three, 3>;

}  // namespace

TEST_CASE("masters share the bus: each gets its own answers, and waits once for each other's") {
  const std::uint64_t seed = 61;
  INFO("seed " << seed);
  Two two(seed);
  Three three(seed + 1);
  for (int i = 0; i < 30000; ++i) {
    const int phase = i / 100 % 4;
    const double first = phase == 1 ? 0.05 : 0.7, second = phase == 2 ? 0.05 : 0.7;
    const double quick = phase == 3 ? 0.1 : 0.6;
    two.cycle({first, second}, quick);
    three.cycle({first, second, 0.3}, quick);
  }
  for (unsigned m = 0; m < 2; ++m) CHECK(two.master(m).answers > 2000);
  for (unsigned m = 0; m < 3; ++m) CHECK(three.master(m).answers > 1500);
}

TEST_CASE("masters that always wait take turns, and master 0 comes first after a reset") {
  Two two(62);
  Three three(63);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    two.cycle({1, 1}, 0.5);
    three.cycle({1, 1, 1}, 0.5);
    const auto in_turn = [](const auto& bench, unsigned masters) {
      for (unsigned m = 1; m < masters; ++m) {
        const std::uint64_t before = bench.master(m - 1).answers, after = bench.master(m).answers;
        REQUIRE((before == after || before == after + 1));
      }
    };
    in_turn(two, 2);
    in_turn(three, 3);
  }
  CHECK(three.master(2).answers > 500);
}

TEST_CASE("a master that is alone pays no cycle for the others' ports") {
  for (unsigned alone = 0; alone < 3; ++alone) {
    Three bench(65 + alone);
    std::uint64_t cycles = 0;
    while (bench.master(alone).answers < 1000) {
      bench.cycle({alone == 0 ? 1.0 : 0.0, alone == 1 ? 1.0 : 0.0, alone == 2 ? 1.0 : 0.0}, 1);
      ++cycles;
    }
    CHECK(cycles == 2000);  // seen, answered
    CHECK(bench.master((alone + 1) % 3).answers == 0);
  }
}
