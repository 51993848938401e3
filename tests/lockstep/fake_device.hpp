// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "sim/device/device.hpp"

namespace spikemesh::sim {

/// A device for tests of the code around devices: its tx pin is its rx pin, `kDelay` cycles
/// later, its byte port sends back what it gets, and it retires the events of a script.
class FakeDevice : public Device {
 public:
  static constexpr std::uint64_t kDelay = 3;

  explicit FakeDevice(std::vector<Event> script = {}, spec::Build build = {})
      : build_(build), script_(script.begin(), script.end()) {}

  const spec::Build& build() const override { return build_; }
  std::uint64_t cycle() const override { return cycle_; }
  /// As a chip's, it is not idle before a byte whose last change was its start bit is over.
  bool idle() const override {
    return script_.empty() && changes_.empty() && bytes_.empty() && cycle_ >= busy_until_;
  }

  void advance(std::uint64_t limit) override {
    while (cycle_ < limit && !idle()) {
      const std::uint64_t next =
          std::min({script_.empty() ? limit : script_.front().cycle,
                    changes_.empty() ? limit : changes_.front().cycle + kDelay,
                    bytes_.empty() ? limit : bytes_.front().cycle, limit});
      if (next >= limit) {
        const bool settling = script_.empty() && changes_.empty() && bytes_.empty();
        cycle_ = settling ? std::min(limit, busy_until_) : limit;
        return;
      }
      cycle_ = next + 1;
      retire(next);
    }
  }

  void set_rx(std::uint64_t at, bool level) override { changes_.push_back({at, level}); }
  std::vector<PinChange> take_tx() override { return std::exchange(tx_, {}); }
  void offer(std::uint64_t at, std::uint8_t byte) override { bytes_.push_back({at, byte}); }
  void set_ready(std::uint64_t, bool) override {}
  std::vector<TimedByte> take_bytes() override { return std::exchange(sent_, {}); }
  void listen(EventSink* sink) override { sink_ = sink; }

 private:
  void retire(std::uint64_t cycle) {
    for (; !script_.empty() && script_.front().cycle <= cycle; script_.pop_front()) {
      if (sink_ != nullptr) sink_->on(script_.front());
    }
    for (; !changes_.empty() && changes_.front().cycle + kDelay <= cycle; changes_.pop_front()) {
      tx_.push_back({changes_.front().cycle + kDelay, changes_.front().level});
      busy_until_ = changes_.front().cycle + kDelay + 10ull * build_.uart_divisor;
    }
    for (; !bytes_.empty() && bytes_.front().cycle <= cycle; bytes_.pop_front())
      sent_.push_back(bytes_.front());
  }

  spec::Build build_;
  std::deque<Event> script_;
  std::deque<PinChange> changes_;
  std::deque<TimedByte> bytes_;
  std::vector<PinChange> tx_;
  std::vector<TimedByte> sent_;
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0, busy_until_ = 0;
};

}  // namespace spikemesh::sim
