// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// Hands everything on to another device. Derived classes look at some of it, or change it.
class ForwardingDevice : public Device {
 public:
  explicit ForwardingDevice(std::unique_ptr<Device> device) : device_(std::move(device)) {}

  const spec::Build& build() const override { return device_->build(); }
  std::uint64_t cycle() const override { return device_->cycle(); }
  void advance(std::uint64_t limit) override { device_->advance(limit); }
  bool idle() const override { return device_->idle(); }
  void set_rx(std::uint64_t at, bool level) override { device_->set_rx(at, level); }
  std::vector<PinChange> take_tx() override { return device_->take_tx(); }
  void offer(std::uint64_t at, std::uint8_t byte) override { device_->offer(at, byte); }
  void set_ready(std::uint64_t at, bool ready) override { device_->set_ready(at, ready); }
  std::vector<TimedByte> take_bytes() override { return device_->take_bytes(); }
  void access(std::uint64_t at, const model::WordAccess& access) override {
    device_->access(at, access);
  }
  void listen(EventSink* sink) override { device_->listen(sink); }
  bool observe(model::Observer* observer) override { return device_->observe(observer); }
  bool plant(const model::Faults& faults) override { return device_->plant(faults); }
  std::uint32_t filled_buffers() const override { return device_->filled_buffers(); }

 protected:
  Device& device() { return *device_; }

 private:
  std::unique_ptr<Device> device_;
};

}  // namespace spikemesh::sim
