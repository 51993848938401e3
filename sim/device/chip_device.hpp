// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>

#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// A model of the chip, plain or in its SystemC shell, as a device; who derives advances it.
template <class Chip>
class ChipDevice : public Device {
 public:
  template <class... Arguments>
  explicit ChipDevice(Arguments&&... arguments) : chip_(std::forward<Arguments>(arguments)...) {}

  const spec::Build& build() const override { return chip_.build(); }
  std::uint64_t cycle() const override { return chip_.cycle(); }
  bool idle() const override { return chip_.idle(); }
  void set_rx(std::uint64_t at, bool level) override { chip_.set_rx(at, level); }
  std::vector<PinChange> take_tx() override { return chip_.take_tx(); }
  void offer(std::uint64_t at, std::uint8_t byte) override { chip_.offer(at, byte); }
  void set_ready(std::uint64_t at, bool ready) override { chip_.set_ready(at, ready); }
  std::vector<TimedByte> take_bytes() override { return chip_.take_bytes(); }
  void access(std::uint64_t at, const model::WordAccess& access) override {
    chip_.access(at, access);
  }
  void listen(EventSink* sink) override { chip_.listen(sink); }
  std::uint32_t filled_buffers() const override { return chip_.filled_buffers(); }

 protected:
  Chip chip_;
};

}  // namespace spikemesh::sim
