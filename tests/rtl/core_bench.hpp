// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <vector>

#include "core_reference.hpp"
#include "rtl_bench.hpp"

namespace spikemesh::rtl_test {

inline constexpr unsigned kSpike = 0, kWrite = 1, kRead = 2, kReply = 3;
inline constexpr unsigned kX = 5, kY = 9;  ///< coordinates of the core under test

/// A Verilated sm_core with its surroundings: flits queue up before its input, its output meets
/// random back-pressure, and everything that it retires is kept with its cycle.
template <typename Dut>
class CoreBench {
 public:
  struct FireEvent {
    std::uint64_t cycle;
    Fired fired;
  };
  struct AccEvent {
    std::uint64_t cycle;
    Delivery delivery;  ///< index is 0: the bus does not tell it
  };
  struct WriteEvent {
    std::uint64_t cycle;
    std::uint32_t addr, data;
  };
  struct Output {
    std::uint64_t offered, accepted;
    Flit flit;
  };
  CoreBench(const Shape& s, std::uint64_t seed) : shape(s), random(seed) {
    core->x_i = kX;
    core->y_i = kY;
    core->valid_i = core->ready_i = 0;
    core->broadcast_i = 0;
    core.reset();
    sweep(0x80);
  }

  const Shape shape;
  Random random;
  Clocked<Dut> core;
  double offer = 1, ready = 1;  ///< chances a cycle
  std::deque<Flit> input;
  std::vector<std::uint64_t> pushed;  ///< cycles
  std::vector<bool> busy, readies;    ///< by cycle
  std::vector<FireEvent> fires;
  std::vector<AccEvent> accs;
  std::vector<WriteEvent> writes;
  std::vector<Output> outputs;

  void forget() {
    pushed.clear();
    fires.clear();
    accs.clear();
    writes.clear();
    outputs.clear();
  }

  void tick() {
    core->valid_i = !input.empty() && random.chance(offer);
    if (core->valid_i) input.front().to(core->flit_i);
    core->ready_i = random.chance(ready);
    core.settle();
    busy.push_back(core->busy_o);
    readies.push_back(core->ready_i);
    observe();
    if (core->valid_i && core->ready_o) {
      pushed.push_back(core.cycle());
      input.pop_front();
    }
    core.edge();
    core->broadcast_i = 0;
  }

  /// The broadcast is seen in the cycle that this call runs, which it returns.
  std::uint64_t broadcast(unsigned phase, unsigned slot, bool due, unsigned mask) {
    namespace l = spec::broadcast_layout;
    core->broadcast_i = std::uint64_t{1} << l::kValid.low | std::uint64_t{phase} << l::kPhase.low |
                        std::uint64_t{mask} << l::kMask.low |
                        std::uint64_t{due} << l::kAdaptDue.low | slot;
    tick();
    return core.cycle() - 1;
  }
  std::uint64_t step(unsigned slot, bool due) { return broadcast(0, slot, due, 0); }
  void sweep(unsigned mask) {
    broadcast(1, 0, false, mask);
    settle();
  }

  /// Runs until nothing is left to do; the first quiet cycle has been run as well, and its number
  /// is returned.
  std::uint64_t settle() {
    for (int idle = 0; idle < 100000; ++idle) {
      tick();
      if (input.empty() && !core->valid_i && !busy.back()) return core.cycle() - 1;
    }
    FAIL("the core never gets quiet");
    return 0;
  }

  void write(std::uint32_t region, std::uint32_t index, std::uint32_t data) {
    input.push_back({data, region << 16 | index, kX, kY, 0, 0, kWrite});
  }
  std::uint32_t read(std::uint32_t region, std::uint32_t index) {
    outputs.clear();
    input.push_back({0, region << 16 | index, kX, kY, 0, 0, kRead});
    settle();
    REQUIRE(outputs.size() == 1);
    const Flit flit = outputs.front().flit;
    REQUIRE(flit == Flit{flit.data, region << 16 | index, kX, kY, 1, 0, kReply});
    return flit.data;
  }

  /// After a reset in the middle of things: what was offered is gone.
  void abandon() { waiting_ = false; }

 private:
  void observe() {
    const std::uint64_t cycle = core.cycle();
    const std::uint32_t fire = core->retire_fire_o;
    if (fire >> 15) fires.push_back({cycle, {fire >> 4 & 0x7FF, fire & 0xF}});
    for (unsigned lane = 0; lane < 4; ++lane) {
      const std::uint64_t acc = get_bits(core->retire_acc_o, lane * 40, 40);
      if (!(acc >> 39)) continue;
      accs.push_back(
          {cycle,
           {0, lane, static_cast<unsigned>(acc >> 35 & 0xF),
            static_cast<unsigned>(acc >> 24 & 0x7FF), static_cast<std::uint32_t>(acc & 0xFFFFFF)}});
    }
    const std::uint64_t write = core->retire_write_o;
    if (write >> 52) {
      writes.push_back({cycle, static_cast<std::uint32_t>(write >> 32 & 0xFFFFF),
                        static_cast<std::uint32_t>(write)});
    }
    // An offer is held, unchanged, until it is accepted.
    if (waiting_) {
      REQUIRE(core->valid_o == 1);
      REQUIRE(Flit::from(core->flit_o) == outputs_waiting_.flit);
    } else if (core->valid_o) {
      outputs_waiting_ = {cycle, 0, Flit::from(core->flit_o)};
    }
    waiting_ = core->valid_o && !core->ready_i;
    if (core->valid_o && core->ready_i) {
      outputs_waiting_.accepted = cycle;
      outputs.push_back(outputs_waiting_);
    }
  }

  bool waiting_ = false;
  Output outputs_waiting_{};
};

}  // namespace spikemesh::rtl_test
