// SPDX-License-Identifier: Apache-2.0
// rtl/prim/sm_fifo.sv and rtl/noc/sm_link.sv against a queue.
#include <doctest/doctest.h>

#include <deque>

#include "Vfifo_deep.h"
#include "Vfifo_one.h"
#include "Vlink_long.h"
#include "rtl_bench.hpp"

namespace {

using namespace spikemesh::rtl_test;

/// Random pushes and pops in phases that fill, drain and stream; every output of every cycle is
/// compared.
template <typename Dut>
std::uint64_t compare_with_queue(std::size_t depth, std::uint64_t seed) {
  Random random(seed);
  Clocked<Dut> fifo;
  fifo->valid_i = 0;
  fifo->ready_i = 0;
  fifo.reset();
  std::deque<unsigned> queue;
  std::uint64_t popped = 0;
  for (int cycle = 0; cycle < 20000; ++cycle) {
    const int phase = cycle / 50 % 4;
    fifo->valid_i = random.chance(phase == 0 ? 0.9 : phase == 1 ? 0.2 : phase == 2 ? 1.0 : 0.5);
    fifo->ready_i = random.chance(phase == 0 ? 0.2 : phase == 1 ? 0.9 : phase == 2 ? 1.0 : 0.5);
    fifo->data_i = static_cast<unsigned>(random.below(65536));
    fifo.settle();
    REQUIRE(bool(fifo->ready_o) == (queue.size() < depth));
    REQUIRE(bool(fifo->valid_o) == !queue.empty());
    if (!queue.empty()) REQUIRE(fifo->data_o == queue.front());
    const bool push = fifo->valid_i && fifo->ready_o;
    if (fifo->valid_o && fifo->ready_i) {
      queue.pop_front();
      ++popped;
    }
    if (push) queue.push_back(fifo->data_i);
    fifo.edge();
  }
  return popped;
}

}  // namespace

TEST_CASE("a FIFO keeps order and loses nothing, and ready and valid follow its count") {
  CHECK(compare_with_queue<Vfifo_one>(1, 1) > 5000);
  CHECK(compare_with_queue<Vfifo_deep>(5, 2) > 8000);
}

TEST_CASE("a reset empties a FIFO in one cycle") {
  Clocked<Vfifo_deep> fifo;
  fifo->ready_i = 0;
  fifo->valid_i = 1;
  fifo.reset();
  for (int i = 0; i < 5; ++i) {
    fifo.settle();
    fifo.edge();
  }
  fifo.settle();
  CHECK(fifo->valid_o == 1);
  CHECK(fifo->ready_o == 0);
  fifo.reset();
  fifo->valid_i = 0;
  fifo.settle();
  CHECK(fifo->valid_o == 0);
  CHECK(fifo->ready_o == 1);
}

TEST_CASE("a link of latency 3 has two stages of depth 2 in a chain") {
  Random random(3);
  Clocked<Vlink_long> link;
  link->valid_i = 0;
  link->ready_i = 0;
  link.reset();
  std::deque<Flit> stage[2];
  int moved = 0;
  for (int cycle = 0; cycle < 20000; ++cycle) {
    const int phase = cycle / 50 % 3;
    link->valid_i = random.chance(phase == 0 ? 1.0 : 0.4);
    link->ready_i = random.chance(phase == 1 ? 0.2 : phase == 2 ? 1.0 : 0.6);
    const Flit flit{static_cast<std::uint32_t>(random.below(1ull << 32)),
                    static_cast<std::uint32_t>(random.below(1 << 20)),
                    static_cast<std::uint32_t>(random.below(64)),
                    static_cast<std::uint32_t>(random.below(64)),
                    static_cast<std::uint32_t>(random.below(2)),
                    0,
                    static_cast<std::uint32_t>(random.below(4))};
    flit.to(link->flit_i);
    link.settle();
    REQUIRE(bool(link->ready_o) == (stage[0].size() < 2));
    REQUIRE(bool(link->valid_o) == !stage[1].empty());
    REQUIRE(bool(link->busy_o) == (!stage[0].empty() || !stage[1].empty()));
    if (!stage[1].empty()) REQUIRE(Flit::from(link->flit_o) == stage[1].front());
    const bool push = link->valid_i && link->ready_o;
    const bool hop = !stage[0].empty() && stage[1].size() < 2;
    if (link->valid_o && link->ready_i) {
      stage[1].pop_front();
      ++moved;
    }
    if (hop) {
      stage[1].push_back(stage[0].front());
      stage[0].pop_front();
    }
    if (push) stage[0].push_back(flit);
    link.edge();
  }
  CHECK(moved > 5000);
}
