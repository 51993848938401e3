// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <exception>
#include <systemc>
#include <utility>
#include <vector>

#include "model/chip.hpp"

namespace spikemesh::systemc {

/// The plain chip (model/chip.hpp) as a SystemC module whose caller says how far time goes, for
/// sim/device/systemc_device.hpp: one SC_METHOD that sleeps until the next cycle in which something
/// of the chip can change.
///
/// Time: one cycle is 10 ns, so sc_time must be able to say 10 ns; else the constructor throws
/// std::invalid_argument. Cycles count from power-on, whatever sc_time is. While no other process
/// has anything pending the chip runs ahead of sc_time (never beyond `allow`), so `cycle()` may be
/// ahead of the clock, never behind. SystemC elaborates once a process: modules are made before the
/// first sc_start.
///
/// Not here: what the chip does, which is the plain chip's; pins, which spikemesh::systemc::Chip
/// has (docs/systemc.md).
class DeviceChip : public sc_core::sc_module {
 public:
  /// `foreign`: tiles that are simulated elsewhere.
  DeviceChip(sc_core::sc_module_name name, const spec::Build& build, model::LinkMode link,
             model::ForeignPlaces foreign = {});

  /// From now on the clock may run until `cycle() == limit`; the present sc_time is that of the
  /// present cycle(). The chip stops earlier when it is idle. Call before sc_start.
  void allow(std::uint64_t limit);
  /// The clock stops here, until the next `allow`. Throws what a foreign tile or a listener threw
  /// meanwhile: the kernel would turn it into a report of its own.
  void halt();
  /// The sc_time that `count` cycles take.
  sc_core::sc_time duration(std::uint64_t count) const;

  // As of the plain chip.
  void listen(EventSink* sink) { core_.listen(sink); }
  const spec::Build& build() const { return core_.build(); }
  std::uint64_t cycle() const { return core_.cycle(); }
  bool idle() const { return core_.idle(); }
  void set_rx(std::uint64_t at, bool level);
  void offer(std::uint64_t at, std::uint8_t byte);
  void set_ready(std::uint64_t at, bool ready);
  void access(std::uint64_t at, const model::WordAccess& access);
  std::vector<model::LineChange> take_tx() { return core_.take_tx(); }
  std::vector<model::SentByte> take_bytes() { return core_.take_bytes(); }
  std::uint32_t filled_buffers() const { return core_.filled_buffers(); }

 private:
  void run();
  void wake();
  std::uint64_t horizon(std::uint64_t now) const;

  model::Chip core_;
  sc_core::sc_event wake_;
  std::uint64_t cycle_length_;  // in units of the simulation's time resolution
  std::uint64_t limit_ = 0;     // 0: halted
  std::exception_ptr failure_;
  std::uint64_t base_cycle_ = 0;  // the cycle at base_time_
  sc_core::sc_time base_time_;
};

}  // namespace spikemesh::systemc
