// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <stdexcept>
#include <string_view>

#include "rtl/link_host.hpp"
#include "sim/device/rtl_device.hpp"
#include "spikemesh/spec.hpp"

namespace spikemesh::test {

inline const spec::Build& build_named(std::string_view name) {
  for (const spec::NamedBuild& named : spec::kBuilds) {
    if (named.name == name) return named.build;
  }
  for (const spec::NamedBuild& named : spec::kCoverBuilds) {
    if (named.name == name) return named.build;
  }
  throw std::invalid_argument("no such build");
}

inline std::uint32_t address(spec::Register r) { return static_cast<std::uint32_t>(r); }
inline std::uint32_t address(spec::Region region, std::uint32_t index) {
  return spec::TileAddr{index, static_cast<std::uint32_t>(region)}.pack();
}
inline int code(spec::Status status) { return static_cast<int>(status); }

/// A whole chip of the RTL, its retire stream, and the other end of its link.
struct ChipFixture {
  explicit ChipFixture(sim::Link link = sim::Link::bytes, std::string_view build_name = "tiny")
      : build(build_named(build_name)),
        device(sim::make_rtl_device(build, link)),
        host(*device, link, build.uart_divisor) {
    device->listen(&log);
  }
  /// Steps at which a step phase was decided, as cycles.
  std::vector<std::uint64_t> step_cycles() const {
    std::vector<std::uint64_t> cycles;
    for (const Event& event : log.of(EventKind::phase)) {
      if (event.as<spec::PhaseEvent>().phase == static_cast<std::uint32_t>(spec::Phase::step))
        cycles.push_back(event.cycle);
    }
    return cycles;
  }
  /// Runs until `step` from a chip whose image is taken as verified; waits for the boundary.
  void run_until(std::uint32_t step) {
    write(spec::Register::image_tag, 0xC0FFEE);
    if (host.write(address(spec::Register::run_until_lo), {step, 0, 0xC0FFEE}) != 0) {
      throw std::runtime_error("run was not accepted");
    }
    host.wait_boundary();
  }
  std::uint32_t read(spec::Register r) { return host.read(address(r)); }
  std::uint8_t write(spec::Register r, std::uint32_t value) {
    return host.write(address(r), {value});
  }

  const spec::Build& build;
  EventLog log;
  std::unique_ptr<sim::Device> device;
  LinkHost host;
};

/// Loads tile (0,0) of an empty chip: a spike on axon 0 makes neuron 0 fire one step later, and its
/// spike goes to the host with `label`.
inline void load_relay(ChipFixture& chip, std::uint32_t label) {
  using spec::Region;
  LinkHost& host = chip.host;
  host.wait_boundary();
  const std::uint32_t bits = spec::Synapse{200, 1, 0, 0}.pack();
  bool ok = host.write(address(Region::synapse, 0), {bits}, 0) == 0;
  ok = host.write(address(Region::axon, 0), {spec::Axon{0, 1}.pack()}, 0) == 0 && ok;
  ok = host.write(address(Region::fanout, 0), {label | 1u << 24}, 0) == 0 && ok;
  ok = host.write(address(Region::neuron, 0),
                  {spec::Neuron0{100, 0}.pack(), 0, 0, 0, 0, 0, 0, spec::Neuron7{0, 1}.pack()},
                  0) == 0 &&
       ok;
  if (!ok) throw std::runtime_error("the relay could not be loaded");
}

/// Word addresses of the spike rings.
inline std::uint32_t ring_in(std::uint32_t index) { return spec::kRingInBase + 2 * index; }
inline std::uint32_t ring_out(std::uint32_t index) { return spec::kRingOutBase + 2 * index; }
inline std::uint32_t spike_on(std::uint32_t x, std::uint32_t y, std::uint32_t axon) {
  return spec::Entry{axon | x << 12 | y << 18, 0,
                     static_cast<std::uint32_t>(spec::EntryKind::spike)}
      .pack();
}

}  // namespace spikemesh::test
