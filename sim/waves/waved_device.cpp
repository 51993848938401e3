// SPDX-License-Identifier: Apache-2.0
#include "sim/waves/waved_device.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "sim/device/forwarding_device.hpp"
#include "sim/waves/retire_waves.hpp"

namespace spikemesh::sim {
namespace {

class WavedDevice final : public ForwardingDevice, private EventSink {
 public:
  WavedDevice(std::unique_ptr<Device> device, Link link, const Waves& waves)
      : ForwardingDevice(std::move(device)),
        link_(link),
        window_(waves),
        waves_(build(), link, waves) {
    ForwardingDevice::listen(this);
  }

  void advance(std::uint64_t limit) override {
    while (cycle() < limit) {
      const std::uint64_t before = cycle();
      device().advance(next_stop(before, limit));
      tell_outputs();
      waves_.write_until(cycle());
      if (cycle() == before || idle()) return;
    }
  }

  void set_rx(std::uint64_t at, bool level) override {
    waves_.set(Pin::uart_rx, at, level);
    device().set_rx(at, level);
  }
  std::vector<PinChange> take_tx() override { return std::exchange(tx_, {}); }
  void offer(std::uint64_t at, std::uint8_t byte) override {
    offers_.push_back({at, byte});
    device().offer(at, byte);
  }
  void set_ready(std::uint64_t at, bool ready) override {
    waves_.set(Pin::byte_tx_ready, at, ready);
    device().set_ready(at, ready);
  }
  void listen(EventSink* sink) override { sink_ = sink; }

 private:
  static constexpr std::uint64_t kChunk = 1 << 16;  ///< cycles whose events are held

  std::uint64_t next_stop(std::uint64_t now, std::uint64_t limit) const {
    if (now > window_.last) return limit;
    return std::min(limit, now < window_.first ? window_.first : now + kChunk);
  }

  void on(const Event& event) override {
    if (link_ == Link::bytes && event.kind == EventKind::byte_in) accepted(event.cycle);
    waves_.on(event);
    if (sink_ != nullptr) sink_->on(event);
  }

  /// The byte port shows the first byte of those given from its cycle on, not before the one ahead
  /// of it was accepted.
  void show_offer() {
    const TimedByte& offer = offers_.front();
    const std::uint64_t from = std::max(offer.cycle, free_from_);
    waves_.set(Pin::byte_rx_valid, from, 1);
    waves_.set(Pin::byte_rx_data, from, offer.byte);
    shown_ = true;
  }

  void accepted(std::uint64_t at) {
    if (!shown_) show_offer();
    waves_.set(Pin::byte_rx_valid, at + 1, 0);
    offers_.pop_front();
    shown_ = false;
    free_from_ = at + 1;
  }

  void tell_outputs() {
    if (!shown_ && !offers_.empty() && offers_.front().cycle < cycle() && free_from_ < cycle())
      show_offer();
    for (const PinChange& change : device().take_tx()) {
      waves_.set(Pin::uart_tx, change.cycle, change.level);
      tx_.push_back(change);
    }
  }

  Link link_;
  Waves window_;
  RetireWaves waves_;
  EventSink* sink_ = nullptr;
  std::vector<PinChange> tx_;     ///< not taken yet
  std::deque<TimedByte> offers_;  ///< not accepted yet
  bool shown_ = false;            ///< the first of them is at the port
  std::uint64_t free_from_ = 0;   ///< first cycle in which it may
};

}  // namespace

std::unique_ptr<Device> make_waved_device(std::unique_ptr<Device> device, Link link,
                                          const Waves& waves) {
  return std::make_unique<WavedDevice>(std::move(device), link, waves);
}

}  // namespace spikemesh::sim
