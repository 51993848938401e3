// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/device/device.hpp"
#include "sim/lockstep/lockstep.hpp"

namespace spikemesh::sim {

/// Model and RTL as one device: both get the same inputs, all that they retire and send is
/// compared. advance() throws Mismatch at the first difference, with a report that says everything
/// one needs. After that the device is of no further use.
class LockstepDevice : public Device {
 public:
  /// Both must be built alike, and new. Throws InputError when they are not.
  LockstepDevice(std::unique_ptr<Device> rtl, std::unique_ptr<Device> model, Rerun rerun);

  const spec::Build& build() const override { return model_->build(); }
  std::uint64_t cycle() const override;
  void advance(std::uint64_t limit) override;
  bool idle() const override { return rtl_->idle() && model_->idle(); }
  void set_rx(std::uint64_t at, bool level) override;
  std::vector<PinChange> take_tx() override;
  void offer(std::uint64_t at, std::uint8_t byte) override;
  void set_ready(std::uint64_t at, bool ready) override;
  std::vector<TimedByte> take_bytes() override;
  void access(std::uint64_t at, const model::WordAccess& access) override;
  /// Gets the events that were found equal.
  void listen(EventSink* sink) override { lockstep_.forward(sink); }

  bool observe(model::Observer* observer) override { return model_->observe(observer); }
  std::uint32_t filled_buffers() const override { return model_->filled_buffers(); }

  const EventCounts& compared() const { return lockstep_.compared(); }
  std::uint64_t compared_pin_changes() const { return pin_changes_; }
  std::uint64_t compared_bytes() const { return bytes_; }

 private:
  static constexpr std::uint64_t kChunk = 1024;  ///< cycles between two comparisons
  static constexpr std::uint64_t kLookAhead =
      256;  ///< cycles after a failure in which a late event is looked for

  void compare(std::uint64_t until);
  void compare_outputs(std::uint64_t until);
  [[noreturn]] void fail_with_event();
  [[noreturn]] void fail_with_output(const std::string& what, std::uint64_t cycle,
                                     const std::string& rtl, const std::string& model) const;

  std::unique_ptr<Device> rtl_, model_;
  Rerun rerun_;
  Lockstep lockstep_;
  std::deque<PinChange> rtl_tx_, model_tx_;
  std::deque<TimedByte> rtl_bytes_, model_bytes_;
  std::vector<PinChange> tx_;    ///< found equal, not taken yet
  std::vector<TimedByte> sent_;  ///< found equal, not taken yet
  std::uint64_t pin_changes_ = 0, bytes_ = 0;
};

}  // namespace spikemesh::sim
