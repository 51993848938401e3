// SPDX-License-Identifier: Apache-2.0
#include "spikemesh/link/chip_info.hpp"

#include <fmt/format.h>

#include "spikemesh/build_rules.hpp"
#include "spikemesh/error.hpp"

namespace spikemesh {
namespace {

using spec::Register;

std::uint32_t at(std::span<const std::uint32_t> registers, Register which) {
  return registers[static_cast<std::uint32_t>(which)];
}

/// A value that the specification does not allow would be believed, and divided by.
void check_registers(const spec::Build& build, std::uint32_t mesh) {
  const std::string problem =
      mesh >> 16 != 0 ? fmt::format("MESH {:#010x}, but {:#06x} is its size", mesh, mesh & 0xffff)
                      : spec::build_problem(build);
  if (problem.empty()) return;
  throw SpecError(fmt::format(
      "the chip says {}: its capability registers are wrong; build it from rtl/spec/chip.json",
      problem));
}

}  // namespace

void check_identity(std::span<const std::uint32_t> registers) {
  if (at(registers, Register::magic) != spec::kMagic) {
    throw SpecError(
        fmt::format("MAGIC reads {:#010x}, but a SpikeMesh chip has {:#010x}: what "
                    "answers on this port is no SpikeMesh chip",
                    at(registers, Register::magic), spec::kMagic));
  }
  if (at(registers, Register::version) != spec::kVersion) {
    throw SpecError(
        fmt::format("the chip speaks version {} of the link protocol, this host {}: "
                    "build both from one rtl/spec/chip.json",
                    at(registers, Register::version), spec::kVersion));
  }
  if (at(registers, Register::spec_hash) != spec::kSpecHash) {
    throw SpecError(
        fmt::format("the chip was built from specification {:#010x}, this host from "
                    "{:#010x}: build both from one rtl/spec/chip.json",
                    at(registers, Register::spec_hash), spec::kSpecHash));
  }
}

ChipInfo chip_info(std::span<const std::uint32_t> registers) {
  check_identity(registers);
  const auto get = [&](Register which) { return at(registers, which); };
  ChipInfo info;
  info.spec_hash = get(Register::spec_hash);
  info.version = get(Register::version);
  info.build = {.mesh_w = get(Register::mesh) & 0xffu,
                .mesh_h = get(Register::mesh) >> 8 & 0xffu,
                .neurons = get(Register::neurons),
                .synapses = get(Register::synapses),
                .axons = get(Register::axons),
                .fanouts = get(Register::fanouts),
                .plastics = get(Register::plastics),
                .lanes = get(Register::lanes),
                .weight_bits = get(Register::weight_bits),
                .decay_bits = get(Register::decay_bits),
                .delay_max = get(Register::delay_max),
                .router_depth = get(Register::router_depth),
                .link_latency = get(Register::link_latency),
                .router_latency = get(Register::router_latency),
                .tree_fan_in = get(Register::tree_fan_in),
                .tree_latency = get(Register::tree_latency),
                .core_depth = get(Register::core_depth),
                .ring_in = get(Register::ring_in_depth),
                .ring_out = get(Register::ring_out_depth),
                .rx_buffer = get(Register::rx_buffer),
                .frame_words = get(Register::frame_words),
                .uart_divisor = get(Register::uart_divisor)};
  check_registers(info.build, get(Register::mesh));
  return info;
}

}  // namespace spikemesh
