// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ports of rtl/noc/sm_tile.sv as the program and a compiled tile see them
// (sim/verilated/abi.hpp).

#include <cstdint>

extern "C" {

/// Words of ports, lowest first; bit p - 1 of a mask is port p.
struct SpikemeshTilePorts {
  std::uint32_t x, y, reset_n;
  std::uint64_t broadcast;
  std::uint32_t valid_in, ready_in;
  std::uint32_t flit_in[9];
  std::uint32_t busy, learn_need, valid_out, ready_out, retire_any;
  std::uint32_t flit_out[9];
  std::uint32_t retire[23];
  /// Between router and core, at the last edge of the clock; core_seen: this is known.
  std::uint32_t core_seen, core_valid, core_ready;
  std::uint32_t core_flit[3];
};
}
