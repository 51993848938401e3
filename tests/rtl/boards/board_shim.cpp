// SPDX-License-Identifier: Apache-2.0
// The Verilated netlist of a board, seen from its pins, as a shared library: board_netlist.cpp
// opens it. The pins have names of their own on each board: BOARD_CLK, BOARD_RX, BOARD_TX,
// BOARD_RESET and BOARD_RESET_OFF are given when it is compiled.
#include <verilated.h>

#include <cstdint>

#include "Vboard.h"

namespace {

constexpr std::uint64_t kHalf = 20'000;  // ps of half a period of 25 MHz

struct Board {
  VerilatedContext context;
  Vboard top{&context};
  std::uint64_t edge = kHalf;  // when the clock changes next

  Board() {
    context.fatalOnError(true);
    top.BOARD_CLK = 0;
    top.BOARD_RX = 1;
    top.BOARD_RESET = BOARD_RESET_OFF;
    top.eval();
  }

  /// To the next time at which something changes, at most `until`.
  void step(std::uint64_t until) {
    std::uint64_t next = edge < until ? edge : until;
    if (top.eventsPending() && top.nextTimeSlot() < next) next = top.nextTimeSlot();
    context.time(next);
    if (next == edge) {
      top.BOARD_CLK = !top.BOARD_CLK;
      edge += kHalf;
    }
    top.eval();
  }
};

}  // namespace

extern "C" {
Board* board_new() { return new Board; }
void board_delete(Board* board) { delete board; }
std::uint64_t board_time(Board* board) { return board->context.time(); }
/// Drives the pin rx and lets time pass until `until` (ps); returns whether tx is high then.
bool board_run(Board* board, bool rx, std::uint64_t until) {
  board->top.BOARD_RX = rx;
  board->top.eval();
  while (board->context.time() < until) board->step(until);
  return board->top.BOARD_TX;
}
void board_press_reset(Board* board, bool pressed) {
  board->top.BOARD_RESET = pressed ? !BOARD_RESET_OFF : BOARD_RESET_OFF;
}
}

double sc_time_stamp() { return 0; }
