// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <systemc>
#include <vector>

#include "model/link/byte_link.hpp"
#include "model/event.hpp"
#include "model/noc/foreign_tile.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::model {

/// The whole chip: mesh and host tile, cycle-accurate, driven by one SC_METHOD.
///
/// Time: one cycle is 10 ns. Cycles count from power-on, whatever sc_time is. The process sleeps
/// until the next cycle in which something of the chip can change; while no other process has
/// anything pending it runs ahead of sc_time (never beyond `allow`), so `cycle()` may be ahead of
/// the clock, never behind. Pins: given and taken as changes with the cycle of the change, instead
/// of sc_signal<bool>: `set_rx(c, level)` is what an sc_in would have seen from cycle c on. Life:
/// SystemC elaborates once a process; `power_on` makes a new chip of any build inside the same
/// module.
///
/// Not modelled: power-on reset itself (cycle 0 is the first after it), unknown values.
class Chip : public sc_core::sc_module {
 public:
  explicit Chip(sc_core::sc_module_name name);
  ~Chip() override;

  /// A new chip in cycle 0. `sink`, if any, takes the retire stream in the order of cycles.
  /// `foreign`: tiles that are simulated elsewhere.
  void power_on(const spec::Build& build, LinkMode link, EventSink* sink = nullptr,
                const ForeignPlaces& foreign = {});
  /// Frees the chip; the module stays.
  void power_off();
  bool powered() const { return state_ != nullptr; }

  // All that follows needs power.
  const spec::Build& build() const;
  /// The next cycle to be simulated.
  std::uint64_t cycle() const;
  /// Nothing can happen any more without new input.
  bool idle() const;
  /// From now on the clock may run until `cycle() == limit`; the present sc_time is that of the
  /// present cycle(). The chip stops earlier when it is idle. Call before sc_start.
  void allow(std::uint64_t limit);
  /// The clock stops here, until the next `allow`. Throws what a foreign tile threw meanwhile:
  /// SystemC lets no exception through.
  void halt();

  // Pins and byte port: for any cycle >= cycle(), in ascending order (sim/device/device.hpp says more).
  void set_rx(std::uint64_t at, bool level);
  std::vector<LineChange> take_tx();
  void offer(std::uint64_t at, std::uint8_t byte);
  void set_ready(std::uint64_t at, bool ready);
  std::vector<SentByte> take_bytes();

  /// A word of a tile's memories, without time (address as in spec::TileAddr).
  std::uint32_t read(std::uint32_t x, std::uint32_t y, std::uint32_t address) const;
  /// Input buffers that were full in some cycle since power-on: bit p for port p of any router,
  /// bit 5 for any core, bit 6 for the host tile.
  std::uint32_t filled_buffers() const;

 private:
  struct State;

  void run();
  void wake();
  std::uint64_t horizon(std::uint64_t now) const;

  sc_core::sc_event wake_;
  std::unique_ptr<State> state_;
  std::uint64_t limit_ = 0;
  std::exception_ptr failure_;
  std::uint64_t base_cycle_ = 0;  // the cycle at base_time_
  sc_core::sc_time base_time_;
};

}  // namespace spikemesh::model
