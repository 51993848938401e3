// SPDX-License-Identifier: Apache-2.0
// rtl/boards/sm_reset.sv and sm_stretch.sv (docs/boards.md).
#include <doctest/doctest.h>

#include "Vreset.h"
#include "Vstretch.h"
#include "Vstretch_one.h"

namespace {

/// One clock cycle.
template <typename Dut>
void tick(Dut& dut) {
  dut.clk_i = 0;
  dut.eval();
  dut.clk_i = 1;
  dut.eval();
}

TEST_CASE("the reset of a board begins without a clock and ends 16 cycles after its request") {
  Vreset dut;
  dut.clk_i = 0;
  dut.request_ni = 1;
  dut.eval();
  dut.request_ni = 0;
  dut.eval();
  CHECK_FALSE(dut.rst_no);
  for (unsigned round = 0; round < 3; ++round) {
    dut.request_ni = 1;
    for (unsigned cycle = 1; cycle < 16; ++cycle) {
      tick(dut);
      CHECK_FALSE(dut.rst_no);
    }
    if (round == 1) {  // a button that bounces
      dut.request_ni = 0;
      dut.eval();
      continue;
    }
    tick(dut);
    CHECK(dut.rst_no);
    tick(dut);
    CHECK(dut.rst_no);
    dut.request_ni = 0;
    dut.eval();
    CHECK_FALSE(dut.rst_no);
  }
}

template <typename Dut>
void shines(unsigned cycles) {
  Dut dut;
  dut.rst_ni = 0;
  dut.event_i = 0;
  tick(dut);
  dut.rst_ni = 1;
  for (unsigned round = 0; round < 2; ++round) {
    CHECK_FALSE(dut.light_o);
    dut.event_i = 1;
    tick(dut);
    tick(dut);  // the last event counts
    dut.event_i = 0;
    for (unsigned i = 0; i < cycles; ++i) {
      CHECK(dut.light_o);
      tick(dut);
    }
  }
  CHECK_FALSE(dut.light_o);
}

TEST_CASE("a light shines from an event on, and for its time after the last one") {
  shines<Vstretch>(5);
  shines<Vstretch_one>(1);
}

}  // namespace
