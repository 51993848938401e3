// SPDX-License-Identifier: Apache-2.0
// rtl/host/sm_axi_lite.sv before a word port of the test's own (docs/blocks/axi.md).
#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "Vaxi_lite.h"
#include "Vaxi_lite_okay.h"
#include "axi_master.hpp"

namespace {

using namespace spikemesh;
using namespace spikemesh::rtl_test;
using spec::Status;

/// A memory behind the ports port_*: it takes an access when it likes and answers it when it likes.
/// The status is random; a write that is not ok writes nothing.
template <typename Dut>
class WordMemory {
 public:
  WordMemory(Clocked<Dut>& dut, Random& random) : dut_(dut), random_(random) { rest(); }
  double slowness = 0.5;
  double failures = 0.2;
  std::uint64_t accesses = 0;
  std::deque<std::pair<bool, Status>> log;  ///< write, how it ended

  /// Sets the inputs of this cycle.
  void drive() {
    rest();
    if (busy_) {
      if (random_.chance(slowness)) return;
      dut_->port_answer_i = 1;
      dut_->port_status_i = static_cast<std::uint8_t>(status_);
      dut_->port_rdata_i = data_;
      answers_ = true;
    } else {
      dut_->port_ready_i = !random_.chance(slowness);
    }
  }
  /// After the cycle has settled, before its edge.
  void look() {
    if (answers_) {
      busy_ = answers_ = false;
      return;
    }
    if (!dut_->port_valid_o || !dut_->port_ready_i) return;
    busy_ = true;
    ++accesses;
    status_ = random_.chance(failures) ? static_cast<Status>(1 + random_.below(8)) : Status::ok;
    const std::uint32_t at = dut_->port_addr_o;
    const bool ok = status_ == Status::ok;
    if (dut_->port_write_o) {
      REQUIRE(dut_->port_strb_o == (at >> 2) % 16);  // as the test gives them
      if (ok) words[at] = dut_->port_wdata_o;
    }
    data_ = ok && !dut_->port_write_o ? words[at] : 0;
    log.emplace_back(dut_->port_write_o, status_);
  }
  std::map<std::uint32_t, std::uint32_t> words;

 private:
  void rest() {
    dut_->port_ready_i = 0;
    dut_->port_answer_i = 0;
    dut_->port_status_i = static_cast<std::uint8_t>(random_.below(9));
    dut_->port_rdata_i = static_cast<std::uint32_t>(random_.below(1ull << 32));
  }
  Clocked<Dut>& dut_;
  Random& random_;
  bool busy_ = false, answers_ = false;
  Status status_ = Status::ok;
  std::uint32_t data_ = 0;
};

std::uint32_t response_of(Status status, bool errors) {
  if (!errors || status == Status::ok) return kOkay;
  return status == Status::bad_address ? kDecErr : kSlvErr;
}

/// Random accesses under random pauses of all channels and of the word port: each one is made once,
/// in the order of its channel, and answered with its own status and word.
template <typename Dut>
void run_random(std::uint64_t seed, double pauses, bool errors) {
  INFO("seed " << seed << ", pauses " << pauses);
  Random random(seed);
  Clocked<Dut> dut;
  AxiMaster<Dut> master(dut, random);
  WordMemory<Dut> memory(dut, random);
  dut.reset();
  master.set_pauses(pauses);
  memory.slowness = pauses;
  constexpr unsigned kAccesses = 2'000;
  unsigned asked = 0, reads = 0, wrong = 0;
  std::deque<std::uint32_t> read_at;
  while (asked < kAccesses || !master.done()) {
    REQUIRE(dut.cycle() < 400'000);
    if (asked < kAccesses && random.chance(0.3)) {
      const auto at = static_cast<std::uint32_t>(4 * random.below(16));
      if (random.chance(0.5)) {
        master.write({at, static_cast<std::uint32_t>(random.below(1ull << 32)), at / 4});
      } else {
        master.read(at);
      }
      ++asked;
    }
    memory.drive();
    // The master settles the cycle; ready and answers of the port do not depend on it.
    dut.settle();
    memory.look();
    master.cycle();
  }
  CHECK(memory.accesses == kAccesses);
  REQUIRE(master.written.size() + master.answered.size() == kAccesses);
  for (const auto& [write, status] : memory.log) {
    const std::uint32_t wanted = response_of(status, errors);
    wrong += wanted != kOkay;
    if (write) {
      REQUIRE(master.written.front() == wanted);
      master.written.pop_front();
    } else {
      REQUIRE(master.answered.front().response == wanted);
      if (status != Status::ok) REQUIRE(master.answered.front().data == 0);
      master.answered.pop_front();
      ++reads;
    }
  }
  CHECK(reads > kAccesses / 4);
  CHECK((wrong > kAccesses / 20) == errors);
  if (pauses > 0) CHECK(master.held_back > 50);
  CHECK(master.back_pressed > 50);
}

}  // namespace

TEST_CASE(
    "AXI4-Lite: each access is made once and answered once, whatever waits on five channels") {
  for (const double pauses : {0.0, 0.3, 0.8}) {
    run_random<Vaxi_lite>(11, pauses, true);
    run_random<Vaxi_lite_okay>(12, pauses, false);
  }
}

TEST_CASE("AXI4-Lite: a write is there for the read that comes after its answer") {
  Random random(5);
  Clocked<Vaxi_lite> dut;
  AxiMaster<Vaxi_lite> master(dut, random);
  WordMemory<Vaxi_lite> memory(dut, random);
  memory.failures = 0;
  dut.reset();
  master.set_pauses(0.4);
  std::map<std::uint32_t, std::uint32_t> written;
  const auto until = [&](auto&& done) {
    while (!done()) {
      REQUIRE(dut.cycle() < 400'000);
      memory.drive();
      dut.settle();
      memory.look();
      master.cycle();
    }
  };
  for (unsigned i = 0; i < 300; ++i) {
    const auto at = static_cast<std::uint32_t>(4 * random.below(16));
    if (random.chance(0.5)) {
      written[at] = static_cast<std::uint32_t>(random.below(1ull << 32));
      master.write({at, written[at], at / 4});
      until([&] { return !master.written.empty(); });
      CHECK(master.written.front() == kOkay);
      master.written.clear();
    } else {
      master.read(at);
      until([&] { return !master.answered.empty(); });
      CHECK(master.answered.front() == AxiAnswer{kOkay, written[at]});
      master.answered.clear();
    }
  }
}

TEST_CASE("AXI4-Lite: what is offered in a reset is taken after it") {
  Random random(1);
  Clocked<Vaxi_lite> dut;
  AxiMaster<Vaxi_lite> master(dut, random);
  WordMemory<Vaxi_lite> memory(dut, random);
  dut->rst_ni = 0;
  dut->s_axi_awvalid = dut->s_axi_wvalid = dut->s_axi_arvalid = 1;
  for (unsigned i = 0; i < 5; ++i) {
    dut.settle();
    if (i > 0) {
      CHECK_FALSE(dut->s_axi_awready);
      CHECK_FALSE(dut->s_axi_wready);
      CHECK_FALSE(dut->s_axi_arready);
      CHECK_FALSE(dut->s_axi_bvalid);
      CHECK_FALSE(dut->s_axi_rvalid);
    }
    dut.edge();
  }
  dut->rst_ni = 1;
  dut.settle();
  CHECK_FALSE(dut->s_axi_awready);
  dut.edge();
  dut.settle();
  CHECK(dut->s_axi_awready);
  CHECK(dut->s_axi_wready);
  CHECK(dut->s_axi_arready);
}
