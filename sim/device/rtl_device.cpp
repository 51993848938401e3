// SPDX-License-Identifier: Apache-2.0
#include "sim/device/rtl_device.hpp"

#include <deque>
#include <stdexcept>
#include <utility>

#include "sim/device/rtl_instance.hpp"
#include "sim/verilated/library.hpp"

namespace spikemesh::sim {
namespace {

struct AccessAt {
  std::uint64_t cycle;
  model::WordAccess access;
};

struct LevelAt {
  std::uint64_t cycle;
  bool level;
};

class RtlDevice final : public Device {
 public:
  RtlDevice(const SpikemeshVerilated& code, const spec::Build& build, Link link,
            const std::optional<Waves>& waves, bool retire, std::uint64_t seed)
      : rtl_(code, build, waves ? waves->path.c_str() : nullptr, seed),
        build_(build),
        waves_(waves),
        retire_(retire),
        ports_(rtl_.ports()) {
    ports_.byte_mode = link == Link::bytes;
    rtl_.reset();
  }

  const spec::Build& build() const override { return build_; }
  std::uint64_t cycle() const override { return cycle_; }
  bool idle() const override {
    return ports_.idle != 0 && levels_.empty() && offers_.empty() && readies_.empty() &&
           accesses_.empty();
  }
  void advance(std::uint64_t limit) override {
    while (cycle_ < limit && !idle()) simulate_cycle();
  }

  void set_rx(std::uint64_t at, bool level) override { levels_.push_back({at, level}); }
  std::vector<PinChange> take_tx() override { return std::exchange(tx_, {}); }
  void offer(std::uint64_t at, std::uint8_t byte) override { offers_.push_back({at, byte}); }
  void set_ready(std::uint64_t at, bool ready) override { readies_.push_back({at, ready}); }
  std::vector<TimedByte> take_bytes() override { return std::exchange(bytes_, {}); }
  void access(std::uint64_t at, const model::WordAccess& access) override {
    accesses_.push_back({at, access});
  }
  void listen(EventSink* sink) override {
    if (!retire_) throw std::logic_error("rtl device: made without a retire stream to listen to");
    sink_ = sink;
  }

 private:
  void simulate_cycle() {
    drive_inputs();
    rtl_.eval(false, cycle_);
    sample_outputs();
    if (sink_) rtl_.tell_events(cycle_, *sink_);
    if (waves_) dump(kTimePerCycle * cycle_ + kTimePerCycle / 2);
    rtl_.eval(true, cycle_);
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
    ports_.port_valid = !accesses_.empty() && accesses_.front().cycle <= cycle_;
    if (ports_.port_valid) drive_port(accesses_.front().access);
  }

  void drive_port(const model::WordAccess& access) {
    ports_.port_write = access.write;
    ports_.port_addr = access.address;
    ports_.port_strb = access.strobe;
    ports_.port_wdata = access.data;
  }

  void sample_outputs() {
    if (ports_.byte_rx_valid && ports_.byte_rx_ready) offers_.pop_front();
    if (ports_.port_valid && ports_.port_ready) accesses_.pop_front();
    if (ports_.byte_tx_valid && ports_.byte_tx_ready)
      bytes_.push_back({cycle_, ports_.byte_tx_data});
    if (const bool level = ports_.tx; level != tx_level_) {
      tx_level_ = level;
      tx_.push_back({cycle_, level});
    }
  }

  /// The state at `time`; cycle_ says whose.
  void dump(std::uint64_t time) {
    if (cycle_ >= waves_->first && cycle_ <= waves_->last) rtl_.dump(time);
  }

  RtlInstance rtl_;
  spec::Build build_;
  std::optional<Waves> waves_;
  bool retire_;
  SpikemeshChipPorts& ports_;
  EventSink* sink_ = nullptr;
  std::uint64_t cycle_ = 0;
  bool tx_level_ = true;
  std::deque<LevelAt> levels_, readies_;
  std::deque<TimedByte> offers_;
  std::deque<AccessAt> accesses_;
  std::vector<PinChange> tx_;
  std::vector<TimedByte> bytes_;
};

}  // namespace

std::unique_ptr<Device> make_rtl_device(const spec::Build& build, Link link,
                                        const std::optional<Waves>& waves, bool retire,
                                        std::uint64_t seed, const std::string& sources) {
  const RtlForm form = waves ? RtlForm::waves : retire ? RtlForm::retire : RtlForm::plain;
  const SpikemeshVerilated& code = load_verilated(
      sources.empty() ? rtl_library(build, form)
                      : rtl_library_with(source_list_of(sources, "--rtl"), build, form));
  return std::make_unique<RtlDevice>(code, build, link, waves, form != RtlForm::plain, seed);
}

}  // namespace spikemesh::sim
