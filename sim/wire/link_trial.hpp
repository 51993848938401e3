// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/wire/faulty_wire.hpp"
#include "sim/wire/wire.hpp"
#include "spikemesh/link/client.hpp"
#include "spikemesh/link/transport.hpp"

namespace spikemesh::sim {

/// A chip behind its UART pins, a wire that has faults, and the hosts at its other end, in
/// simulated time: 100 cycles a microsecond. Time passes only while a host reads, and costs nothing
/// while the chip has nothing to do. The same seeds give the same run.
class LinkTrial {
 public:
  using DeviceMaker = std::function<std::unique_ptr<Device>()>;
  static constexpr WireTime kCycle = 10;  ///< ns

  /// `make` makes a chip for Link::pins, and another one after each power failure.
  LinkTrial(DeviceMaker make, std::uint64_t seed);
  ~LinkTrial();
  LinkTrial(const LinkTrial&) = delete;
  LinkTrial& operator=(const LinkTrial&) = delete;

  /// A host's end of the wire. Several may be there: all drive the one wire, and all hear what the
  /// chip sends. The trial outlives them.
  std::unique_ptr<Transport> plug_in();
  /// Options of a client whose clock is the trial's.
  ClientOptions client_options(std::uint64_t seed);

  // what goes wrong
  void set_faults(const WireFaults& to_chip, const WireFaults& to_host);
  /// Bytes put on the wire while it is cut are lost.
  void cut(bool to_chip, bool to_host);
  /// The power goes away and comes back: another chip, as fresh as the first.
  void power_cycle();
  /// Calls `what` once, when the hosts have sent `bytes` bytes in all. It may throw: then the host
  /// that is sending sees it.
  void after_bytes(std::uint64_t bytes, std::function<void()> what);
  /// Calls `what` once, at `time`.
  void at_time(WireTime time, std::function<void()> what);
  /// From now on the host's ends have a baud rate of their own, and set_baud of a transport changes
  /// it; without, the far end follows the chip's divisor.
  void set_host_baud(unsigned baud);
  /// Called when a host has changed the rate: a wire may carry one rate and not another.
  std::function<void(unsigned)> on_baud;

  // what is to be seen
  WireTime now() const { return (device_->cycle() + skipped_) * kCycle; }
  Device& device() { return *device_; }
  std::uint64_t bytes_to_chip() const { return bytes_to_chip_; }
  std::uint64_t faults_done() const { return to_chip_.faults_done() + to_host_.faults_done(); }

 private:
  class End;

  void write(std::span<const std::uint8_t> bytes);
  /// Until a byte has come for a host, at the latest until `limit`.
  void advance(WireTime limit);
  void pass(WireTime limit);
  void feed(WireTime until);
  void deliver();
  void fire_due();
  bool heard() const;
  WireTime byte_time() const { return 10 * WireTime{wire_->divisor()} * kCycle; }
  std::uint64_t cycle_of(WireTime time) const { return time / kCycle - skipped_; }

  DeviceMaker make_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Wire> wire_;
  FaultyWire to_chip_, to_host_;
  std::vector<End*> ends_;
  std::uint64_t skipped_ = 0;  ///< cycles that passed while the device's clock stood still
  std::uint64_t bytes_to_chip_ = 0;
  unsigned host_baud_ = 0;  ///< 0: follows the chip
  std::multimap<std::uint64_t, std::function<void()>> by_bytes_;
  std::multimap<WireTime, std::function<void()>> by_time_;
};

}  // namespace spikemesh::sim
