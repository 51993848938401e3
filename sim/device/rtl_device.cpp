// SPDX-License-Identifier: Apache-2.0
#include "sim/device/rtl_device.hpp"

#include <fmt/format.h>

#include <deque>
#include <stdexcept>
#include <utility>

#include "sim/device/chip_ports.hpp"
#include "sim/retire/rtl_events.hpp"
#include "sim/verilated/library.hpp"
#include "sim/waves/fst_writer.hpp"

namespace spikemesh::sim {
namespace {

constexpr unsigned kResetCycles = 4;

struct LevelAt {
  std::uint64_t cycle;
  bool level;
};

class RtlDevice final : public Device {
 public:
  RtlDevice(const SpikemeshVerilated& code, const spec::Build& build, Link link,
            const std::optional<Waves>& waves, bool retire)
      : code_(code),
        build_(build),
        waves_(waves),
        retire_(retire),
        chip_(code.make(waves ? waves->path.c_str() : nullptr), code.destroy) {
    if (chip_ == nullptr) throw_waves_unwritable(waves_->path);
    ports_.rx = 1;
    ports_.byte_mode = link == Link::bytes;
    ports_.byte_tx_ready = 1;
    ports_.reset_n = 0;
    for (unsigned i = 0; i < kResetCycles; ++i) {
      eval(0);
      eval(1);
    }
    ports_.reset_n = 1;
  }

  const spec::Build& build() const override { return build_; }
  std::uint64_t cycle() const override { return cycle_; }
  bool idle() const override {
    return ports_.idle != 0 && levels_.empty() && offers_.empty() && readies_.empty();
  }
  void advance(std::uint64_t limit) override {
    while (cycle_ < limit && !idle()) simulate_cycle();
  }

  void set_rx(std::uint64_t at, bool level) override { levels_.push_back({at, level}); }
  std::vector<PinChange> take_tx() override { return std::exchange(tx_, {}); }
  void offer(std::uint64_t at, std::uint8_t byte) override { offers_.push_back({at, byte}); }
  void set_ready(std::uint64_t at, bool ready) override { readies_.push_back({at, ready}); }
  std::vector<TimedByte> take_bytes() override { return std::exchange(bytes_, {}); }
  void listen(EventSink* sink) override {
    if (!retire_) throw std::logic_error("rtl device: made without a retire stream to listen to");
    sink_ = sink;
  }

 private:
  void eval(int level) {
    if (const char* why = code_.eval(chip_.get(), &ports_, level))
      throw std::runtime_error(fmt::format("RTL: it ended in cycle {}: {}", cycle_, why));
  }
  bool bit(unsigned index) const { return (ports_.retire_any[index / 8] >> index % 8 & 1) != 0; }
  bool any() const {
    for (std::uint64_t i = 0; i < ports_.retire_any_bytes; ++i)
      if (ports_.retire_any[i] != 0) return true;
    return false;
  }
  void simulate_cycle() {
    drive_inputs();
    eval(0);
    sample_outputs();
    if (sink_ && any()) tell_events();
    if (waves_) dump(kTimePerCycle * cycle_ + kTimePerCycle / 2);
    eval(1);
    ++cycle_;
    if (waves_) dump(kTimePerCycle * cycle_);
  }

  void drive_inputs() {
    for (; !levels_.empty() && levels_.front().cycle <= cycle_; levels_.pop_front()) {
      ports_.rx = levels_.front().level;
    }
    for (; !readies_.empty() && readies_.front().cycle <= cycle_; readies_.pop_front()) {
      ports_.byte_tx_ready = readies_.front().level;
    }
    ports_.byte_rx_valid = !offers_.empty() && offers_.front().cycle <= cycle_;
    if (ports_.byte_rx_valid) ports_.byte_rx_data = offers_.front().byte;
  }

  void sample_outputs() {
    if (ports_.byte_rx_valid && ports_.byte_rx_ready) offers_.pop_front();
    if (ports_.byte_tx_valid && ports_.byte_tx_ready)
      bytes_.push_back({cycle_, ports_.byte_tx_data});
    if (const bool level = ports_.tx; level != tx_level_) {
      tx_level_ = level;
      tx_.push_back({cycle_, level});
    }
  }

  void tell_events() {
    const unsigned tiles = build_.mesh_w * build_.mesh_h;
    for (unsigned i = 0; i < tiles; ++i) {
      if (!bit(i)) continue;
      const auto tile =
          static_cast<std::uint16_t>(i % build_.mesh_w | (i / build_.mesh_w) << spec::kCoordBits);
      retire_tile({ports_.retire_tile}, i * spec::retire_tile_layout::kWidth, tile, cycle_, *sink_);
    }
    if (bit(tiles)) retire_host({ports_.retire_host}, cycle_, *sink_);
  }

  /// The state at `time`; cycle_ says whose.
  void dump(std::uint64_t time) {
    if (cycle_ >= waves_->first && cycle_ <= waves_->last) code_.dump(chip_.get(), time);
  }

  const SpikemeshVerilated& code_;
  spec::Build build_;
  std::optional<Waves> waves_;
  bool retire_;
  std::unique_ptr<void, void (*)(void*)> chip_;
  SpikemeshChipPorts ports_{};
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0;
  bool tx_level_ = true;
  std::deque<LevelAt> levels_, readies_;
  std::deque<TimedByte> offers_;
  std::vector<PinChange> tx_;
  std::vector<TimedByte> bytes_;
};

}  // namespace

std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves, bool retire) {
  const RtlForm form = waves ? RtlForm::waves : retire ? RtlForm::retire : RtlForm::plain;
  const SpikemeshVerilated& code = load_verilated(rtl_library(build, form));
  return std::make_unique<RtlDevice>(code, build, link, waves, form != RtlForm::plain);
}

}  // namespace spikemesh::sim
