// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/link_trial.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spikemesh::sim {
namespace {

constexpr std::uint64_t kChunk = 2048;  // cycles at a time: a reply is seen at most so much late
constexpr double kClockHz = 1e9 / LinkTrial::kCycle;

}  // namespace

class LinkTrial::End final : public Transport {
 public:
  explicit End(LinkTrial& trial) : trial_(trial) { trial_.ends_.push_back(this); }
  ~End() override { std::erase(trial_.ends_, this); }
  End(const End&) = delete;
  End& operator=(const End&) = delete;

  void write(std::span<const std::uint8_t> bytes) override { trial_.write(bytes); }
  std::size_t read(std::span<std::uint8_t> bytes, std::chrono::microseconds timeout) override {
    const std::int64_t patience = std::max<std::int64_t>(timeout.count(), 0);
    const WireTime limit = trial_.now() + static_cast<WireTime>(patience) * 1000;
    while (received.empty() && trial_.now() < limit) trial_.advance(limit);
    const std::size_t count = std::min(bytes.size(), received.size());
    std::copy_n(received.begin(), count, bytes.begin());
    received.erase(received.begin(), received.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }

  unsigned baud() const override { return trial_.host_baud_; }
  bool set_baud(unsigned baud) override {
    if (trial_.host_baud_ == 0 || kClockHz / baud < spec::kUartDivisorMin) return false;
    trial_.set_host_baud(baud);
    if (trial_.on_baud) trial_.on_baud(baud);
    return true;
  }

  std::deque<std::uint8_t> received;

 private:
  LinkTrial& trial_;
};

LinkTrial::LinkTrial(DeviceMaker make, std::uint64_t seed)
    : make_(std::move(make)),
      device_(make_()),
      wire_(std::make_unique<Wire>(*device_, Link::pins)),
      to_chip_({}, seed, byte_time()),
      to_host_({}, ~seed) {}

LinkTrial::~LinkTrial() = default;

std::unique_ptr<Transport> LinkTrial::plug_in() { return std::make_unique<End>(*this); }

ClientOptions LinkTrial::client_options(std::uint64_t seed) {
  ClientOptions options;
  options.seed = seed;
  options.now = [this] {
    return ClientOptions::Clock::time_point(std::chrono::nanoseconds(now()));
  };
  return options;
}

void LinkTrial::set_faults(const WireFaults& to_chip, const WireFaults& to_host) {
  to_chip_.set_faults(to_chip);
  to_host_.set_faults(to_host);
}

void LinkTrial::cut(bool to_chip, bool to_host) {
  to_chip_.cut(to_chip);
  to_host_.cut(to_host);
}

void LinkTrial::power_cycle() {
  skipped_ += device_->cycle();
  wire_.reset();
  device_.reset();
  device_ = make_();
  wire_ = std::make_unique<Wire>(*device_, Link::pins);
  if (host_baud_ != 0) set_host_baud(host_baud_);
}

void LinkTrial::set_host_baud(unsigned baud) {
  host_baud_ = baud;
  wire_->keep_divisor(static_cast<std::uint32_t>(std::lround(kClockHz / baud)));
  to_chip_.set_byte_time(byte_time());
}

void LinkTrial::after_bytes(std::uint64_t bytes, std::function<void()> what) {
  by_bytes_.emplace(bytes, std::move(what));
}

void LinkTrial::at_time(WireTime time, std::function<void()> what) {
  by_time_.emplace(time, std::move(what));
}

void LinkTrial::write(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    to_chip_.put(now(), byte);
    ++bytes_to_chip_;
    while (!by_bytes_.empty() && by_bytes_.begin()->first <= bytes_to_chip_) {
      const auto what = std::move(by_bytes_.extract(by_bytes_.begin()).mapped());
      what();
    }
  }
}

void LinkTrial::fire_due() {
  while (!by_time_.empty() && by_time_.begin()->first <= now()) {
    const auto what = std::move(by_time_.extract(by_time_.begin()).mapped());
    what();
  }
}

bool LinkTrial::heard() const {
  return std::any_of(ends_.begin(), ends_.end(),
                     [](const End* end) { return !end->received.empty(); });
}

void LinkTrial::advance(WireTime limit) {
  do {
    fire_due();
    const WireTime event = by_time_.empty() ? limit : std::min(limit, by_time_.begin()->first);
    pass(std::max(event, now() + kCycle));
    deliver();
  } while (now() < limit && !heard());
}

/// Some time passes, at most until `limit`.
void LinkTrial::pass(WireTime limit) {
  if (wire_->idle()) {  // the chip sleeps until a symbol comes
    WireTime next = limit;
    if (const auto at = to_chip_.next()) next = std::min(next, *at);
    if (const auto at = to_host_.next()) next = std::min(next, *at);
    if (next > now()) {
      skipped_ += (next - now() + kCycle - 1) / kCycle;
      return;
    }
  }
  const WireTime until = std::min(limit, now() + kChunk * kCycle);
  feed(until);
  for (const TimedByte& sent : wire_->run(cycle_of(until))) {
    to_host_.put((sent.cycle + skipped_) * kCycle, sent.byte);
  }
  if (wire_->idle() && now() < until) skipped_ += (until - now()) / kCycle;  // it fell asleep
}

/// Symbols that begin before `until` go to the pin.
void LinkTrial::feed(WireTime until) {
  for (const FaultyWire::Symbol& symbol : to_chip_.take(until)) {
    const std::uint64_t at = std::max(cycle_of(symbol.at), device_->cycle());
    if (symbol.low > 0) {
      wire_->send_break(symbol.low / kCycle, at);
    } else {
      wire_->send({&symbol.byte, 1}, at);
    }
  }
}

void LinkTrial::deliver() {
  for (const FaultyWire::Symbol& symbol : to_host_.take(now())) {
    for (End* end : ends_) end->received.push_back(symbol.byte);
  }
}

}  // namespace spikemesh::sim
