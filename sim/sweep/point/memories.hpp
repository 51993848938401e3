// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "spikemesh/spec.hpp"

namespace spikemesh::sim {

/// A memory of the RTL (rtl/prim/sm_ram_1r1w.sv).
struct Memory {
  std::string_view name;
  std::uint64_t width = 0, depth = 0, copies = 0;  ///< copies in the whole chip
  bool of_host = false;                            ///< of the host tile
};
/// Yosys puts it into distributed RAM, not into block RAM.
bool is_distributed(const Memory& memory);

/// All memories of a chip, by module.
std::vector<Memory> memories(const spec::Build& build);
/// Their bits.
std::uint64_t memory_bits(const spec::Build& build);

/// An FPGA, as far as its block RAMs go.
struct Part {
  std::string_view name;
  std::uint64_t block_rams = 0;
};
/// Those that a sweep may name; the last one has as many block RAMs as are wanted.
const std::vector<Part>& parts();
/// Block RAMs of 18 kbit of an ECP5 that the memories of a chip take.
std::uint64_t block_rams(const spec::Build& build);

}  // namespace spikemesh::sim
