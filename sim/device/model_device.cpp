// SPDX-License-Identifier: Apache-2.0
#include "sim/device/model_device.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/chip.hpp"

namespace spikemesh::sim {

namespace {

using model::Chip;

/// What SystemC elaborated in this process: chip modules, lent to one device each.
class Pool {
 public:
  Pool() {
    for (unsigned i = 0; i < kModelDevices; ++i) {
      const std::string name = "chip" + std::to_string(i);
      chips_.push_back(std::make_unique<Chip>(name.c_str()));
    }
  }

  Chip& borrow() {
    const auto free = std::find_if(chips_.begin(), chips_.end(),
                                   [](const auto& chip) { return !chip->powered(); });
    if (free == chips_.end()) {
      throw std::runtime_error(
          "all " + std::to_string(kModelDevices) +
          " model chips of this process are in use: close a machine that runs on one, or "
          "raise kModelDevices in sim/device/model_device.hpp");
    }
    return **free;
  }

 private:
  std::vector<std::unique_ptr<Chip>> chips_;
};

/// The kernel of SystemC is one a process, and so is what it elaborated: the pool lives as long.
Pool& pool() {
  static Pool* const chips = [] {
    if (sc_core::sc_start_of_simulation_invoked()) {
      throw std::runtime_error(
          "SystemC was started before the first model device was made, and elaborates only once a "
          "process: make a model device before sc_start");
    }
    return std::make_unique<Pool>().release();
  }();
  return *chips;
}

class ModelDevice final : public Device {
 public:
  ModelDevice(const spec::Build& build, Link link, const model::ForeignPlaces& foreign)
      : chip_(pool().borrow()), link_(link), foreign_(foreign) {
    chip_.power_on(build, mode(), nullptr, foreign_);
  }
  ~ModelDevice() override { chip_.power_off(); }
  ModelDevice(const ModelDevice&) = delete;
  ModelDevice& operator=(const ModelDevice&) = delete;

  const spec::Build& build() const override { return chip_.build(); }
  std::uint64_t cycle() const override { return chip_.cycle(); }
  bool idle() const override { return chip_.idle(); }

  void advance(std::uint64_t limit) override {
    if (limit <= chip_.cycle()) {
      return;
    }
    fresh_ = false;
    // Bounded, so that no simulation overruns the 64 bits of sc_time at once.
    const std::uint64_t to = std::min(limit, chip_.cycle() + kCyclesAtOnce);
    const sc_core::sc_time span(static_cast<double>(to - chip_.cycle()) * 10, sc_core::SC_NS);
    chip_.allow(to);
    sc_core::sc_start(span, sc_core::SC_EXIT_ON_STARVATION);
    chip_.halt();
  }

  void set_rx(std::uint64_t at, bool level) override {
    fresh_ = false;
    chip_.set_rx(checked(at), level);
  }
  void offer(std::uint64_t at, std::uint8_t byte) override {
    fresh_ = false;
    chip_.offer(checked(at), byte);
  }
  void set_ready(std::uint64_t at, bool ready) override {
    fresh_ = false;
    chip_.set_ready(checked(at), ready);
  }
  std::vector<PinChange> take_tx() override {
    std::vector<PinChange> changes;
    for (const model::LineChange& change : chip_.take_tx()) {
      changes.push_back({change.cycle, change.level});
    }
    return changes;
  }
  std::vector<TimedByte> take_bytes() override {
    std::vector<TimedByte> bytes;
    for (const model::SentByte& sent : chip_.take_bytes()) {
      bytes.push_back({sent.cycle, sent.byte});
    }
    return bytes;
  }

  std::uint32_t filled_buffers() const override { return chip_.filled_buffers(); }

  void listen(EventSink* sink) override {
    if (!fresh_) {
      throw std::logic_error("model device: listen() in cycle " + std::to_string(cycle()) +
                             ": it has to come before any input and the first cycle");
    }
    chip_.power_on(build(), mode(), sink, foreign_);
  }

 private:
  static constexpr std::uint64_t kCyclesAtOnce = std::uint64_t{1} << 40;

  model::LinkMode mode() const {
    return link_ == Link::pins ? model::LinkMode::pins : model::LinkMode::bytes;
  }
  std::uint64_t checked(std::uint64_t at) const {
    if (at < cycle()) {
      throw std::logic_error("model device: an input for cycle " + std::to_string(at) +
                             " comes when cycle " + std::to_string(cycle()) +
                             " is next: give inputs for that cycle or later");
    }
    return at;
  }

  Chip& chip_;
  Link link_;
  model::ForeignPlaces foreign_;
  bool fresh_ = true;
};

}  // namespace

std::unique_ptr<Device> make_model_device(const spec::Build& build, Link link,
                                          const model::ForeignPlaces& foreign) {
  return std::make_unique<ModelDevice>(build, link, foreign);
}

}  // namespace spikemesh::sim
