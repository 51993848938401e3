// SPDX-License-Identifier: Apache-2.0
#include "sim/device/systemc_device.hpp"

#include <algorithm>
#include <stdexcept>

#include "model/systemc/device_chip.hpp"
#include "sim/device/chip_device.hpp"

/// SystemC's library holds a main() that calls this; a program with a main() of its own never does.
int sc_main(int, char**) { return 1; }

namespace spikemesh::sim {

namespace {

class SystemcDevice final : public ChipDevice<systemc::DeviceChip> {
 public:
  SystemcDevice(const spec::Build& build, Link link, const model::ForeignPlaces& foreign)
      : ChipDevice(sc_core::sc_gen_unique_name("chip"), build, link, foreign) {}

  void advance(std::uint64_t limit) override {
    if (limit <= cycle()) return;
    // Bounded, so that no simulation overruns the 64 bits of sc_time at once.
    const std::uint64_t to = std::min(limit, cycle() + kCyclesAtOnce);
    chip_.allow(to);
    sc_core::sc_start(chip_.duration(to - cycle()), sc_core::SC_EXIT_ON_STARVATION);
    chip_.halt();
  }

 private:
  static constexpr std::uint64_t kCyclesAtOnce = std::uint64_t{1} << 40;
};

}  // namespace

std::unique_ptr<Device> make_systemc_device(const spec::Build& build, Link link,
                                            const model::ForeignPlaces& foreign) {
  if (sc_core::sc_start_of_simulation_invoked()) {
    throw std::runtime_error(
        "SystemC device: SystemC elaborates once a process, and in this one a SystemC device runs "
        "already: make all of them before the first advances, or take make_model_device, which has "
        "no such limit");
  }
  return std::make_unique<SystemcDevice>(build, link, foreign);
}

}  // namespace spikemesh::sim
