// SPDX-License-Identifier: Apache-2.0
#include "model/systemc/device_chip.hpp"

#include <algorithm>
#include <stdexcept>

namespace spikemesh::systemc {

namespace {

/// Of one cycle, in units of the simulation's time resolution.
std::uint64_t checked_cycle_length() {
  const std::uint64_t length = sc_core::sc_time(10, sc_core::SC_NS).value();
  if (length == 0) {
    throw std::invalid_argument("SystemC chip: a cycle takes 10 ns, but the time resolution is " +
                                sc_core::sc_get_time_resolution().to_string() +
                                ": set it to 10 ns or less (sc_set_time_resolution)");
  }
  return length;
}

}  // namespace

DeviceChip::DeviceChip(sc_core::sc_module_name name, const spec::Build& build, model::LinkMode link,
                       model::ForeignPlaces foreign)
    : sc_module(name),
      core_(build, link, std::move(foreign)),
      cycle_length_(checked_cycle_length()) {
  SC_HAS_PROCESS(DeviceChip);
  SC_METHOD(run);
  sensitive << wake_;
  dont_initialize();
}

sc_core::sc_time DeviceChip::duration(std::uint64_t count) const {
  return sc_core::sc_time::from_value(count * cycle_length_);
}

void DeviceChip::allow(std::uint64_t limit) {
  limit_ = limit;
  base_cycle_ = core_.cycle();
  base_time_ = sc_core::sc_time_stamp();
  wake_.notify(sc_core::SC_ZERO_TIME);
}

void DeviceChip::halt() {
  limit_ = 0;
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

/// The cycle up to which no other process can interfere.
std::uint64_t DeviceChip::horizon(std::uint64_t now) const {
  const std::uint64_t others = sc_core::sc_time_to_pending_activity().value();
  const std::uint64_t free =
      std::max<std::uint64_t>(1, others / cycle_length_ + (others % cycle_length_ != 0));
  return limit_ - now < free ? limit_ : now + free;
}

void DeviceChip::run() {
  if (core_.cycle() >= limit_) return;
  const std::uint64_t past = (sc_core::sc_time_stamp() - base_time_).value() / cycle_length_;
  try {
    core_.run(horizon(base_cycle_ + past));
    wake();
  } catch (...) {
    failure_ = std::current_exception();
    limit_ = 0;
  }
}

/// Wakes the process when the chip has something to do, and when sc_time has caught up with it.
void DeviceChip::wake() {
  if (limit_ == 0) return;
  const std::uint64_t now = core_.cycle();
  const bool rests = now >= limit_ || core_.idle();
  const std::uint64_t next = rests ? now : std::min(core_.next_wake(), limit_ - 1);
  const sc_core::sc_time at = base_time_ + duration(next - base_cycle_);
  if (at > sc_core::sc_time_stamp()) {
    wake_.notify(at - sc_core::sc_time_stamp());
  } else if (!rests) {
    wake_.notify(sc_core::SC_ZERO_TIME);
  }
}

void DeviceChip::set_rx(std::uint64_t at, bool level) {
  core_.set_rx(at, level);
  wake();
}

void DeviceChip::offer(std::uint64_t at, std::uint8_t byte) {
  core_.offer(at, byte);
  wake();
}

void DeviceChip::set_ready(std::uint64_t at, bool ready) {
  core_.set_ready(at, ready);
  wake();
}

void DeviceChip::access(std::uint64_t at, const model::WordAccess& access) {
  core_.access(at, access);
  wake();
}

}  // namespace spikemesh::systemc
