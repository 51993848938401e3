// SPDX-License-Identifier: Apache-2.0
#include "sim/wire/faulty_wire.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {
namespace {

constexpr std::size_t kOlderFrames = 8;      // kept, to come again
constexpr std::size_t kLongestFrame = 4096;  // bytes without an END are no frame, and go on

}  // namespace

FaultyWire::FaultyWire(const WireFaults& faults, std::uint64_t seed, WireTime byte_time)
    : faults_(faults), random_(seed), byte_time_(byte_time) {}

/// Whether the fault hits one of `bytes` bytes. Distributions of the standard library are not the
/// same everywhere; this is.
bool FaultyWire::chance(Fault fault, std::size_t bytes) {
  double p = faults_[fault];
  if (p <= 0) return false;
  if (bytes > 1) p = 1 - std::pow(1 - p, static_cast<double>(bytes));
  if (static_cast<double>(random_() >> 11) * 0x1p-53 >= p) return false;
  ++done_[static_cast<std::size_t>(fault)];
  return true;
}

void FaultyWire::put(WireTime at, std::uint8_t byte) {
  if (faults_[Fault::lose] > 0 || faults_[Fault::stale] > 0) return put_framed(at, byte);
  emit(at, byte);
}

void FaultyWire::put_framed(WireTime at, std::uint8_t byte) {
  frame_.push_back(byte);
  const bool ends = byte == spec::kSlipEnd && frame_.size() > 1;
  if (ends || frame_.size() >= kLongestFrame) end_frame(at);
}

void FaultyWire::end_frame(WireTime at) {
  const std::vector<std::uint8_t> frame = std::exchange(frame_, {});
  if (!chance(Fault::lose, frame.size())) {
    for (const std::uint8_t byte : frame) emit(at, byte);
  }
  if (!older_.empty() && chance(Fault::stale, frame.size())) {
    for (const std::uint8_t byte : older_[random_() % older_.size()]) emit(at, byte);
  }
  older_.push_back(frame);
  if (older_.size() > kOlderFrames) older_.pop_front();
}

void FaultyWire::emit(WireTime at, std::uint8_t byte) {
  free_at_ = std::max(free_at_, at) + byte_time_;
  if (cut_ || free_at_ < low_until_) return;
  if (chance(Fault::hold)) {
    low_until_ = free_at_ + faults_.break_time;
    out_.push_back({free_at_, 0, faults_.break_time});
    return;
  }
  if (chance(Fault::delay)) free_at_ += random_() % (faults_.longest_delay + 1);
  if (hurt(byte)) return;
  if (chance(Fault::insert)) {
    push(static_cast<std::uint8_t>(random_()));
    free_at_ += byte_time_;
  }
  push(byte);
  if (chance(Fault::twice)) {
    free_at_ += byte_time_;
    push(byte);
  }
}

/// Changes the byte; true when it is lost.
bool FaultyWire::hurt(std::uint8_t& byte) {
  if (burst_left_ == 0 && chance(Fault::burst)) {
    burst_left_ = 1 + static_cast<std::uint32_t>(random_() % std::max(1u, faults_.longest_burst));
  }
  if (burst_left_ > 0) {
    --burst_left_;
    byte = static_cast<std::uint8_t>(random_());
    if (random_() % 4 == 0) return true;
  }
  if (chance(Fault::drop)) return true;
  if (chance(Fault::flip)) byte = static_cast<std::uint8_t>(byte ^ 1u << random_() % 8);
  return false;
}

std::optional<WireTime> FaultyWire::next() const {
  if (out_.empty()) return std::nullopt;
  return out_.front().at;
}

std::vector<FaultyWire::Symbol> FaultyWire::take(WireTime now, std::size_t most) {
  const auto last = out_.begin() + static_cast<std::ptrdiff_t>(std::min(most, out_.size()));
  const auto end =
      std::find_if(out_.begin(), last, [&](const Symbol& symbol) { return symbol.at > now; });
  std::vector<Symbol> symbols(out_.begin(), end);
  out_.erase(out_.begin(), end);
  return symbols;
}

void FaultyWire::clear() {
  out_.clear();
  frame_.clear();
}

std::uint64_t FaultyWire::faults_done() const {
  return std::accumulate(done_.begin(), done_.end(), std::uint64_t{0});
}

}  // namespace spikemesh::sim
